"""Knobs that hold a text."""
# ruff: noqa: N802 - Nuke's names

from __future__ import annotations

from typing import Any, ClassVar

from ..tcl import Tcl
from .knob import Knob


class String_Knob(Knob):  # noqa: N801 - Nuke's name
    """A text, taken as it is."""

    TYPE: ClassVar[int | None] = 1

    def __init__(self, name: str = "", label: str | None = None, value: str = "") -> None:
        super().__init__(name, label)
        self._text = value

    def value(self) -> str:
        return self._text

    def getText(self) -> str:
        return self._text

    def setText(self, text: str) -> None:
        self.setValue(text)

    def setValue(self, value: Any) -> bool:
        """:raises TypeError: ``value`` is no text."""
        if not isinstance(value, str):
            raise TypeError(f"{self._where()}: setValue takes a text, not {value!r}")
        self._text = value
        return True

    def stored_text(self) -> str:
        return self._text

    def load(self, text: str) -> None:
        self._text = text

    def evaluated(self) -> Any:
        if "[" not in self._text:
            return self._text
        with self.session.evaluating(self):
            return Tcl(self.node()).substitute(self._text)


class EvalString_Knob(String_Knob):  # noqa: N801 - Nuke's name
    """A text in which ``[...]`` is evaluated."""

    def evaluate(self, frame: float | None = None) -> str:
        """:raises RuntimeError: a command in it fails."""
        with self.session.at(frame):
            return str(self.evaluated())


class Multiline_Eval_String_Knob(EvalString_Knob):  # noqa: N801 - Nuke's name
    """A text of several lines in which ``[...]`` is evaluated."""

    TYPE: ClassVar[int | None] = 28


class Text_Knob(String_Knob):  # noqa: N801 - Nuke's name
    """A line of text in the panel, or a divider. Its text is no value: it is not saved."""

    TYPE: ClassVar[int | None] = 26
    FLAGS = 0

    def state(self) -> str:
        return ""


class Name_Knob(String_Knob):  # noqa: N801 - named like the others
    """A node's name: no two nodes of a group have the same."""

    def setValue(self, value: Any) -> bool:
        self.node().setName(value)
        return True


class Tab_Knob(Knob):  # noqa: N801 - Nuke's name
    """A tab of the panel, or the begin or end of a group in it."""

    TYPE: ClassVar[int | None] = 20

    def __init__(self, name: str = "", label: str | None = None, flag: int = 0) -> None:
        super().__init__(name, label)
        self._nesting = str(flag) if flag else ""
        self._open = ""

    def nesting(self) -> str:
        """1 or 2: a group of knobs begins; -1: it ends."""
        return self._nesting

    def setNesting(self, nesting: str) -> None:
        self._nesting = nesting

    def value(self) -> Any:
        return self._open not in ("", "0")

    def setValue(self, value: Any) -> bool:
        self._open = str(int(value))
        return True

    def stored_text(self) -> str:
        return self._open

    def load(self, text: str) -> None:
        self._open = text

    def evaluated(self) -> Any:
        return self._open
