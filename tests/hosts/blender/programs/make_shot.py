"""An artist's session: add the group, choose a plate and a part, press buttons, save.

Order: ``folder``, ``size``, ``last``; ``image`` or ``clip`` (path of the first file) or neither; ``source``
of the image, if it is no sequence; ``pack``: whether it becomes part of the .blend; ``settings`` of the
group; ``colour_space`` of the image; ``press``: names of operators; ``placeholders``: whether renders begin
with an empty file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from desk import answer, composite, order, press, scene_for, switch_on


def choose_plate(group: Any, wanted: dict[str, Any]) -> None:
    """As the artist does it in the panel."""
    if "image" in wanted:
        image = bpy.data.images.load(wanted["image"])
        image.source = wanted.get("source", "SEQUENCE")
        if wanted.get("pack"):
            image.pack()
        group.m2fp.source, group.m2fp.image = "IMAGE", image
    elif "clip" in wanted:
        group.m2fp.source, group.m2fp.clip = "CLIP", bpy.data.movieclips.load(wanted["clip"])
    else:
        group.m2fp.source = "SCENE"


def session(wanted: dict[str, Any]) -> None:
    """The whole of it."""
    folder = Path(wanted["folder"])
    switch_on()
    scene = scene_for(folder, wanted["size"], wanted["last"])
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    scene.render.use_placeholder = wanted.get("placeholders", False)
    group = composite(scene)
    choose_plate(group, wanted)
    for name, value in wanted["settings"].items():
        setattr(group.m2fp, name, value)
    if "colour_space" in wanted:
        group.m2fp.image.colorspace_settings.name = wanted["colour_space"]
    said = []
    for button in wanted["press"]:
        fault = press(getattr(bpy.ops.m2fp, button))
        said.append({"button": button, "fault": fault, "status": group.m2fp.status})
    bpy.ops.wm.save_mainfile()
    masks = group.nodes["masks"]
    space = masks.image.colorspace_settings.name if masks.image else ""
    answer(said=said, sockets=[socket.name for socket in masks.outputs], colour_space=space)


session(order())
