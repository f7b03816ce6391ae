"""An artist's session: add the group, choose plate and part, press buttons, save.

Order: ``folder``, ``size``, ``last``, ``image`` or ``clip`` (first file), ``settings`` (properties of the group), ``press``
(operators).
"""

from __future__ import annotations

from pathlib import Path

import bpy
from desk import answer, composite, order, press, scene_for, switch_on

wanted = order()
folder = Path(wanted["folder"])
switch_on()
scene = scene_for(folder, *wanted["size"], wanted["last"])
bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
group = composite(scene)
if "image" in wanted:
    image = bpy.data.images.load(wanted["image"])
    if wanted["last"] > 1:
        image.source = "SEQUENCE"
    group.m2fp.image = image
for name, value in wanted["settings"].items():
    setattr(group.m2fp, name, value)
faults = [press(getattr(bpy.ops.m2fp, button)) for button in wanted["press"]]
bpy.ops.wm.save_mainfile()
answer(status=group.m2fp.status, faults=faults)
