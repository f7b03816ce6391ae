"""An artist at a window: what a program needs to work there while Blender goes on. Wants a display."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import bpy

Session = Iterator[None]
"""Each ``yield`` lets Blender go on for a moment: draw, take events, run what is modal."""

LIMIT = 20.0
"""Seconds that anything may take."""

_MOMENT = 0.05


def perform(session: Session) -> None:
    """Go through ``session`` by a timer of Blender's, and close Blender at its end."""

    def step() -> float | None:
        try:
            next(session)
            return _MOMENT
        except StopIteration:
            bpy.ops.wm.quit_blender()
            return None
        except BaseException:  # an exception ends the timer alone, and Blender would wait for ever
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)

    bpy.app.timers.register(step, first_interval=0.5, persistent=True)


def until(true: Callable[[], Any]) -> Session:
    """Wait for something.

    :raises AssertionError: it has not come true within :data:`LIMIT`.
    """
    end = time.monotonic() + LIMIT
    while not true():
        assert time.monotonic() < end, f"still waiting; the status is {status()!r}"
        yield


def moments(count: int) -> Session:
    """Wait until Blender has drawn and taken what there is."""
    for _ in range(count):
        yield


def group() -> Any:
    """The Human Parts group, as it is now: nothing of a file is kept across undo."""
    return bpy.data.node_groups["Human Parts"]


def status() -> str:
    """What the panel says."""
    return str(group().m2fp.status) if "Human Parts" in bpy.data.node_groups else ""


def show_compositor() -> Session:
    """Make the largest area the compositor, with the sidebar of Human Parts alone."""
    for panel in list(bpy.types.Panel.__subclasses__()):
        # Not before 4.2 may a program choose a tab, so Blender's own go.
        place = tuple(getattr(panel, f"bl_{name}", "") for name in ("space_type", "region_type"))
        if place == ("NODE_EDITOR", "UI") and panel.__module__.startswith("bl_ui") and panel.is_registered:
            bpy.utils.unregister_class(panel)
    yield
    area = _area()
    area.ui_type = "CompositorNodeTree"
    area.spaces.active.show_region_ui = True
    yield from moments(4)
    with compositor():
        bpy.ops.node.view_all()
    yield from moments(8)


@contextmanager
def compositor() -> Iterator[None]:
    """Operators inside are called where the mouse is over the compositor."""
    area = _area()
    region = next(each for each in area.regions if each.type == "WINDOW")
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen, area=area, region=region):
        yield


def press(button: str) -> str:
    """Click a button of the panel; what Blender raises if it fails at once, else nothing."""
    with compositor():
        try:
            getattr(bpy.ops.m2fp, button)("INVOKE_DEFAULT")
        except RuntimeError as fault:
            return str(fault)
    return ""


def key(name: str) -> None:
    """Press a key and let it go."""
    window = bpy.context.window_manager.windows[0]
    for value in ("PRESS", "RELEASE"):
        window.event_simulate(type=name, value=value, x=400, y=400)


def photograph(path: str) -> None:
    """The whole window as a PNG file."""
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen, area=_area()):
        bpy.ops.screen.screenshot(filepath=path)


def _area() -> Any:
    screen = bpy.context.window_manager.windows[0].screen
    return max(screen.areas, key=lambda area: area.width * area.height)
