"""A plate: the picture a host sends, decoded but not yet interpreted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .window import Window

LARGEST_HALF = 65504.0

Attribute = str | int | tuple[float, ...]
"""A header fact: a name, a flag, or the eight numbers of ``chromaticities``."""


@dataclass(frozen=True)
class Plate:
    """The pixels of a plate's data window in the plate's own colour space, as stored.

    ``pixels`` is ``(H, W, 3) float32``, ``alpha`` is ``(H, W) float32`` or None when the plate has none; both
    are finite (the reader replaces NaN and infinities) and of the size of ``data_window``. ``attributes``
    holds only the header facts that say something about colour: ``acesImageContainerFlag``,
    ``colorInteropID``, ``chromaticities`` (red x, y, green x, y, blue x, y, white x, y) and text attributes
    that name a colour space. ``warnings`` are sentences for the artist.
    """

    pixels: NDArray[np.float32]
    alpha: NDArray[np.float32] | None
    data_window: Window
    display_window: Window
    pixel_aspect: float = 1.0
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    file_name: str = ""
    warnings: tuple[str, ...] = ()
