"""The node Read."""

from __future__ import annotations

import os
import re

import numpy as np

from . import colour
from .channel_sets import RGB, RGBA
from .exr_file import PictureFile
from .faults import EvaluationError
from .generators import checkerboard
from .image import Image, Info, Plane, black
from .op import Op
from .read_cache import ReadCache

_ALPHA = "rgba.alpha"
_NUMBER = re.compile(r"\d+(?=\.[^.]*$)")


def read(op: Op, cache: ReadCache) -> Image:
    """The image of a Read's ``file`` (the path of this frame; null: black outside its range).

    ``on_error``: ``error``, ``black``, ``checkerboard`` or ``nearest frame``. ``version`` is part of what the
    cache knows it by. ``raw``, ``colorspace``, ``premultiplied``, ``auto_alpha`` as in Nuke;
    ``working_space`` (default ``linear``) is the script's.

    :raises EvaluationError: ``missing`` if the file is not there.
    """
    path = op.text("file")
    if not path:
        return black(op.format())
    version = op.text("version", "0")
    on_error = op.text("on_error", "error")
    if on_error not in ("error", "black", "checkerboard", "nearest frame"):
        raise op.error(f"on_error is {on_error!r}")
    try:
        file = _file(path, version, on_error, cache)
    except (OSError, EvaluationError) as fault:
        if on_error == "black":
            return black(op.format(), RGBA)
        if on_error == "checkerboard":
            return checkerboard(op.format())
        missing = isinstance(fault, FileNotFoundError)
        reason = fault.strerror if isinstance(fault, OSError) else str(fault)
        raise op.error(f"Read error: {reason}" + (f": {path}" if missing else ""), missing) from fault
    return _image(op, file)


def _file(path: str, version: str, on_error: str, cache: ReadCache) -> PictureFile:
    try:
        return cache.file(path, version)
    except (OSError, EvaluationError):
        nearest = _nearest(path) if on_error == "nearest frame" else ""
        if not nearest:
            raise
    return cache.file(nearest, version)


def _nearest(path: str) -> str:
    """The existing frame of the sequence whose number is nearest; the earlier one of two. Empty: none."""
    folder, name = os.path.split(path)
    number = _NUMBER.search(name)
    if number is None or not os.path.isdir(folder or "."):
        return ""
    start, end = name[: number.start()], name[number.end() :]
    pattern = re.compile(re.escape(start) + r"(\d+)" + re.escape(end))
    matches = [match for match in map(pattern.fullmatch, os.listdir(folder or ".")) if match]
    if not matches:
        return ""
    wanted = int(number[0])
    best = min(matches, key=lambda match: (abs(int(match[1]) - wanted), int(match[1])))
    return os.path.join(folder, best[0])


def _image(op: Op, file: PictureFile) -> Image:
    stored = file.channels(op.view, op.views)
    filled = op.switch("auto_alpha") and _ALPHA not in stored
    # Where data and display window differ, what is outside is black, not the edge repeated.
    border = 0 if file.covers else 1
    info = Info(
        format=file.format,
        box=file.data.grown(border),
        channels=(*stored, *((_ALPHA,) if filled else ())),
        metadata=file.metadata,
        black_outside=bool(border),
    )
    space = op.text("colorspace", "default")
    if space.partition("\t")[0].strip() in ("", "default"):
        space = "sRGB" if file.eight_bit else op.text("working_space", "linear")
    converts = not op.switch("raw") and all(channel in stored for channel in RGB)
    colours: dict[str, Plane] = {}

    def plain(channel: str) -> Plane:
        if channel == _ALPHA and filled:
            return np.ones(file.data.shape, np.float32)
        return file.plane(stored[channel]).astype(np.float32)

    def compute(channel: str) -> Plane:
        if converts and channel in RGB:
            if not colours:
                colours.update(zip(RGB, _converted(op, file, stored, space), strict=True))
            return _bordered(colours[channel], border)
        return _bordered(plain(channel), border)

    if converts:
        colour.space_of(space)  # a name that is none is an error before any pixel
    return Image(info, compute)


def _converted(
    op: Op, file: PictureFile, stored: dict[str, tuple[int, int]], space: str
) -> tuple[Plane, Plane, Plane]:
    red, green, blue = (file.plane(stored[channel]).astype(np.float32) for channel in RGB)
    working = op.text("working_space", "linear")
    if not (op.switch("premultiplied") and _ALPHA in stored):
        return colour.convert((red, green, blue), space, working)
    alpha = file.plane(stored[_ALPHA]).astype(np.float32)
    by: Plane = np.where(alpha == 0, 1, alpha).astype(np.float32)
    red, green, blue = colour.convert((red / by, green / by, blue / by), space, working)
    return red * by, green * by, blue * by


def _bordered(plane: Plane, border: int) -> Plane:
    return np.pad(plane, border) if border else plane
