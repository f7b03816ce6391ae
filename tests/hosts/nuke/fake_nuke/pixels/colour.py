"""Conversions between a file's colour space and the script's working space, by OpenColorIO."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache

import numpy as np
import OpenImageIO

from .faults import EvaluationError
from .image import Plane

CONFIG = "ocio://studio-config-v2.2.0_aces-v1.3_ocio-v2.4"
"""Carried inside OpenImageIO; the evaluator makes it its default before anything is converted."""

LINEAR = "Linear Rec.709 (sRGB)"
SRGB = "sRGB Encoded Rec.709 (sRGB)"

_NUKE = {
    "linear": LINEAR,
    "sRGB": SRGB,
    "rec709": "Camera Rec.709",
    "Gamma1.8": "Gamma 1.8 Encoded Rec.709",
    "Gamma2.2": "Gamma 2.2 Encoded Rec.709",
    "Gamma2.4": "Gamma 2.4 Encoded Rec.709",
    "AlexaV3LogC": "ARRI LogC3 (EI800)",
    "Output - sRGB": SRGB,
}
"""Names of Nuke's own configuration and of older ACES ones, which the built-in one does not know."""

_ROLE = re.compile(r"\w+ \((?P<space>[^()].*)\)$")


def convert(
    red_green_blue: tuple[Plane, Plane, Plane], source: str, target: str
) -> tuple[Plane, Plane, Plane]:
    """Three planes of one shape from ``source`` to ``target``, names as Nuke shows them.

    :raises EvaluationError: a name that is no colour space.
    """
    source, target = space_of(source), space_of(target)
    if source == target or "Raw" in (source, target):
        return red_green_blue
    buffer = OpenImageIO.ImageBuf(np.ascontiguousarray(np.stack(red_green_blue, -1), np.float32))
    result = OpenImageIO.ImageBufAlgo.colorconvert(buffer, source, target, False)
    pixels = None if result.has_error else result.get_pixels(OpenImageIO.FLOAT)
    if pixels is None:
        raise EvaluationError(f"can't convert from {source} to {target}: {result.geterror()}")
    return pixels[..., 0], pixels[..., 1], pixels[..., 2]


@lru_cache(maxsize=None)
def space_of(name: str) -> str:
    """The configuration's name of a colour space; what follows a tab in Nuke's knob does not count.

    >>> space_of("scene_linear (ACES - ACEScg)")
    'ACEScg'
    """
    wanted = name.partition("\t")[0].strip()
    role = _ROLE.match(wanted)
    candidates = [_NUKE.get(wanted, wanted)] + ([role["space"]] if role else [])
    config = OpenImageIO.ColorConfig(CONFIG)
    known = config.getColorSpaceNames()
    for candidate in candidates:
        space = config.resolve(candidate)
        if space in known:
            return str(space)
    near = difflib.get_close_matches(wanted, [*_NUKE, *known], n=3, cutoff=0.0)
    raise EvaluationError(f"{name!r} is no colour space; near it are {', '.join(near)}")
