"""The node group "Human Parts": plain nodes alone, so that a file renders without the extension.

An Image node shows the masks on disk; the outputs are Image (the plate's copy in them) and Mask (one part).
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import bpy

from m2fp_host.errors import BadImage, BadRequest
from m2fp_host.frames.parts import layer_of

from .plate_nodes import add_plate_nodes

NAME = "Human Parts"
IMAGE, MASK = "Image", "Mask"

_MASKS_NODE = "masks"
_OUTPUT_NODE = "out"
_BEAUTY = "Combined"
_NO_LAYERS = (_BEAUTY, "Alpha", "Image", "Depth")
"""Sockets of an Image node that are no layers of masks."""

_LAST_FRAME = 1048574
"""The last that Blender has: beyond its range an Image node would show the nearest frame's mask."""

_TIMING = {
    "frame_start": 0,
    "frame_offset": -1,
    "frame_duration": _LAST_FRAME,
    "use_auto_refresh": True,
    "mute": False,
}
"""Of the Image node: a number for every frame that there is, for the scene's range may grow."""


def new_group() -> bpy.types.NodeTree:
    """A Human Parts group without masks."""
    tree = bpy.data.node_groups.new(NAME, "CompositorNodeTree")
    _add_output(tree, "NodeSocketColor", IMAGE)
    _add_output(tree, "NodeSocketFloat", MASK)
    masks = tree.nodes.new("CompositorNodeImage")
    masks.name = masks.label = _MASKS_NODE
    output = tree.nodes.new("NodeGroupOutput")
    output.name = _OUTPUT_NODE
    output.location = (300, 0)
    add_plate_nodes(tree)
    tree.m2fp.made = True
    return tree


def compositor_of(scene: bpy.types.Scene) -> bpy.types.NodeTree | None:
    """The node tree that composites ``scene``; ``None`` if none does."""
    if bpy.app.version >= (5, 0):
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def make_compositor(scene: bpy.types.Scene) -> bpy.types.NodeTree:
    """The node tree that composites ``scene``, made if there is none."""
    tree = compositor_of(scene)
    if tree is not None:
        return tree
    if bpy.app.version >= (5, 0):
        tree = bpy.data.node_groups.new("Compositor", "CompositorNodeTree")
        _add_output(tree, "NodeSocketColor", IMAGE)
        tree.nodes.new("NodeGroupOutput")
        scene.compositing_node_group = tree
        return tree
    scene.use_nodes = True
    return scene.node_tree


def groups_of(scene: bpy.types.Scene) -> list[bpy.types.NodeTree]:
    """The Human Parts groups that a render of ``scene`` goes through, each once."""
    tree = compositor_of(scene)
    if tree is None or not scene.render.use_compositing:
        return []
    return list({group.name_full: group for group in _within(tree, set())}.values())


def _within(tree: bpy.types.NodeTree, seen: set[str]) -> Iterator[bpy.types.NodeTree]:
    if tree.name_full in seen:
        return
    seen.add(tree.name_full)
    for node in tree.nodes:
        inner = getattr(node, "node_tree", None)
        if inner is None or node.mute:
            continue
        if inner.m2fp.made:
            yield inner
        yield from _within(inner, seen)  # in a Human Parts group, too: an artist may have added one there


def show(tree: bpy.types.NodeTree, path: str, layer: str) -> None:
    """Let ``tree`` show the masks just written to ``path``, and those of all other frames beside them.

    Inside of a render this comes too late for the frame at hand: Blender has copied the tree by then.

    :raises BadImage: there is no such layer in them; then the Mask is black.
    """
    node = _node(tree, _MASKS_NODE)
    image = node.image
    if image is None or not _same_sequence(image, path) or _shared(image) or image.packed_file:
        image = _sequence(path)
    else:
        image.source = "SEQUENCE"
        image.reload()
    node.image = image  # looks for the file's layers again
    for name, value in _TIMING.items():
        setattr(node, name, value)
    _link(tree, layer)
    if not _has(node, layer):
        raise BadImage(
            f"the masks {path} have no layer {layer}", "choose another part, or an engine that knows it"
        )


def shows(tree: bpy.types.NodeTree, path: str, layer: str) -> bool:
    """Whether a render of ``tree`` shows ``layer`` of the masks at ``path``, once they are there."""
    node = _node(tree, _MASKS_NODE)
    image = node.image
    if image is None or image.source != "SEQUENCE" or image.packed_file:
        return False
    if not _same_sequence(image, path) or any(
        getattr(node, name) != value for name, value in _TIMING.items()
    ):
        return False
    links = _node(tree, _OUTPUT_NODE).inputs[MASK].links
    return bool(links) and links[0].from_socket == node.outputs.get(layer)


