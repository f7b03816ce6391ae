"""What Blender calls by itself: before each frame of a render, and at its end."""

from __future__ import annotations

import atexit
from typing import Any, Callable

import bpy
from bpy.app.handlers import persistent


@persistent
def before_frame(scene: bpy.types.Scene, _: Any = None) -> None:
    """``render_pre``: on the main thread in background, with the frame to render in ``frame_current``."""
    from . import batch  # a session that renders nothing loads nothing of the client

    batch.before_frame(scene)


def register(at_exit: Callable[[], None]) -> None:
    """:param at_exit: called when Python ends: what is registered then keeps Blender 4.5 from ending."""
    bpy.app.handlers.render_pre.append(before_frame)
    atexit.register(at_exit)


def unregister(at_exit: Callable[[], None]) -> None:
    from . import batch

    atexit.unregister(at_exit)
    if before_frame in bpy.app.handlers.render_pre:
        bpy.app.handlers.render_pre.remove(before_frame)
    batch.close()
