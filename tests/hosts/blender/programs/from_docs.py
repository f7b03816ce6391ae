"""What docs/blender.md says to type in Python. Order: ``folder``; ``code``, ``code_of_4``: by version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from desk import answer, order, scene_for, switch_on


def session(wanted: dict[str, Any]) -> None:
    """The code, which saves the file."""
    folder = Path(wanted["folder"])
    switch_on()
    scene_for(folder, (96, 64), 3)
    names: dict[str, Any] = {}
    exec(wanted["code" if bpy.app.version >= (5, 0) else "code_of_4"], names)  # noqa: S102 (it is the documentation's own)
    answer(status=names["settings"].status)


session(order())
