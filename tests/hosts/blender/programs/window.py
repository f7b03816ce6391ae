"""An artist at a window: what a program needs to work there while Blender goes on. Wants a display."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy

Session = Iterator[None]
"""Each ``yield`` lets Blender go on for a moment: draw, take events, run what is modal."""

LIMIT = 40.0
"""Seconds that anything may take."""

_MOMENT = 0.05

name = "Human Parts"
"""The group that :func:`group` means."""


def perform(session: Session) -> None:
    """Go through ``session`` by a timer of Blender's, and close Blender at its end."""

    def step() -> float | None:
        try:
            next(session)
        except StopIteration:
            bpy.ops.wm.quit_blender()
            return None
        except BaseException:  # noqa: BLE001 (it would end the timer alone, and Blender would wait for ever)
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        return _MOMENT

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
    """Let Blender go on for a while."""
    for _ in range(count):
        yield


def drawn() -> Session:
    """Have the compositor drawn as things are."""
    _area().tag_redraw()
    yield from moments(4)


def group() -> Any:
    """The Human Parts group :data:`name` as it is now: undo makes another one of what Python holds."""
    return bpy.data.node_groups[name]


def status() -> str:
    """What the panel says."""
    return str(group().m2fp.status) if name in bpy.data.node_groups else ""


def busy() -> bool:
    """Whether it says that something goes on."""
    return "Esc cancels" in status() or "..." in status()


def files(folder: str) -> list[str]:
    """What is in the mask folder of the shot in ``folder``."""
    return sorted(path.name for path in (Path(folder) / "masks").glob("*"))


@contextmanager
def paused(pid: int) -> Iterator[None]:
    """A process does nothing inside, whatever it is asked."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


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
    area.spaces.active.show_region_ui = area.spaces.active.show_backdrop = True
    yield from drawn()
    if area.spaces.active.edit_tree is not None:
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
            getattr(bpy.ops.m2fp, button)("INVOKE_DEFAULT", True)
        except RuntimeError as fault:
            return str(fault)
    return ""


def ended(button: str) -> Generator[None, None, str]:
    """Click a button, and wait until the group says how it ended; what Blender raises if it fails at once."""
    group().m2fp.status = ""
    fault = press(button)
    if not fault:
        yield from until(lambda: status() and not busy())
    return fault


def step_back(title: str) -> None:
    """A step that undo goes back to."""
    with compositor():
        bpy.ops.ed.undo_push(message=title)


def undo() -> None:
    """Ctrl-Z."""
    with compositor():
        bpy.ops.ed.undo()


def redo() -> None:
    """Ctrl-Shift-Z."""
    with compositor():
        bpy.ops.ed.redo()


def key(name: str) -> None:
    """Press a key and let it go."""
    window = bpy.context.window_manager.windows[0]
    for value in ("PRESS", "RELEASE"):
        window.event_simulate(type=name, value=value, x=400, y=400)


def viewed() -> float:
    """The mean of what the compositor's Viewer shows, in red."""
    red = list(bpy.data.images["Viewer Node"].pixels)[::4]
    return float(sum(red) / len(red))


def photograph(path: str) -> None:
    """The whole window as a PNG file."""
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen, area=_area()):
        bpy.ops.screen.screenshot(filepath=path)


def _area() -> Any:
    screen = bpy.context.window_manager.windows[0].screen
    return max(screen.areas, key=lambda area: area.width * area.height)
