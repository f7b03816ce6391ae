"""Checks for one field of a JSON header from an untrusted peer.

Each function makes a check ``check(name, value) -> value`` that returns the value in its proper type or
raises :class:`~m2fp_host.errors.BadRequest` with a sentence that names the field.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Sequence

from .errors import BadRequest

Check = Callable[[str, Any], Any]


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def text(longest: int = 256, pattern: str = "", choices: Sequence[str] = (), like: str = "") -> Check:
    """A string of at most ``longest`` characters, matching ``pattern`` whole, or one of ``choices``.

    ``like`` says in words what ``pattern`` means.
    """
    compiled = re.compile(pattern) if pattern else None

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or len(value) > longest or "\0" in value:
            raise BadRequest(f"{name} is {_shown(value)}", f"give a string of at most {longest} characters")
        if choices and value not in choices:
            raise BadRequest(f"{name} is {_shown(value)}", "choose one of " + ", ".join(choices))
        if compiled and not compiled.fullmatch(value):
            raise BadRequest(f"{name} is {_shown(value)}", like or f"it has to match {pattern}")
        return value

    return check


def integer(lowest: int, highest: int) -> Check:
    """A whole number from ``lowest`` to ``highest``."""

    def check(name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise BadRequest(f"{name} is {_shown(value)}", f"give a whole number from {lowest} to {highest}")
        return value

    return check


def number(lowest: float, highest: float, word: str = "") -> Check:
    """A finite number from ``lowest`` to ``highest``, or the one ``word`` that may stand for it."""

    def check(name: str, value: Any) -> Any:
        if word and value == word:
            return value
        real = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not real or not lowest <= value <= highest:  # neither holds for NaN
            instead = f" or {word!r}" if word else ""
            raise BadRequest(
                f"{name} is {_shown(value)}", f"give a number from {lowest:g} to {highest:g}{instead}"
            )
        return float(value)

    return check


def boolean(name: str, value: Any) -> bool:
    """``true`` or ``false``."""
    if not isinstance(value, bool):
        raise BadRequest(f"{name} is {_shown(value)}", "give true or false")
    return value


def mapping(name: str, value: Any) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise BadRequest(f"{name} is {_shown(value)}", "give a JSON object")
    return value


def sequence(item: Check, longest: int) -> Check:
    """A list of at most ``longest`` values that each pass ``item``; returned as a tuple."""

    def check(name: str, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)) or len(value) > longest:
            raise BadRequest(f"{name} is {_shown(value)}", f"give a list of at most {longest}")
        return tuple(item(f"{name}[{index}]", element) for index, element in enumerate(value))

    return check
