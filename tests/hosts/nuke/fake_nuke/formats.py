"""Formats: the size of a picture, its frame within it, the shape of its pixels, a name."""

from __future__ import annotations

from .faults import EvaluationError

_NAMED = {
    "HD_1080": "1920 1080 0 0 1920 1080 1 HD_1080",
    "UHD_4K": "3840 2160 0 0 3840 2160 1 UHD_4K",
    "square_512": "512 512 0 0 512 512 1 square_512",
}
DEFAULT = "2048 1556 0 0 2048 1556 1 2K_Super_35(full-ap)"


class Format:
    """``nuke.Format``: width and height in pixels, the frame (x, y, r, t) within, and the pixel aspect.

    :param text: ``W H PA [NAME]`` or ``W H X Y R T PA [NAME]``, as in scripts, or the name of a format.
    :raises EvaluationError: ``text`` is neither.
    """

    def __init__(self, text: str) -> None:
        words = _NAMED.get(text.strip(), text).split()
        numbers = []
        while words and _is_number(words[0]):
            numbers.append(float(words.pop(0)))
        if len(numbers) == 3:
            width, height, aspect = numbers
            numbers = [width, height, 0, 0, width, height, aspect]
        elif len(numbers) == 2:
            numbers = [*numbers, 0, 0, *numbers, 1]
        if len(numbers) != 7 or min(numbers[0], numbers[1], numbers[6]) <= 0:
            raise EvaluationError(f"this is no format: {text!r}")
        self._numbers = numbers
        self._name = " ".join(words)

    def width(self) -> int:
        return int(self._numbers[0])

    def height(self) -> int:
        return int(self._numbers[1])

    def x(self) -> int:
        return int(self._numbers[2])

    def y(self) -> int:
        return int(self._numbers[3])

    def r(self) -> int:
        return int(self._numbers[4])

    def t(self) -> int:
        return int(self._numbers[5])

    def pixelAspect(self) -> float:  # noqa: N802 - Nuke's name
        return self._numbers[6]

    def name(self) -> str:
        return self._name

    def __str__(self) -> str:
        return " ".join([*(f"{number:g}" for number in self._numbers), self._name]).strip()


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
