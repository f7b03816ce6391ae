"""Knobs that do something when they are pressed."""
# ruff: noqa: N802 - Nuke's names

from __future__ import annotations

from typing import Any, Callable, ClassVar

from .knob import Knob
from .texts import String_Knob


class PyScript_Knob(String_Knob):  # noqa: N801 - Nuke's name
    """A button that runs Python. Pressing it is ``Session.press``'s work."""

    TYPE: ClassVar[int | None] = 22
    FLAGS = 0

    def command(self) -> str:
        return self._text

    def setCommand(self, command: str) -> None:
        self._text = command

    def execute(self) -> None:
        """Press the button."""
        self.session.press(self)


class Action_Knob(Knob):  # noqa: N801 - stands for Nuke's Script_Knob
    """A button that Nuke's own nodes have, such as ``Read.reload``.

    :param action: called with the knob.
    """

    FLAGS = 0

    def __init__(self, name: str, action: Callable[[Action_Knob], None]) -> None:
        super().__init__(name)
        self._action = action

    def Class(self) -> str:
        return "Script_Knob"

    def execute(self) -> None:
        self._action(self)

    def value(self) -> Any:
        return ""

    def setValue(self, value: Any) -> bool:
        raise TypeError(f"{self._where()} is a button: it takes no value such as {value!r}")

    def stored_text(self) -> str:
        return ""

    def load(self, text: str) -> None:
        if text:
            self._warn("a button takes no value")

    def evaluated(self) -> str | None:
        return None
