"""Knobs that stand for another knob."""
# ruff: noqa: N802 - Nuke's names

from __future__ import annotations

from typing import Any, ClassVar, Hashable

from .. import lookup
from ..faults import EvaluationError
from .knob import Knob


class Link_Knob(Knob):  # noqa: N801 - Nuke's name
    """The knob of another node, most often of one inside the group. It has no value of its own."""

    TYPE: ClassVar[int | None] = 41

    def __init__(self, name: str = "", label: str | None = None, target: str = "") -> None:
        super().__init__(name, label)
        self._target = target

    def getLink(self) -> str:
        return self._target

    def setLink(self, target: str) -> None:
        self._target = target

    def makeLink(self, node: str, knob: str) -> None:
        self._target = f"{node}.{knob}"

    def getLinkedKnob(self) -> Knob | None:
        """The knob it stands for; ``None`` while there is none."""
        node = self.node()
        name, _, knob = self._target.rpartition(".")
        owner = node.child(name) if name and "." not in name else None
        owner = owner or lookup.find_node(node, name or "this")
        found = owner.knob(knob) if owner is not None else None
        return None if found is self else found

    def value(self, *arguments: Any) -> Any:
        return self._linked().value(*arguments)

    def getValue(self, *arguments: Any) -> Any:
        return self._linked().getValue(*arguments)

    def setValue(self, *arguments: Any) -> bool:
        return self._linked().setValue(*arguments)

    def isAnimated(self, index: int = -1) -> bool:
        return self._linked().isAnimated(index)

    def hasExpression(self, index: int = -1) -> bool:
        return self._linked().hasExpression(index)

    def setExpression(self, expression: str, channel: int = -1) -> bool:
        linked: Any = self._linked()
        return bool(linked.setExpression(expression, channel))

    def toScript(self) -> str:
        return self._linked().toScript()

    def state(self) -> Hashable:
        linked = self.getLinkedKnob()
        return linked.state() if linked is not None else None

    def stored_text(self) -> str:
        return self._linked().stored_text()

    def load(self, text: str) -> None:
        """Set the linked knob; while that is not there, as in the text of a Group, the value is lost."""
        linked = self.getLinkedKnob()
        if linked is None:
            self._warn(f"a value for a link to {self._target}, which is not there")
        else:
            linked.load(text)

    def evaluated(self) -> Any:
        return self._linked().evaluated()

    def evaluated_text(self) -> str:
        return self._linked().evaluated_text()

    def evaluated_number(self, component: str = "") -> float:
        return self._linked().evaluated_number(component)

    def _linked(self) -> Knob:
        linked = self.getLinkedKnob()
        if linked is None:
            raise EvaluationError(f"{self._where()}: there is nothing called {self._target} to link to")
        return linked
