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
    """``render_post``: the frame is composited."""
    from . import batch

    batch.after_frame(scene)


def register() -> None:
    bpy.app.handlers.render_init.append(before_render)
    bpy.app.handlers.render_pre.append(before_frame)
    bpy.app.handlers.render_post.append(after_frame)


def unregister() -> None:
    for handlers, ours in (
        (bpy.app.handlers.render_init, before_render),
        (bpy.app.handlers.render_pre, before_frame),
        (bpy.app.handlers.render_post, after_frame),
    ):
        if ours in handlers:
            handlers.remove(ours)
