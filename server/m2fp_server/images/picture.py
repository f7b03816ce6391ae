"""The picture an engine looks at: the plate, small and display-referred."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .colour import Exposure, View, to_display
from .colour_evidence import space_of
from .plate import Plate

_HEADROOM = 16.0  # times reference white; what a firefly may weigh in a cell
_BRIGHT = 99.5  # percentile of the plate's values; a quarter of the bound of a very bright plate
_SAMPLES = 128  # a side, for that percentile
_THIN_ALPHA = 1e-3  # below it a quotient is noise


@dataclass(frozen=True)
class Picture:
    """``pixels (h, w, 3) float32``, display sRGB, 0 to 1. ``colour_space`` is the plate's, by its OCIO name,
    ``evidence`` a sentence saying how it was found, ``exposure`` the stops that were applied.
    """

    pixels: NDArray[np.float32]
    colour_space: str
    exposure: float
    evidence: str


def picture_of(
    plate: Plate,
    size: tuple[int, int],
    *,
    colour_space: str = "",
    view: View = "auto",
    exposure: Exposure = 0.0,
    unpremult: bool = False,
) -> Picture:
    """The picture of ``plate``'s data window at ``size`` (width, height), for an engine.

    ``view`` and ``exposure`` (stops, or "auto") are those of :func:`to_display`; ``unpremult`` divides by the
    plate's alpha, if it has one. Raises :class:`BadRequest` for an unknown ``colour_space``.
    """
    space = space_of(plate, colour_space)
    pixels = resize_to_picture(plate.pixels, *size)
    if unpremult and plate.alpha is not None:
        # after the resize: the mean colour over the mean alpha is the mean weighted by alpha, and cheap
        pixels = unpremultiply(pixels, resize_to_picture(plate.alpha, *size))
    display, stops = to_display(pixels, space, view=view, exposure=exposure)
    return Picture(display, space.name, stops, space.evidence)


def resize_to_picture(pixels: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """``pixels (H, W[, 3]) float32`` -> ``(height, width[, 3]) float32``, in the plate's own numbers.

    For a scene-linear plate that is the mean of the light, as a camera sees it. Log and display-referred
    plates are averaged as they are encoded: decoding all of a plate costs seconds, the picture differs only
    at hard edges, and the engines' own training pictures were resized encoded. Values are bounded first, so
    that one firefly does not whiten a cell.
    """
    rows, columns = pixels.shape[:2]
    bound = _bound(pixels)
    if pixels.max() > bound or pixels.min() < -bound:  # a copy only where it is needed
        pixels = np.clip(pixels, -bound, bound)
    shrunk = (min(width, columns), min(height, rows))
    if shrunk != (columns, rows):
        # the mean of the pixels under each cell
        pixels = _resized(pixels, shrunk, cv2.INTER_AREA)
    if shrunk != (width, height):
        pixels = _resized(pixels, (width, height), cv2.INTER_LINEAR)
    return pixels


def unpremultiply(pixels: NDArray[np.float32], alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """``pixels (h, w, 3)`` over ``alpha (h, w)``, both float32; unchanged where alpha is nearly 0 or less."""
    solid = alpha > _THIN_ALPHA
    divisor: NDArray[np.float32] = np.where(solid, alpha, np.float32(1.0))
    return np.divide(pixels, divisor[..., np.newaxis], dtype=np.float32)


def _bound(pixels: NDArray[np.float32]) -> float:
    """16, or more for a plate that is bright all over (physical units): 4 times nearly its largest value."""
    rows, columns = pixels.shape[:2]
    sample = pixels[:: max(1, rows // _SAMPLES), :: max(1, columns // _SAMPLES)]
    return max(_HEADROOM, 4.0 * float(np.percentile(sample, _BRIGHT)))


def _resized(pixels: NDArray[np.float32], size: tuple[int, int], interpolation: int) -> NDArray[np.float32]:
    resized = cv2.resize(pixels, size, interpolation=interpolation)
    return np.asarray(resized, np.float32)
