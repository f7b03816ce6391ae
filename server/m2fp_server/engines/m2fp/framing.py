"""Where a plate lies in what the network looks at: sizes, padding, and the grid cells that belong to it.

The published models were trained on pictures of certain sizes. A picture's sides are multiples of 4 pixels,
so that the network's grid, a quarter of them, covers the plate exactly; what the network's strides of 32
need beyond that is padding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from ...network.m2fp import STRIDE

CELL = 4
"""Pixels a side of the grid's cells."""


@dataclass(frozen=True)
class Frame:
    """A picture within the network's input, in pixels, all multiples of 4: ``height`` and ``width`` of the
    input, ``top`` and ``left`` of the picture in it.
    """

    height: int
    width: int
    top: int = 0
    left: int = 0


class Framing(Protocol):
    """How a model wants its pictures."""

    @property
    def padding(self) -> float | None:
        """Level (0 to 1) around the picture; ``None``: 0 after normalisation, which is the mean colour."""

    def picture_size(self, width: float, height: float, resolution: float) -> tuple[int, int]:
        """Width and height of the picture of a plate of this size."""

    def frame(self, width: int, height: int) -> Frame:
        """Where a picture of this size lies in the network's input."""


@dataclass(frozen=True)
class ShortEdge:
    """Short edge ``short``, long edge at most ``long``; padded on the right and below (CIHP)."""

    short: int
    long: int
    padding: float | None = None

    def picture_size(self, width: float, height: float, resolution: float) -> tuple[int, int]:
        scale = min(self.short / min(width, height), self.long / max(width, height)) * resolution
        return _in_cells(width * scale), _in_cells(height * scale)

    def frame(self, width: int, height: int) -> Frame:
        return Frame(_up(height), _up(width))


@dataclass(frozen=True)
class Canvas:
    """Fitted into ``width`` x ``height`` and centred (LIP)."""

    width: int
    height: int
    padding: float | None

    def picture_size(self, width: float, height: float, resolution: float) -> tuple[int, int]:
        scale = min(self.width / width, self.height / height) * resolution
        return _in_cells(width * scale), _in_cells(height * scale)

    def frame(self, width: int, height: int) -> Frame:
        # The picture fills the canvas on one axis at least, which tells the canvas's size.
        scale = max(width / self.width, height / self.height)
        canvas_width, canvas_height = _up(self.width * scale), _up(self.height * scale)
        return Frame(
            canvas_height,
            canvas_width,
            (canvas_height - height) // 2 // CELL * CELL,
            (canvas_width - width) // 2 // CELL * CELL,
        )


def _in_cells(length: float) -> int:
    return max(CELL, round(length / CELL) * CELL)


def _up(length: float) -> int:
    return math.ceil(length / STRIDE) * STRIDE
