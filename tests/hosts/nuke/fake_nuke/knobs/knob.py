"""What all knobs have in common."""
# ruff: noqa: N802 - Nuke's names

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Hashable

from ..attached import DETACHED, Attached
from ..faults import EvaluationError
from ..words import quote, split
from . import flags

if TYPE_CHECKING:
    from ..node import Node
    from ..session import Session


class Knob(Attached):
    """``nuke.Knob``: a named value of a node.

    ``TYPE`` is the number by which ``addUserKnob`` makes such a knob, ``FLAGS`` are those it begins with.
    """

    TYPE: ClassVar[int | None] = None
    FLAGS = flags.STARTLINE

    def __init__(self, name: str = "", label: str | None = None) -> None:
        self._node: Node | None = None
        self._name = name
        self._label = label
        self._tooltip = ""
        self._flags = self.FLAGS
        self._default: Hashable = None

    # As Nuke has it

    def Class(self) -> str:
        return type(self).__name__

    def name(self) -> str:
        return self._name

    def setName(self, name: str) -> None:
        self._name = name

    def fullyQualifiedName(self, channel: int = -1) -> str:
        return f"{self.node().fullName()}.{self._name}"

    def label(self) -> str:
        return self._name if self._label is None else self._label

    def setLabel(self, label: str) -> None:
        self._label = label

    def tooltip(self) -> str:
        return self._tooltip

    def setTooltip(self, tooltip: str) -> None:
        self._tooltip = tooltip

    def node(self) -> Node:
        """:raises ValueError: the knob is on no node."""
        if self._node is None:
            raise ValueError(DETACHED)
        return self._node

    def visible(self) -> bool:
        return not self._flags & (flags.HIDDEN | flags.INVISIBLE)

    def setVisible(self, visible: bool) -> None:
        self._set(flags.HIDDEN, not visible)

    def enabled(self) -> bool:
        return not self._flags & flags.DISABLED

    def setEnabled(self, enabled: bool) -> None:
        self._set(flags.DISABLED, not enabled)

    def setFlag(self, flag: int) -> None:
        self._set(flag, True)

    def clearFlag(self, flag: int) -> None:
        self._set(flag, False)

    def getFlag(self, flag: int) -> bool:
        return bool(self._flags & flag)

    def isAnimated(self, index: int = -1) -> bool:
        return False

    def hasExpression(self, index: int = -1) -> bool:
        return False

    def notDefault(self) -> bool:
        return self.state() != self._default

    def toScript(self) -> str:
        """The value as one word of script text."""
        return quote(self.stored_text())

    def fromScript(self, text: str) -> bool:
        """Take a value as it stands in script text."""
        words = split(text)
        self.load(words[0].text if len(words) == 1 else text)
        return True

    def value(self) -> Any:
        raise NotImplementedError

    def getValue(self) -> Any:
        return self.value()

    def setValue(self, value: Any) -> bool:
        raise NotImplementedError

    # For the fake itself

    def attach(self, node: Node) -> None:
        """Put the knob on ``node``."""
        self._node = node

    def seal(self) -> None:
        """Make the present value the one that is not saved."""
        self._default = self.state()

    def state(self) -> Hashable:
        """The value as stored, to compare."""
        return self.stored_text()

    def stored_text(self) -> str:
        """What a script's word says after its quotes are taken off."""
        raise NotImplementedError

    def load(self, text: str) -> None:
        """Take the text of a script's word, without its quotes."""
        raise NotImplementedError

    def evaluated(self) -> Any:
        """The value at the session's frame and view, as the evaluator of pixels takes it.

        :raises EvaluationError: an expression in it fails.
        """
        raise NotImplementedError

    def evaluated_text(self) -> str:
        """What ``[value ...]`` gives.

        :raises EvaluationError: an expression in it fails.
        """
        return str(self.evaluated())

    def evaluated_number(self, component: str = "") -> float:
        """What an expression that names the knob gets.

        :raises EvaluationError: the knob has no number to give.
        """
        raise EvaluationError(
            f"the knob {self._where()} is no number, so no expression can use it{component}"
        )

    @property
    def session(self) -> Session:
        return self.node().session

    def _guard_session(self) -> Session | None:
        return self._node._guard_session() if self._node is not None else None

    def _set(self, flag: int, on: bool) -> None:
        self._flags = self._flags | flag if on else self._flags & ~flag

    def _where(self) -> str:
        return f"{self._node.fullName()}.{self._name}" if self._node is not None else self._name

    def _warn(self, what: str) -> None:
        if self._node is not None:
            self._node.session.warnings.append(f"{self._where()}: {what}")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name}>"
