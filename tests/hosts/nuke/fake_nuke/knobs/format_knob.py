"""The knob that holds a format."""
# ruff: noqa: N802 - Nuke's names

from __future__ import annotations

from typing import Any, ClassVar

from ..faults import EvaluationError
from ..formats import DEFAULT, Format
from .texts import String_Knob


class Format_Knob(String_Knob):  # noqa: N801 - Nuke's name
    """A format; empty: the script's."""

    TYPE: ClassVar[int | None] = None

    def value(self) -> Any:
        return self.format()

    def format(self) -> Format:
        if self._text:
            return Format(self._text)
        session = self.session
        return Format(DEFAULT) if self._node is session.root else session.root.format()

    def evaluated(self) -> Any:
        size = self.format()
        return [size.width(), size.height(), size.pixelAspect()]

    def evaluated_text(self) -> str:
        return str(self.format())

    def evaluated_number(self, component: str = "") -> float:
        size = self.format()
        numbers = {"w": size.width(), "h": size.height(), "pixel_aspect": size.pixelAspect()}
        if component not in numbers:
            raise EvaluationError(f"the knob {self._where()} has no {component}")
        return numbers[component]

    def toFormat(self) -> Format:
        return self.format()
