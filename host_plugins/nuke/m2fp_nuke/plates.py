"""What a frame is computed from: the plate's own file, or what arrives at the node, rendered."""

from __future__ import annotations

import os
from typing import Any

import nuke
from m2fp_host.errors import BadImage, BadRequest
from m2fp_host.frames.plates import Plate, PlateFile, ToRender

from . import colour, upstream
from .settings import AUTOMATIC, PLATE_FILE, RENDER, Settings

_FILE_NAME = "input/filename"


def plate_of(node: Any, settings: Settings, frame: int, view: str) -> Plate:
    """Where the pixels of a frame come from. Only in the main thread; renders nothing.

    :raises BadRequest: nothing is connected, or the plate's file is wanted and is not what arrives.
    :raises BadImage: there is no plate at this frame.
    """
    if node.input(0) is None:
        raise BadRequest("nothing is connected to its input", "connect a plate")
    working_space = settings.colour_space or colour.working_space()
    if settings.source == RENDER:
        return ToRender("its source knob says so", working_space)
    found = upstream.plate_read(node, frame)
    if found.read is None:
        reason = found.reason
    else:
        path = _file(node, found, frame, view)
        if path and not os.path.isfile(path):
            raise BadImage(f"the plate {path} is not there", f"check {found.read.fullName()}")
        reason = _unusable(path, found.read)
        if not reason:
            return PlateFile(path, settings.colour_space or colour.of_read(found.read))
    if settings.source == PLATE_FILE:
        raise BadRequest(
            f"its source is the plate's file, but {reason}", f"set source to {AUTOMATIC!r} or {RENDER!r}"
        )
    return ToRender(reason, working_space)


def _file(node: Any, found: upstream.PlateRead, frame: int, view: str) -> str:
    """The file behind the node at ``frame``, through time-remaps: Nuke's own answer, without pixels."""
    root, read = nuke.root(), found.read
    proxy = root.proxy() and bool(read["proxy"].value())
    try:
        if proxy:  # or the answer is the Read's proxy file
            root.setProxy(False)
        path = node.input(0).metadata(_FILE_NAME, frame, view)
        if not path and found.frame is not None:
            # What is in between may have no pixels yet: an M2FP node whose masks are still missing.
            path = read.metadata(_FILE_NAME, found.frame, view) or _named(read, found.frame)
    finally:
        if proxy:
            root.setProxy(True)
    return _absolute(str(path)) if path else ""


def _named(read: Any, frame: int) -> str:
    """The file that ``read`` ought to show at ``frame``, though Nuke can't read it; empty: nobody knows."""
    if read["on_error"].value() != "error" or len(nuke.views()) > 1 or _numbers_frames_anew(read):
        return ""
    first, last = int(read["first"].value()), int(read["last"].value())
    beyond = "before" if frame < first else "after" if frame > last else ""
    if beyond and read[beyond].value() != "hold":
        return ""
    return str(read["file"].evaluate(max(first, min(frame, last))) or "")


def _numbers_frames_anew(read: Any) -> bool:
    knobs = (read.knob("frame_mode"), read.knob("frame"))
    return any(knob is not None and knob.value() not in ("expression", "", "0") for knob in knobs)


def _absolute(path: str) -> str:
    """A relative file name begins where Nuke looks for it."""
    project = nuke.root().knob("project_directory")
    return os.path.join(os.getcwd(), (project.evaluate() if project is not None else "") or "", path)


def _unusable(path: str, read: Any) -> str:
    """Why the file alone is not what the Read gives; empty if it is."""
    name = read.fullName()
    if not path:
        return f"{name} does not say which file it shows"
    if not path.lower().endswith(".exr"):
        return f"{os.path.basename(path)} is no EXR"
    if len(nuke.views()) > 1 and not any(mark in read["file"].value() for mark in ("%V", "%v")):
        return f"{name} may hold several views in one file"
    return ""
