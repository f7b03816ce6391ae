"""A farm's ``blender -b shot.blend -a``. Order: ``folder``, ``extension``, ``settings`` (changed before)."""

from __future__ import annotations

import time
from pathlib import Path

import bpy
from desk import answer, order, switch_on

wanted = order()
if wanted["extension"]:
    switch_on()
bpy.ops.wm.open_mainfile(filepath=str(Path(wanted["folder"]) / "shot.blend"))
for name, value in wanted["settings"].items():
    setattr(bpy.data.node_groups["Human Parts"].m2fp, name, value)
began = time.perf_counter()
bpy.ops.render.render(animation=True)
answer(seconds=time.perf_counter() - began)
