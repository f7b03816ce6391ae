"""The graph of docs/blender.md: Human Parts, Map Range on its Mask, and Hue/Saturation/Value where that is.

Order: ``folder``, ``image``, ``size``, ``endpoint``. Found: pictures of the plate, the Mask and the result.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from desk import answer, composite, order, press, scene_for, switch_on

SURE = {"From Min": 0.2, "From Max": 0.7}
"""The built-in engine is never surer of this hair, and is a little sure of other things."""

VIOLET = {"Hue": 0.2, "Saturation": 1.2, "Value": 0.8}


def recolour(tree: bpy.types.NodeTree, parts: bpy.types.Node) -> bpy.types.NodeSocket:
    """What the artist adds behind the group; the recoloured picture."""
    levels = tree.nodes.new("ShaderNodeMapRange")
    levels.clamp = True
    colour = tree.nodes.new("CompositorNodeHueSat")
    for node, values in ((levels, SURE), (colour, VIOLET)):
        for name, value in values.items():
            node.inputs[name].default_value = value
    factor = "Factor" if bpy.app.version >= (5, 0) else "Fac"
    tree.links.new(parts.outputs["Mask"], levels.inputs["Value"])
    tree.links.new(levels.outputs["Result"], colour.inputs[factor])
    tree.links.new(parts.outputs["Image"], colour.inputs["Image"])
    return colour.outputs["Image"]


def session(wanted: dict[str, Any]) -> None:
    """Choose the plate, press Update, recolour, render."""
    folder = Path(wanted["folder"])
    switch_on()
    scene = scene_for(folder, wanted["size"], 1)
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode, scene.render.image_settings.color_depth = "RGB", "8"
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    group = composite(scene)
    group.m2fp.image = bpy.data.images.load(wanted["image"])
    group.m2fp.endpoint, group.m2fp.part = wanted["endpoint"], "hair"
    fault = press(bpy.ops.m2fp.update)

    tree = scene.compositing_node_group if bpy.app.version >= (5, 0) else scene.node_tree
    parts, end = tree.nodes.active, tree.links[-1].to_node
    panes = {
        "plate": (parts.outputs["Image"], "Standard"),
        "mask": (parts.outputs["Mask"], "Raw"),  # its values as they are
        "recoloured": (recolour(tree, parts), "Standard"),
    }
    for name, (socket, view) in panes.items():
        tree.links.new(socket, end.inputs["Image"])
        scene.view_settings.view_transform = view
        scene.render.filepath = str(folder / "out" / f"{name}.png")
        bpy.ops.render.render(write_still=True)
    answer(fault=fault, pictures=[str(folder / "out" / f"{name}.png") for name in panes])


session(order())
