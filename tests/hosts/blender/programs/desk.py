"""What the programs of these tests have in common. They run in a Blender, or under the Python of a bpy,
without pytest."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

EXTENSION = "bl_ext.user_default.m2fp_bridge"


def order() -> dict[str, Any]:
    """What the test wants of the program: JSON in the last argument."""
    wanted: dict[str, Any] = json.loads(sys.argv[-1])
    return wanted


def answer(**found: Any) -> None:
    """The last line on stdout, for the test."""
    print(json.dumps(found), flush=True)


def switch_on() -> None:
    """Switch the extension on as the preferences do, where Blender did not load it as a start-up script."""
    if hasattr(bpy.types.NodeTree, "m2fp"):
        return
    bpy.ops.preferences.addon_enable(module=EXTENSION)
    if not hasattr(bpy.types.NodeTree, "m2fp"):
        raise SystemExit("the extension did not register")


def scene_for(folder: Path, size: Sequence[int], last: int) -> bpy.types.Scene:
    """The scene, which renders float EXRs to ``folder/out``."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, last
    render = scene.render
    (render.resolution_x, render.resolution_y), render.resolution_percentage = size, 100
    if bpy.app.version >= (5, 0):
        render.image_settings.media_type = "IMAGE"
    settings = render.image_settings
    settings.file_format, settings.color_mode = "OPEN_EXR", "RGBA"
    settings.color_depth, settings.exr_codec = "32", "ZIP"
    render.filepath = str(folder / "out" / "out.####")
    scene.eevee.taa_render_samples = 1  # where there is no GPU each takes a quarter of a second
    render.use_compositing, render.use_sequencer = True, False
    return scene


def composite(scene: bpy.types.Scene) -> bpy.types.NodeTree:
    """Add the group, and link its Image with its Mask as alpha to the end of the compositor; the group."""
    if bpy.app.version < (5, 0):
        scene.use_nodes = True
        scene.node_tree.nodes.remove(scene.node_tree.nodes["Render Layers"])  # nobody wants to wait for it
    bpy.ops.m2fp.add()
    tree = scene.compositing_node_group if bpy.app.version >= (5, 0) else scene.node_tree
    node = tree.nodes.active
    alpha = tree.nodes.new("CompositorNodeSetAlpha")
    ends = ("NodeGroupOutput", "CompositorNodeComposite")
    end = next(each for each in tree.nodes if each.bl_idname in ends)
    alpha.location, end.location = (250, 0), (450, 0)
    tree.links.new(node.outputs["Image"], alpha.inputs["Image"])
    tree.links.new(node.outputs["Mask"], alpha.inputs["Alpha"])
    tree.links.new(alpha.outputs["Image"], end.inputs["Image"])
    tree.nodes.active = node
    return node.node_tree


def press(button: Any) -> str:
    """Run an operator; what Blender raises if it fails, else nothing."""
    try:
        button()
    except RuntimeError as fault:
        return str(fault)
    return ""
