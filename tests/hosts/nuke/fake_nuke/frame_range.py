"""Frame ranges, written ``1-100``, ``1-100x2`` or ``7``."""

from __future__ import annotations

import re
from typing import Any, Iterator

_FORM = re.compile(r"\s*(-?\d+)(?:-(-?\d+)(?:x(-?\d+))?)?\s*$")


class FrameRange:
    """``nuke.FrameRange``: from first to last by an increment.

    :param arguments: a text, or first, last and increment.
    :raises ValueError: the text is no range, or the increment is 0.
    """

    def __init__(self, *arguments: Any) -> None:
        if len(arguments) == 1 and isinstance(arguments[0], str):
            match = _FORM.match(arguments[0])
            if match is None:
                raise ValueError(f"this is no frame range: {arguments[0]!r}")
            first, last, increment = match.groups()
            numbers = [int(first), int(last or first), int(increment or 1)]
        else:
            numbers = [int(number) for number in arguments] or [1, 1]
            numbers += [numbers[0]] if len(numbers) == 1 else []
            numbers += [1] if len(numbers) == 2 else []
        self._first, self._last, self._increment = numbers
        if self._increment == 0:
            raise ValueError("a frame range has no increment of 0")

    def first(self) -> int:
        return self._first

    def last(self) -> int:
        return self._last

    def increment(self) -> int:
        return self._increment

    def frames(self) -> int:
        """How many there are."""
        return len(range(self._first, self._last + (1 if self._increment > 0 else -1), self._increment))

    def isInRange(self, frame: int) -> bool:  # noqa: N802 - Nuke's name
        return frame in iter(self)

    def setFirst(self, frame: int) -> None:  # noqa: N802 - Nuke's name
        self._first = int(frame)

    def setLast(self, frame: int) -> None:  # noqa: N802 - Nuke's name
        self._last = int(frame)

    def setIncrement(self, increment: int) -> None:  # noqa: N802 - Nuke's name
        self._increment = int(increment)

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._first, self._last + (1 if self._increment > 0 else -1), self._increment))

    def __str__(self) -> str:
        if self._first == self._last:
            return str(self._first)
        step = "" if self._increment == 1 else f"x{self._increment}"
        return f"{self._first}-{self._last}{step}"


class FrameRanges:
    """``nuke.FrameRanges``: several, from a text such as ``1-10 20-30x5``, or from a list of either.

    :raises ValueError: a part is no range.
    """

    def __init__(self, ranges: str | list[Any] | FrameRange = "") -> None:
        if isinstance(ranges, FrameRange):
            self._ranges = [ranges]
        else:
            parts = ranges.replace(",", " ").split() if isinstance(ranges, str) else ranges
            self._ranges = [part if isinstance(part, FrameRange) else FrameRange(part) for part in parts]

    def add(self, frame_range: FrameRange) -> None:
        self._ranges.append(frame_range)

    def size(self) -> int:
        return len(self._ranges)

    def getRange(self, index: int) -> FrameRange:  # noqa: N802 - Nuke's name
        return self._ranges[index]

    def toFrameList(self) -> list[int]:  # noqa: N802 - Nuke's name
        return [frame for each in self._ranges for frame in each]

    def minFrame(self) -> int:  # noqa: N802 - Nuke's name
        return min(self.toFrameList())

    def maxFrame(self) -> int:  # noqa: N802 - Nuke's name
        return max(self.toFrameList())

    def __iter__(self) -> Iterator[FrameRange]:
        return iter(self._ranges)

    def __str__(self) -> str:
        return " ".join(str(each) for each in self._ranges)
