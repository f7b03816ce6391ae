"""An image as Nuke sees it: channels over a bounding box, computed when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
"""One channel, ``(h, w)``; row 0 is the lowest."""


@dataclass(frozen=True)
class Box:
    """Pixels from ``x, y`` up to but without ``r, t``; y runs up."""

    x: int
    y: int
    r: int
    t: int

    @property
    def width(self) -> int:
        return max(0, self.r - self.x)

    @property
    def height(self) -> int:
        return max(0, self.t - self.y)

    @property
    def empty(self) -> bool:
        return self.width == 0 or self.height == 0

    @property
    def shape(self) -> tuple[int, int]:
        return self.height, self.width

    def grown(self, by: int) -> Box:
        return Box(self.x - by, self.y - by, self.r + by, self.t + by)

    def union(self, other: Box) -> Box:
        if self.empty or other.empty:
            return other if self.empty else self
        return Box(min(self.x, other.x), min(self.y, other.y), max(self.r, other.r), max(self.t, other.t))

    def intersection(self, other: Box) -> Box:
        return Box(max(self.x, other.x), max(self.y, other.y), min(self.r, other.r), min(self.t, other.t))


@dataclass(frozen=True)
class Format:
    """Width and height in pixels, from 0, 0; a pixel is ``pixel_aspect`` times as wide as high."""

    width: int
    height: int
    pixel_aspect: float = 1.0

    @property
    def box(self) -> Box:
        return Box(0, 0, self.width, self.height)


DEFAULT_FORMAT = Format(2048, 1556)
"""2K_Super_35(full-ap), a new script's format."""


@dataclass(frozen=True)
class Info:
    """What is known of an image without its pixels.

    ``black_outside``: the box has a border, one pixel wide, of black; writers leave it out.
    """

    format: Format = DEFAULT_FORMAT
    box: Box = Box(0, 0, 0, 0)
    channels: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    black_outside: bool = False

    @property
    def written_box(self) -> Box:
        """The pixels that a Write writes: the box without its black border."""
        bordered = self.black_outside and min(self.box.width, self.box.height) > 2
        return self.box.grown(-1) if bordered else self.box

    def with_channels(self, channels: Iterable[str]) -> Info:
        return replace(self, channels=tuple(dict.fromkeys(channels)))

    def merged(self, other: Info) -> Info:
        """This with the other's box joined to it; format, channels and metadata stay this one's."""
        if other.box.empty:
            return self
        if self.box.empty:
            return replace(self, format=other.format, box=other.box, black_outside=other.black_outside)
        both = self.black_outside and other.black_outside
        return replace(self, box=self.box.union(other.box), black_outside=both)


class Image:
    """``info`` and a function that computes a channel's plane over ``info.box``; each is computed once."""

    def __init__(self, info: Info, compute: Callable[[str], Plane]) -> None:
        self.info = info
        self._compute = compute
        self._planes: dict[str, Plane] = {}

    def plane(self, channel: str, box: Box | None = None) -> Plane:
        """``channel`` over ``box`` (default: the image's own). A channel that is not there is 0 everywhere.

        Outside the bounding box the nearest pixel of its edge is repeated, as in Nuke.
        """
        box = box or self.info.box
        if channel not in self.info.channels or self.info.box.empty:
            return np.zeros(box.shape, np.float32)
        if channel not in self._planes:
            self._planes[channel] = self._compute(channel)
        plane = self._planes[channel]
        if box == self.info.box:
            return plane
        mine = self.info.box
        rows = np.clip(np.arange(box.y, box.t), mine.y, mine.t - 1) - mine.y
        columns = np.clip(np.arange(box.x, box.r), mine.x, mine.r - 1) - mine.x
        return plane[np.ix_(rows, columns)]


def nothing() -> Image:
    """What an input without a connection gives: no channels, no pixels."""
    return Image(Info(), lambda channel: np.zeros((0, 0), np.float32))


def black(format_: Format | None, channels: Iterable[str] = ()) -> Image:
    """Black of a format; of one pixel where no format is known, so that no box grows by it."""
    format_, box = (DEFAULT_FORMAT, Box(0, 0, 1, 1)) if format_ is None else (format_, format_.box)
    info = Info(format=format_, box=box).with_channels(channels)
    return Image(info, lambda channel: np.zeros(box.shape, np.float32))
