"""What a frame is computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class PlateFile:
    """An EXR file that has the very pixels, and the colour space that it is in (empty: the file knows)."""

    path: str
    colour_space: str


@dataclass(frozen=True)
class ToRender:
    """No file is what the node sees: ``reason`` says why. The host has to render the frame."""

    reason: str
    colour_space: str
    size: tuple[int, int] | None = None
    """Width and height that it will have, where that is known."""


Plate = Union[PlateFile, ToRender]
