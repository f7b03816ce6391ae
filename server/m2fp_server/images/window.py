"""A rectangle of pixels: a plate's data window or display window."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """``width`` x ``height`` pixels whose top left pixel is ``(x, y)``; y runs down, as in EXR.

    The origin may be negative (overscan). EXR itself stores inclusive corners: :meth:`from_corners` and
    :attr:`corners` translate.
    """

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def from_corners(cls, left: int, top: int, right: int, bottom: int) -> Window:
        """The window of an EXR ``box2i``: both corners belong to it."""
        return cls(left, top, right - left + 1, bottom - top + 1)

    @property
    def corners(self) -> tuple[int, int, int, int]:
        """``(left, top, right, bottom)``, inclusive, as EXR's ``box2i`` stores them."""
        return self.x, self.y, self.x + self.width - 1, self.y + self.height - 1

    @property
    def pixels(self) -> int:
        return self.width * self.height

    def union(self, other: Window) -> Window:
        """The smallest window that holds both."""
        left, top = min(self.x, other.x), min(self.y, other.y)
        right = max(self.x + self.width, other.x + other.width)
        bottom = max(self.y + self.height, other.y + other.height)
        return Window(left, top, right - left, bottom - top)

    def __str__(self) -> str:
        return f"{self.width}x{self.height} at ({self.x}, {self.y})"
