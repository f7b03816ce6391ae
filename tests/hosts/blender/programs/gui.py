"""What an artist does at the window of Blender with a shot open. Order: ``folder``; ``act``: a name of below."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import bpy
import window
from desk import answer, order


def look(wanted: dict[str, Any]) -> window.Session:
    """The panel is drawn, with and without a group. ``pictures``: a folder for pictures of the window."""
    drawn = []
    panels = (bpy.types.M2FP_PT_human_parts, bpy.types.M2FP_PT_engine)
    for panel in panels:
        panel.append(lambda self, _: drawn.append(self.bl_idname))
    yield from window.show_compositor()
    window.photograph(str(Path(wanted["pictures"]) / "panel.png"))
    window.press("update")
    yield from window.until(lambda: "1 frame" in window.status())
    yield from window.moments(5)
    window.photograph(str(Path(wanted["pictures"]) / "updated.png"))
    yield from window.moments(5)
    answer(drawn=sorted(set(drawn)), status=window.status())


def buttons(wanted: dict[str, Any]) -> window.Session:
    """``press``: which, one after another."""
    yield from window.show_compositor()
    said = []
    for name in wanted["press"]:
        window.group().m2fp.status = ""
        fault = window.press(name)
        yield from window.until(lambda: window.status() and "Esc" not in window.status())
        said.append({"button": name, "fault": fault, "status": window.status()})
    answer(said=said)


def parse_range(_: dict[str, Any]) -> window.Session:
    """How often Blender came to do something else, and what the status said in between."""
    yield from window.show_compositor()
    said: list[str] = []
    fault = window.press("parse_range")
    ticks = 0
    while not said or "Esc" in said[-1] or not said[-1]:
        ticks += 1
        if not said or said[-1] != window.status():
            said.append(window.status())
        yield
    answer(fault=fault, said=said, ticks=ticks)


def escape(wanted: dict[str, Any]) -> window.Session:
    """Esc while the daemon ``pid`` does nothing, and Parse Range once more when it goes on."""
    yield from window.show_compositor()
    os.kill(wanted["pid"], signal.SIGSTOP)
    window.press("parse_range")
    yield from window.until(lambda: "Esc" in window.status())
    window.key("ESC")
    yield from window.until(lambda: "Esc" not in window.status())
    first = window.status()
    os.kill(wanted["pid"], signal.SIGCONT)
    window.press("parse_range")
    yield from window.until(lambda: "Esc" in window.status())
    yield from window.until(lambda: "Esc" not in window.status())
    answer(first=first, second=window.status())


ACTS = {act.__name__: act for act in (look, buttons, parse_range, escape)}

wanted = order()
window.perform(ACTS[wanted["act"]](wanted))
