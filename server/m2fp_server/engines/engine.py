"""What an engine is: a display-referred picture in, probabilities of body parts out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

BACKGROUND = "background"
FP32 = "fp32"


@dataclass(frozen=True)
class Parsing:
    """What an engine sees in a picture, at the engine's own grid (``gh`` rows, ``gw`` columns).

    ``probabilities (C, gh, gw) float16``: one plane per label, background included, summing to 1.
    ``people (P, gh, gw) float16``: how much of a pixel belongs to each person, ordered from the left of the
    frame, summing to at most 1; ``None`` where the engine can't tell people apart.
    ``scores``: the confidence in each of ``people``, 0 to 1.
    """

    labels: tuple[str, ...]
    probabilities: npt.NDArray[np.float16]
    people: npt.NDArray[np.float16] | None = None
    scores: tuple[float, ...] = ()


@dataclass(frozen=True)
class Card:
    """What there is to know of an engine before it is made. ``weights``: sha256, in hexadecimal."""

    name: str
    labels: tuple[str, ...]
    weights: str
    licence: str

    @property
    def commercial(self) -> bool:
        """Whether the licence allows commercial use, as far as its name tells."""
        return not re.search(r"\bnc\b|non.?commercial", self.licence, re.IGNORECASE)


class Engine(Protocol):
    """Warm after construction; the same input on the same machine and thread count gives the same bits."""

    card: Card
    precisions: tuple[str, ...]
    """Of ``fp32`` and ``bf16`` those it can compute in."""

    def picture_size(self, width: float, height: float, resolution: float = 1.0) -> tuple[int, int]:
        """The picture's width and height in pixels for a plate of this size (square pixels).

        ``resolution`` scales the engine's usual size, 0.5 to 2.
        """

    def parse(self, picture: npt.NDArray[np.float32], precision: str = FP32) -> Parsing:
        """Parse ``picture (h, w, 3) float32``, display sRGB, 0 to 1, sized by :meth:`picture_size`."""
