"""Two nodes of a Human Parts group, linked with nothing, that hold the image and the clip chosen as plates.

A pointer in the tree's own properties would lose the plate: with each look at a composite, Blender counts one
user less of what such a pointer holds, and does not save what nobody uses. Seen in 3.4; the code that does it
is in 4.x, too.
"""

from __future__ import annotations

import bpy

from m2fp_host.errors import BadRequest

_NODES = {
    "image": ("plate image", "CompositorNodeImage"),
    "clip": ("plate clip", "CompositorNodeMovieClip"),
}
"""By what they hold, which is the property's name, too: name and type."""


def add_plate_nodes(tree: bpy.types.NodeTree) -> None:
    """Make both in a new group."""
    for row, (name, kind) in enumerate(_NODES.values()):
        node = tree.nodes.new(kind)
        node.name = node.label = name
        node.location = (300 * row, -350)


def plate_node(tree: bpy.types.NodeTree, held: str) -> bpy.types.Node | None:
    """The node that holds the plate, ``image`` or ``clip``; ``None`` if somebody removed it."""
    return tree.nodes.get(_NODES[held][0])


def hold_plate(tree: bpy.types.NodeTree, held: str, plate: bpy.types.ID | None) -> None:
    """Choose the plate.

    :raises BadRequest: somebody removed the node that holds it.
    """
    node = plate_node(tree, held)
    if node is None:
        raise BadRequest(f"somebody removed its node {_NODES[held][0]!r}", "add a new Human Parts group")
    setattr(node, held, plate)
