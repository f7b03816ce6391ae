"""From a plate's colour space to the display sRGB picture that the engines were trained on."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from . import ocio
from .colour_space import ACESCG, LINEAR_REC709, SRGB, ColourSpace
from .plate import LARGEST_HALF

View = Literal["auto", "srgb", "aces"]
Exposure = float | Literal["auto"]

_LUMA = {
    # the Y row of each space's RGB to XYZ matrix
    LINEAR_REC709: (0.2126, 0.7152, 0.0722),
    ACESCG: (0.27222872, 0.67408177, 0.05368952),
}
_MIDDLE_GREY = 0.18
_STOPS = 4.0
_BLACK = 1e-4  # luma; borders and empty parts of a render, 11 stops below middle grey


def view_for(space: ColourSpace) -> Literal["srgb", "aces"]:
    """The view that ``view="auto"`` means: the plain sRGB curve for Rec.709 and display-referred plates, ACES
    1.0 SDR for camera logs, ACES spaces and other wide scene-linear spaces, whose highlights it rolls off.
    """
    return "srgb" if space.name == LINEAR_REC709 or space.is_display_referred else "aces"


def to_display(
    picture: NDArray[np.float32], space: ColourSpace, *, view: View = "auto", exposure: Exposure = 0.0
) -> tuple[NDArray[np.float32], float]:
    """``picture (h, w, 3) float32`` in ``space`` -> the same in display sRGB, 0 to 1; and the stops used.

    ``exposure`` in stops is applied to scene-linear light, before the view. ``"auto"`` brings the log-mean
    luma to middle grey, within 4 stops either way; a display-referred plate was exposed by somebody, so
    there it is 0. A raw plate is taken for what it looks like without management: display sRGB.
    """
    chosen = view_for(space) if view == "auto" else view
    source = SRGB if space.is_raw else space.name
    if exposure == "auto" and space.is_display_referred:
        exposure = 0.0
    if source == SRGB and chosen == "srgb" and exposure == 0.0:
        return np.clip(picture, 0.0, 1.0), 0.0  # it is what is wanted already
    working = LINEAR_REC709 if chosen == "srgb" else ACESCG
    linear = picture if source == working else ocio.convert(picture, source, working)
    # Beyond a half's largest the views' own arithmetic overflows.
    linear = np.clip(np.nan_to_num(linear, nan=0.0), -LARGEST_HALF, LARGEST_HALF)
    stops = _automatic_stops(linear, working) if exposure == "auto" else float(exposure)
    if stops:
        linear *= np.float32(2.0**stops)
    display = ocio.convert(linear, working, SRGB) if chosen == "srgb" else ocio.aces_view(linear, working)
    return np.clip(display, 0.0, 1.0), stops


def _automatic_stops(linear: NDArray[np.float32], working: str) -> float:
    """Stops that bring the log-mean luma of ``linear (h, w, 3)`` to 0.18; 0 for a black picture.

    Rounded to a thousandth before use, so that a host which sends the number back gets the same picture.
    """
    luma = linear @ np.asarray(_LUMA[working], np.float32)
    lit = luma[luma > _BLACK]
    if lit.size == 0:
        return 0.0
    mean = math.exp(float(np.log(lit, dtype=np.float64).mean()))
    return round(min(max(math.log2(_MIDDLE_GREY / mean), -_STOPS), _STOPS), 3)
