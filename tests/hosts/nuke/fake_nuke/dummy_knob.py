"""The knobs that knobChanged is told of and no node has: ``showPanel``, ``inputChange``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .knobs.knob import Knob

if TYPE_CHECKING:
    from .node import Node


class DummyKnob(Knob):
    """A knob that stands for something that happened to ``node``; it has a name and no value."""

    def __init__(self, name: str, node: Node) -> None:
        super().__init__(name)
        self.attach(node)

    def Class(self) -> str:  # noqa: N802 - Nuke's name
        return "Obsolete_Knob"

    def value(self) -> None:
        return None

    def stored_text(self) -> str:
        return ""
