"""What docs/blender.md says to type in Python. Order: ``folder``; ``code``, ``code_of_4``: by version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from desk import answer, order, scene_for, switch_on


def session(wanted: dict[str, Any]) -> None:
    """A file that is saved, and the code."""
    folder = Path(wanted["folder"])
    switch_on()
    scene_for(folder, (96, 64), 3)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    names: dict[str, Any] = {}
    exec(wanted["code" if bpy.app.version >= (5, 0) else "code_of_4"], names)  # noqa: S102 (it is the documentation's own)
    answer(status=names["settings"].status)


session(order())
