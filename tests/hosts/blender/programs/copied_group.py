"""An artist duplicates the group for another part. Order: ``folder``, ``image``, ``endpoint``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from desk import answer, composite, order, press, scene_for, switch_on


def session(wanted: dict[str, Any]) -> None:
    """The group with hair is duplicated, face is picked in the copy, and both are updated."""
    folder = Path(wanted["folder"])
    switch_on()
    scene = scene_for(folder, (96, 64), 1)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    first = composite(scene)
    first.m2fp.image = bpy.data.images.load(wanted["image"])
    first.m2fp.endpoint, first.m2fp.part = wanted["endpoint"], "hair"
    faults = [press(bpy.ops.m2fp.update)]
    second = first.copy()
    compositor = scene.compositing_node_group if bpy.app.version >= (5, 0) else scene.node_tree
    node = compositor.nodes.new("CompositorNodeGroup")
    node.node_tree = second
    compositor.nodes.active = node
    second.m2fp.part = "face"
    faults.append(press(bpy.ops.m2fp.update))
    bpy.ops.render.render(animation=True)
    answer(
        faults=faults,
        first=first.nodes["masks"].image.filepath,
        second=second.nodes["masks"].image.filepath,
        groups=sorted(group.name for group in (first, second)),
    )


session(order())
