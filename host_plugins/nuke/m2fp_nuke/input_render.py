"""Rendering what arrives at an M2FP node, by the Write inside it."""

from __future__ import annotations

import os
from typing import Any

import nuke
from m2fp_host.errors import BadImage, Busy, Cancelled

from .identity import PLATE_WRITE, inner

_CANCELLED: Any = getattr(nuke, "CancelledError", RuntimeError)
"""Some versions raise this, some a RuntimeError that begins with "Cancelled"."""


def render_input(node: Any, frame: int, view: str, folder: str) -> str:
    """Write the node's input at ``frame`` into ``folder`` at full resolution: raw, half, RGBA; its path.

    Only in the main thread, at the top level: Nuke does not render inside a render. What is changed for it
    is put back. Nuke's nodes inside a gizmo forget such changes when the script is saved.

    :raises Busy: Nuke is rendering something else.
    :raises Cancelled: the artist cancelled the render.
    :raises BadImage: the input can't be rendered.
    """
    write = inner(node, PLATE_WRITE)
    path = os.path.join(folder, f"{node.name()}.{view}.{frame}.exr").replace("\\", "/")
    root = nuke.root()
    proxy = root.proxy()
    at_rest = (write["file"].value(), write["disable"].value())
    try:
        if proxy:
            root.setProxy(False)
        write["file"].setValue(path)
        write["disable"].setValue(False)
        nuke.execute(write, frame, frame, 1, [view])
    except (RuntimeError, _CANCELLED) as fault:
        raise _as_error(fault, node, frame) from None
    finally:
        write["file"].setValue(at_rest[0])
        write["disable"].setValue(at_rest[1])
        if proxy:
            root.setProxy(True)
    return path


def _as_error(fault: BaseException, node: Any, frame: int) -> Exception:
    said = str(fault)
    if said.startswith("Cancelled") or (_CANCELLED is not RuntimeError and isinstance(fault, _CANCELLED)):
        return Cancelled("the render of the input was cancelled", "parse again")
    if "already executing" in said:
        return Busy("Nuke is rendering something else", "wait until it is done")
    return BadImage(
        f"what arrives at {node.fullName()} can't be rendered at frame {frame} ({said})",
        "look at its input in the viewer",
    )
