"""What ``blender -b shot.blend -a`` does on a farm.

Order: ``folder``; ``extension``: whether it is on; ``settings`` that are changed before; ``kill``: a process
that dies after the first frame, or 0; ``remove``: a node of the group, or nothing; ``only``: one frame, as
``-f`` does, or 0; ``also``: Python that is run before.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import bpy
from desk import answer, order, switch_on


def render(wanted: dict[str, Any]) -> None:
    """The animation."""
    if wanted["extension"]:
        switch_on()
    bpy.ops.wm.open_mainfile(filepath=str(Path(wanted["folder"]) / "shot.blend"))
    for name, value in wanted["settings"].items():
        setattr(bpy.data.node_groups["Human Parts"].m2fp, name, value)

    exec(wanted["also"], {"bpy": bpy, "group": bpy.data.node_groups["Human Parts"]})  # noqa: S102 (a test's own)
    if wanted["remove"]:
        nodes = bpy.data.node_groups["Human Parts"].nodes
        nodes.remove(nodes[wanted["remove"]])

    def after_frame(scene: bpy.types.Scene, _: Any) -> None:
        if wanted["kill"] and scene.frame_current == scene.frame_start:
            os.kill(wanted["kill"], signal.SIGKILL)

    bpy.app.handlers.render_post.append(after_frame)
    began = time.perf_counter()
    if wanted["only"]:
        scene = bpy.context.scene
        scene.frame_set(wanted["only"])
        scene.render.filepath = scene.render.frame_path(frame=wanted["only"])
        bpy.ops.render.render(write_still=True)
    else:
        bpy.ops.render.render(animation=True)
    seconds = time.perf_counter() - began
    bpy.app.handlers.render_post.remove(after_frame)  # Blender 4.5 does not end with it
    answer(seconds=seconds)


render(order())