def reload(tree: bpy.types.NodeTree) -> None:
    """Have the masks read from disk: without this Blender shows what it read for the first frame for ever."""
    _node(tree, _MASKS_NODE).image.reload()


def masks_image(tree: bpy.types.NodeTree) -> bpy.types.Image | None:
    """The image that shows the masks; ``None`` before there were any.

    :raises BadRequest: somebody removed its node.
    """
    return _node(tree, _MASKS_NODE).image


def layers_of(tree: bpy.types.NodeTree) -> list[str]:
    """The layers that the group knows of its masks."""
    return [each.name for each in _node(tree, _MASKS_NODE).outputs if each.name not in _NO_LAYERS]


def linked_by_artists(tree: bpy.types.NodeTree) -> list[str]:
    """The layers that something in the group uses besides its Mask."""
    node = tree.nodes.get(_MASKS_NODE)
    outputs = [] if node is None else [each for each in node.outputs if each.name not in _NO_LAYERS]
    return sorted(each.name for each in outputs if any(not _is_mask(link) for link in each.links))


def picked(tree: bpy.types.NodeTree) -> None:
    """Another part was picked: show it if the masks have it, else black and a status that says so."""
    if not tree.m2fp.made:
        return
    layer = layer_of(tree.m2fp.part, int(tree.m2fp.people))
    _link(tree, layer)
    there = _has(_node(tree, _MASKS_NODE), layer)
    tree.m2fp.status = "" if there else f"{layer} is not in the masks yet: press Update"


def _link(tree: bpy.types.NodeTree, layer: str) -> None:
    masks, output = _node(tree, _MASKS_NODE), _node(tree, _OUTPUT_NODE)
    for name, target in ((_BEAUTY, IMAGE), (layer, MASK)):
        source, into = masks.outputs.get(name), output.inputs[target]
        if into.is_linked and source is not None and into.links[0].from_socket == source:
            continue
        for link in list(into.links):
            tree.links.remove(link)
        if source is not None:
            tree.links.new(source, into)


def _add_output(tree: bpy.types.NodeTree, kind: str, name: str) -> None:
    if bpy.app.version >= (4, 0):
        tree.interface.new_socket(name, in_out="OUTPUT", socket_type=kind)
    else:  # Debian's Blender, whose window and command line the tests use, is 3.4
        tree.outputs.new(kind, name)


def _node(tree: bpy.types.NodeTree, name: str) -> bpy.types.Node:
    node = tree.nodes.get(name)
    if node is None:
        raise BadRequest(f"somebody removed its node {name!r}", "add a new Human Parts group")
    return node


def _is_mask(link: bpy.types.NodeLink) -> bool:
    return bool(link.to_node.name == _OUTPUT_NODE and link.to_socket.name == MASK)


def _has(node: bpy.types.Node, layer: str) -> bool:
    return node.outputs.get(layer) is not None


def _sequence(path: str) -> bpy.types.Image:
    image = bpy.data.images.load(_relative(path))
    image.source = "SEQUENCE"
    image.colorspace_settings.name = "Non-Color"
    return image


def point_at(image: bpy.types.Image, path: str) -> None:
    """Have an image name another file."""
    # What is relative in a library's image is so to the library.
    image.filepath = path if image.library else _relative(path)


def _relative(path: str) -> str:
    """Beside the saved file where it can be, so that a shot's folder may be moved."""
    if not bpy.data.filepath:
        return path
    try:
        return str(bpy.path.relpath(path))
    except ValueError:  # another drive of Windows
        return path


def path_of(image: bpy.types.Image) -> str:
    """The full path of the file that an image names."""
    return os.path.abspath(str(bpy.path.abspath(image.filepath, library=image.library)))


def _same_sequence(image: bpy.types.Image, path: str) -> bool:
    return _key(path_of(image)) == _key(path)


def _key(path: str) -> str:
    return os.path.normcase(without_frame(path))


def without_frame(path: str) -> str:
    """A mask file's path up to the frame's number."""
    return os.path.splitext(os.path.splitext(path)[0])[0]


def _shared(image: bpy.types.Image) -> bool:
    """Whether a copied group still shows the other one's image."""
    return bool(image.users - image.use_fake_user > 1)
