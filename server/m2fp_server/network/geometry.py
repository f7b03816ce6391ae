"""What depends on a picture's size alone: positions, levels, sampling centres. Made once a size, and kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from .entries import WIDTH

STRIDES = (32, 16, 8)
"""Of the three levels, coarse to fine: their order everywhere."""

KEPT = 8
"""Sizes remembered; 16 MB each at 640x1152."""

_TEMPERATURE = 10000.0
_EPSILON = 1e-6


@dataclass(frozen=True)
class Geometry:
    """The levels of a picture. N is the number of all their cells: 15120 for 1152x640."""

    shapes: tuple[tuple[int, int], ...]
    """Height and width of each level."""
    positions: Tensor
    """``(N, 256)`` float32: sine encoding of each cell's place in its level."""
    centres: Tensor
    """``(N, 2)`` float32: x and y of each cell's centre, as a share of the picture's width and height."""

    @property
    def lengths(self) -> list[int]:
        """Cells of each level."""
        return [height * width for height, width in self.shapes]

    def split(self, cells: Tensor) -> tuple[Tensor, ...]:
        """``(N, ...)`` as one ``(h * w, ...)`` a level."""
        return torch.split(cells, self.lengths)


@lru_cache(KEPT)
def geometry(height: int, width: int) -> Geometry:
    """The geometry of a picture of this size, both multiples of 32."""
    with torch.inference_mode():
        shapes = tuple((height // stride, width // stride) for stride in STRIDES)
        return Geometry(
            shapes,
            torch.cat([sine_positions(*shape) for shape in shapes]),
            torch.cat([_centres(*shape) for shape in shapes]),
        )


def sine_positions(height: int, width: int) -> Tensor:
    """``(height * width, 256)``: 128 channels for the row, 128 for the column, sine and cosine in turn.

    N. Carion et al., "End-to-End Object Detection with Transformers", arXiv:2005.12872, normalised to 2 pi.
    """
    half = WIDTH // 2
    channel = torch.arange(half, dtype=torch.float32)
    wavelength = _TEMPERATURE ** (2 * (channel // 2) / half)

    def encoded(length: int) -> Tensor:
        place = torch.arange(1, length + 1, dtype=torch.float32)
        phase = (place / (place[-1] + _EPSILON) * 2 * math.pi)[:, None] / wavelength
        return torch.stack((phase[:, 0::2].sin(), phase[:, 1::2].cos()), 2).flatten(1)

    rows, columns = encoded(height), encoded(width)
    return torch.cat(
        (rows[:, None].expand(height, width, half), columns[None].expand(height, width, half)), 2
    ).flatten(0, 1)


def _centres(height: int, width: int) -> Tensor:
    y, x = torch.meshgrid(
        (torch.arange(height) + 0.5) / height, (torch.arange(width) + 0.5) / width, indexing="ij"
    )
    return torch.stack((x.flatten(), y.flatten()), 1)
