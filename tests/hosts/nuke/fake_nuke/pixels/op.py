"""One operator of a request: a node at a time and view, with its knobs' values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .faults import EvaluationError
from .image import Format

_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off", "")


@dataclass(frozen=True)
class Op:
    """``inputs`` are ids of earlier operators, None where nothing is connected. ``views`` are the script's.

    Knobs may hold numbers, booleans, lists or, as in a script's text, strings of them.
    """

    id: int
    node_class: str
    name: str
    knobs: Mapping[str, Any]
    inputs: tuple[int | None, ...]
    view: str
    views: tuple[str, ...]

    @classmethod
    def from_json(cls, stored: Any) -> Op:
        """:raises EvaluationError: it is none."""
        try:
            view = str(stored.get("view") or "main")
            return cls(
                id=int(stored["id"]),
                node_class=str(stored["class"]),
                name=str(stored.get("name") or stored["class"]),
                knobs=dict(stored.get("knobs") or {}),
                inputs=tuple(None if one is None else int(one) for one in stored.get("inputs") or ()),
                view=view,
                views=tuple(map(str, stored.get("views") or (view,))),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as fault:
            raise EvaluationError(f"this is no operator: {stored!r} ({fault!r})") from None

    def text(self, knob: str, default: str = "") -> str:
        value = self.knobs.get(knob)
        return default if value is None else str(value)

    def switch(self, knob: str, default: bool = False) -> bool:
        value = str(self.knobs.get(knob, default)).lower()
        if value not in _TRUE + _FALSE:
            raise self.error(f"{knob} is {self.knobs[knob]!r}, and has to be true or false")
        return value in _TRUE

    def number(self, knob: str, default: float = 0.0) -> float:
        return self.numbers(knob, default)[0]

    def numbers(self, knob: str, default: float = 0.0, count: int = 1) -> tuple[float, ...]:
        """``count`` values; a single one stands for all."""
        value = self.knobs.get(knob, default)
        if isinstance(value, str):
            value = value.strip("{} ").split()
        try:
            found = tuple(map(float, value)) if isinstance(value, (list, tuple)) else (float(value),)
        except (TypeError, ValueError):
            found = ()
        if len(found) not in (1, count):
            raise self.error(f"{knob} is {self.knobs.get(knob)!r}, and has to be {count} numbers")
        return found * count if len(found) == 1 else found

    def format(self, knob: str = "format") -> Format | None:
        """A format knob's value, if the operator has one: width, height, pixel aspect.

        Also the text of a script: ``2048 1556 0 0 2048 1556 1 2K_Super_35(full-ap)``.
        """
        value = self.knobs.get(knob)
        if value is None or value == "":
            return None
        parts = value.split() if isinstance(value, str) else list(value)
        try:
            aspect = parts[6] if len(parts) > 6 else parts[2] if len(parts) in (3, 4) else 1
            return Format(int(parts[0]), int(parts[1]), float(aspect))
        except (IndexError, TypeError, ValueError):
            raise self.error(f"{knob} is {value!r}: a format is its width, height and pixel aspect") from None

    def error(self, message: str, missing: bool = False) -> EvaluationError:
        return EvaluationError(f"{self.name}: {message}", missing)
