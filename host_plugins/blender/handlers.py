"""What Blender calls by itself: at the start of a render, and around each of its frames."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent


@persistent  # type: ignore[untyped-decorator]
def before_render(scene: bpy.types.Scene, _: Any = None) -> None:
    """``render_init``: the last moment at which a change of a node tree counts for the first frame."""
    from . import batch  # a session that renders nothing loads nothing of the client

    batch.before_render(scene)


@persistent  # type: ignore[untyped-decorator]
def before_frame(scene: bpy.types.Scene, _: Any = None) -> None:
    """``render_pre``: on the main thread in background, with the frame to render in ``frame_current``."""
    from . import batch

    batch.before_frame(scene)


@persistent  # type: ignore[untyped-decorator]
def after_frame(scene: bpy.types.Scene, _: Any = None) -> None:
    """``render_post``: the frame is composited and on disk."""
    from . import batch

    batch.after_frame(scene)


@persistent  # type: ignore[untyped-decorator]
def after_render(scene: bpy.types.Scene, _: Any = None) -> None:
    """``render_complete`` and ``render_cancel``: the last frame is written."""
    from . import batch

    batch.after_render(scene)


_HANDLERS = {
    "render_init": before_render,
    "render_pre": before_frame,
    "render_post": after_frame,
    "render_complete": after_render,
    "render_cancel": after_render,
}


def register() -> None:
    for name, ours in _HANDLERS.items():
        getattr(bpy.app.handlers, name).append(ours)


def unregister() -> None:
    for name, ours in _HANDLERS.items():
        handlers = getattr(bpy.app.handlers, name)
        if ours in handlers:
            handlers.remove(ours)
