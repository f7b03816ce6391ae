"""From the engine's grid to plate size, a band of rows at a time.

Bilinear, because it can't leave 0 to 1 and keeps the sum of the parts at most 1, layer by layer, whichever
layers are asked for. Pixel centres are aligned as in OpenCV's ``resize``: the grid and the plate cover the
same rectangle.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

BAND_ROWS = 64
STEPS = 2048


def upsampled_bands(
    planes: npt.NDArray[np.float32], width: int, height: int, rows: int = BAND_ROWS
) -> Iterator[npt.NDArray[np.float16]]:
    """``planes (L, gh, gw)`` at ``height`` x ``width``: bands ``(<= rows, width, L) float16`` from the top.

    A layer that is 0 in all of a band costs next to nothing there. Values are rounded down, so that parts
    which sum to at most 1 still do so in the file.
    """
    grid_height = planes.shape[1]
    centres = (np.arange(height, dtype=np.float32) + 0.5) * (grid_height / height) - 0.5
    upper = np.floor(centres).astype(np.intp)
    share = (centres - upper).astype(np.float32)[:, None]
    below = np.clip(upper + 1, 0, grid_height - 1)
    above = np.clip(upper, 0, grid_height - 1)
    for top in range(0, height, rows):
        band = slice(top, min(height, top + rows))
        out = np.zeros((band.stop - top, width, len(planes)), np.float16)
        for index, plane in enumerate(planes):
            if not plane[above[top] : below[band.stop - 1] + 1].any():
                continue
            lines = plane[above[band]] * (1 - share[band]) + plane[below[band]] * share[band]
            wide = cv2.resize(lines, (width, band.stop - top), interpolation=cv2.INTER_LINEAR)
            out[:, :, index] = rounded_down(np.asarray(wide, np.float32))
        yield out


def rounded_down(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float16]:
    """``values`` in 0 to 1 as half, rounded down to a multiple of 1/2048, never up.

    That is half's own step just below 1, kept all the way down: finer steps near 0 would hold only the
    network's noise, which is dirt in a compositor's blacks and most of the file (17.5 against 6.5 MB, and
    1.7 times the CPU time to write, for the portrait at 1080p).
    """
    return np.asarray(np.floor(values * STEPS) / STEPS, np.float16)


def with_margins(
    bands: Iterator[npt.NDArray[np.float16]], left: int, right: int, above: int, below: int, width: int
) -> Iterator[npt.NDArray[np.float16]]:
    """``bands`` of ``width`` columns within a frame of zeros, margins in pixels, as bands from the top."""
    layers = 0
    for band in bands:
        if not layers:
            layers = band.shape[2]
            yield from _empty_bands(above, left + width + right, layers)
        yield np.pad(band, ((0, 0), (left, right), (0, 0))) if left or right else band
    yield from _empty_bands(below, left + width + right, layers)


def _empty_bands(height: int, width: int, layers: int) -> Iterator[npt.NDArray[np.float16]]:
    for top in range(0, height, BAND_ROWS):
        yield np.zeros((min(BAND_ROWS, height - top), width, layers), np.float16)
