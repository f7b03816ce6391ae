"""Knobs that hold one of several."""
# ruff: noqa: N802 - Nuke's names

from __future__ import annotations

from typing import Any, ClassVar, Hashable, Sequence

from .. import expressions
from ..faults import EvaluationError
from ..tcl import Tcl
from ..words import quote
from .components import expression_of
from .knob import Knob


class Enumeration_Knob(Knob):  # noqa: N801 - Nuke's name
    """One of a list of texts. What follows a tab in one is only shown.

    :param strict: whether only values of the list are taken.
    """

    TYPE: ClassVar[int | None] = 4

    def __init__(
        self, name: str = "", label: str | None = None, values: Sequence[str] = (), strict: bool = True
    ) -> None:
        super().__init__(name, label)
        self._values = list(values)
        self._value = self._values[0] if self._values else ""
        self._expression = ""
        self._strict = strict

    def values(self) -> list[str]:
        return list(self._values)

    def setValues(self, values: Sequence[str]) -> None:
        self._values = list(values)
        if self._value not in self._values and self._values:
            self._value = self._values[0]

    def numValues(self) -> int:
        return len(self._values)

    def enumName(self, index: int) -> str:
        return self._values[index]

    def value(self) -> str:
        return str(self.evaluated())

    def getValue(self) -> float:
        """The index of the value."""
        return self.evaluated_number()

    def setValue(self, value: Any) -> bool:
        """Take a text of the list, else an index.

        :raises ValueError: it is neither.
        """
        found = self._match(value)
        if found is None:
            raise ValueError(f"{self._where()}: {value!r} is none of {', '.join(self._values)}")
        self._value, self._expression = found, ""
        return True

    def setExpression(self, expression: str, channel: int = -1) -> bool:
        self._expression = expression
        return True

    def hasExpression(self, index: int = -1) -> bool:
        return bool(self._expression)

    def isAnimated(self, index: int = -1) -> bool:
        return bool(self._expression)

    def clearAnimated(self, index: int = -1) -> bool:
        self._expression = ""
        return True

    def state(self) -> Hashable:
        return (self._value, self._expression)

    def stored_text(self) -> str:
        return f"{{{quote(self._expression)}}}" if self._expression else self._value

    def toScript(self) -> str:
        return f"{{{self.stored_text()}}}" if self._expression else quote(self._value)

    def load(self, text: str) -> None:
        if text.startswith("{") and text.endswith("}"):
            self._expression = expression_of(text[1:-1])
            return
        found = self._match(text)
        if found is None:
            self._warn(f"{text!r} is none of {', '.join(self._values)}")
        else:
            self._value, self._expression = found, ""

    def evaluated(self) -> Any:
        if not self._expression:
            return self._value
        with self.session.evaluating(self):
            index = int(expressions.number(self._expression, Tcl(self.node())))
        if not 0 <= index < len(self._values):
            raise EvaluationError(f"{self._where()}: the expression gives {index}, which is no index")
        return self._values[index]

    def evaluated_number(self, component: str = "") -> float:
        value = self.evaluated()
        return float(self._values.index(value)) if value in self._values else 0.0

    def _match(self, value: Any) -> str | None:
        if isinstance(value, str):
            for known in self._values:
                if value in (known, known.split("\t")[0]):
                    return known
            if not self._strict:
                return value
        if isinstance(value, (int, float)) or value.isdigit():
            index = int(value)
            return self._values[index] if 0 <= index < len(self._values) else None
        return None
