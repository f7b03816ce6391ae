"""A shot at frames 1001 to 1003, of plates 1 to 3, and a still of 1002.

Order: ``folder``, ``plate``, ``endpoint``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from desk import answer, composite, order, press, scene_for, switch_on


def session(wanted: dict[str, Any]) -> None:
    """Update, the animation, the still."""
    folder = Path(wanted["folder"])
    switch_on()
    scene = scene_for(folder, (96, 64), 3)
    scene.frame_start, scene.frame_end = 1001, 1003
    scene.frame_set(1001)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    group = composite(scene)
    image = bpy.data.images.load(wanted["plate"])
    image.source = "SEQUENCE"
    group.m2fp.image, group.m2fp.offset = image, -1000
    group.m2fp.endpoint, group.m2fp.part = wanted["endpoint"], "hair"
    fault = press(bpy.ops.m2fp.update)
    bpy.ops.render.render(animation=True)
    scene.frame_set(1002)
    scene.render.filepath = str(folder / "out" / "out.9999.exr")
    bpy.ops.render.render(write_still=True)
    answer(fault=fault)


session(order())
