"""Whether a frame's masks were still those when Blender read them that they were when they were seen to.

Blender reads them after ``render_pre``. Another .blend of the same folder, worked on or rendered at the same
time, may have replaced them in between, and nobody would notice.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress

import bpy

from m2fp_host.errors import M2FPError
from m2fp_host.provenance import Provenance

_CLOCKS = 2.0
"""Seconds that the clock of a file server may be behind."""

_shown: dict[str, tuple[str, Provenance | None]] = {}
"""By group, in the frame that is rendered: its masks, and how they were made."""

_begun = 0.0


def begin() -> None:
    """A frame begins."""
    global _begun
    _begun = time.time()
    _shown.clear()


def note(tree: bpy.types.NodeTree, masks: str) -> None:
    """These masks are what the frame is to show."""
    _shown[tree.name_full] = (masks, _provenance(masks))


def replaced(tree: bpy.types.NodeTree) -> str:
    """The masks that are others by now; empty if they are not."""
    masks, made = _shown.pop(tree.name_full, ("", None))
    return masks if made is not None and _provenance(masks) != made else ""


def remove_frame(scene: bpy.types.Scene, *, written: bool) -> None:
    """Remove what Blender wrote of the frame: an empty placeholder, by which other machines see that it is
    taken, or, if it is ``written``, the frame itself.
    """
    render = scene.render
    if render.is_movie_format:
        return
    stem, suffix = os.path.splitext(str(bpy.path.abspath(render.frame_path(frame=scene.frame_current))))
    # frame_path(view=...) puts a view's suffix elsewhere than a render does.
    views = [view.file_suffix for view in render.views if view.use] if render.use_multiview else []
    for view in ("", *views):
        with suppress(OSError):
            found = os.stat(f"{stem}{view}{suffix}")
            empty = render.use_placeholder and found.st_size == 0
            if empty or (written and found.st_mtime >= _begun - _CLOCKS):
                os.remove(f"{stem}{view}{suffix}")


def _provenance(masks: str) -> Provenance | None:
    try:
        return Provenance.read(masks)
    except M2FPError:
        return None
