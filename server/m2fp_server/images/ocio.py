"""OpenColorIO's built-in studio configuration, on small pictures."""

from __future__ import annotations

import os
import threading
from functools import cache

import numpy as np
import OpenImageIO
from numpy.typing import NDArray

from m2fp_host.errors import Internal

CONFIG = "ocio://studio-config-v2.2.0_aces-v1.3_ocio-v2.4"
"""ACES 1.3, carried inside the OpenImageIO wheel: the same on every machine, whatever ``$OCIO`` says."""

_LOCK = threading.Lock()
_DISPLAY, _VIEW = "sRGB - Display", "ACES 1.0 - SDR Video"


def convert(picture: NDArray[np.float32], source: str, target: str) -> NDArray[np.float32]:
    """``picture (h, w, 3) float32`` from the space ``source`` to ``target`` (names of :data:`CONFIG`)."""
    buffer = OpenImageIO.ImageBuf(np.ascontiguousarray(picture, np.float32))
    if _is_default():
        result = OpenImageIO.ImageBufAlgo.colorconvert(buffer, source, target, False)
    else:
        result = OpenImageIO.ImageBufAlgo.colorconvert(buffer, source, target, False, "", "", CONFIG)
    return _pixels(result, f"{source} to {target}")


def aces_view(picture: NDArray[np.float32], source: str) -> NDArray[np.float32]:
    """``picture (h, w, 3) float32`` in ``source`` through the ACES 1.0 SDR view, as display sRGB."""
    buffer = OpenImageIO.ImageBuf(np.ascontiguousarray(picture, np.float32))
    if _is_default():
        result = OpenImageIO.ImageBufAlgo.ociodisplay(buffer, _DISPLAY, _VIEW, source, "", False)
    else:
        result = OpenImageIO.ImageBufAlgo.ociodisplay(
            buffer, _DISPLAY, _VIEW, source, "", False, False, "", "", CONFIG
        )
    return _pixels(result, f"{source} to {_DISPLAY}, {_VIEW}")


@cache
def names() -> dict[str, tuple[str, ...]]:
    """The colour spaces of :data:`CONFIG`, each with its aliases."""
    config = OpenImageIO.ColorConfig(CONFIG)
    return {name: tuple(config.getAliases(name)) for name in config.getColorSpaceNames()}


def _is_default() -> bool:
    """Whether :data:`CONFIG` is OpenImageIO's default configuration; made so, if nobody asked for it before.

    A configuration named in a call is set up anew on every call (0.04 s); the default one is kept, with its
    processors. It is read once from ``$OCIO``, which a studio sets to its own: put back straight afterwards.
    """
    with _LOCK:  # the environment is the whole process's
        return _made_default()


@cache
def _made_default() -> bool:
    before = os.environ.get("OCIO")
    os.environ["OCIO"] = CONFIG
    try:
        return OpenImageIO.ColorConfig.default_colorconfig().configname() == CONFIG
    finally:
        if before is None:
            del os.environ["OCIO"]
        else:
            os.environ["OCIO"] = before


def _pixels(buffer: OpenImageIO.ImageBuf, what: str) -> NDArray[np.float32]:
    pixels = None if buffer.has_error else buffer.get_pixels(OpenImageIO.FLOAT)
    if pixels is None:
        raise Internal(f"OpenColorIO failed at {what}: {buffer.geterror()}", "please report this")
    return pixels
