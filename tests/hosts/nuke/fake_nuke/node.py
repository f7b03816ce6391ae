"""Nodes, as Python in Nuke sees them."""
# ruff: noqa: N802, N803 - Nuke's names

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import node_pixels, references
from .attached import DETACHED, Attached
from .formats import Format
from .frame_range import FrameRange
from .references import ALL, EXPRESSIONS, HIDDEN_INPUTS, INPUTS
from .wiring import Wiring

if TYPE_CHECKING:
    from .classes import NodeClass
    from .group import Group
    from .knobs import Knob
    from .session import Session

__all__ = ["EXPRESSIONS", "HIDDEN_INPUTS", "INPUTS", "Node"]


class Node(Attached):
    """``nuke.Node``. Any use of one that was deleted raises ValueError.

    :param group: where it lies; ``None`` for the root.

    ``unknown``: values of a script for knobs that the class does not have, as words of script text, to be
    written back. ``is_unknown``: nobody has the class.
    """

    def __init__(self, session: Session, node_class: NodeClass, group: Group | None) -> None:
        self._session = session
        self._group = group
        self._class = node_class
        self._deleted = False
        self._shown = False
        self._knobs: dict[str, Knob] = {}
        self.wiring = Wiring(self)
        self.unknown: dict[str, str] = {}
        self.user_knobs: list[Knob] = []
        self.is_unknown = False
        for make in (*node_class.knobs, *node_class.common):
            knob = make()
            knob.attach(self)
            self._knobs[knob.name()] = knob
            knob.seal()

    # Identity

    def Class(self) -> str:
        return self._class.name

    def name(self) -> str:
        return str(self._knobs["name"].value())

    def fullName(self) -> str:
        names, at = [self.name()], self._group
        while at is not None and at.group is not None:
            names.insert(0, at.name())
            at = at.group
        return ".".join(names)

    def setName(self, name: str, uncollide: bool = True, updateExpressions: bool = False) -> None:
        """:raises ValueError: the name is none, or taken and ``uncollide`` is off."""
        if not name or not all(character.isalnum() or character == "_" for character in name):
            raise ValueError(f"this is no name of a node: {name!r}")
        if self._group is not None:
            free = self._group.free_name(name, self)
            if free != name and not uncollide:
                raise ValueError(f"the name {name} is taken")
            name = free
        self._knobs["name"].load(name)

    def parent(self) -> Group | None:
        return self._group

    def help(self) -> str:
        return str(self._knobs["help"].value())

    # Knobs

    def knob(self, name: str, follow_link: bool = True) -> Knob | None:
        return self._knobs.get(name)

    def __getitem__(self, name: str) -> Knob:
        knob = self.knob(name)
        if knob is None:
            raise NameError(f"knob {name} does not exist")
        return knob

    def knobs(self) -> dict[str, Knob]:
        return dict(self._knobs)

    def allKnobs(self) -> list[Knob]:
        return list(self._knobs.values())

    def numKnobs(self) -> int:
        return len(self._knobs)

    def addKnob(self, knob: Knob) -> None:
        """:raises ValueError: the node has a knob of this name."""
        if knob.name() in self._knobs:
            raise ValueError(f"{self.fullName()} has a knob {knob.name()} already")
        knob.attach(self)
        # Dividers and tabs may have no name at all.
        if knob.name():
            self._knobs[knob.name()] = knob
        self.user_knobs.append(knob)

    def removeKnob(self, knob: Knob) -> None:
        """:raises ValueError: the knob was not added by a user."""
        self.user_knobs.remove(knob)
        self._knobs.pop(knob.name(), None)

    # Connections

    def input(self, index: int) -> Node | None:
        return self.wiring.get(index)

    def setInput(self, index: int, node: Node | None) -> bool:
        return self.canSetInput(index, node) and self.wiring.set(index, node)

    def connectInput(self, index: int, node: Node | None) -> bool:
        """Connect to the first free input from ``index`` on."""
        while self.input(index) is not None and index + 1 < self.maxInputs():
            index += 1
        return self.setInput(index, node)

    def canSetInput(self, index: int, node: Node | None) -> bool:
        """Not to one that is not there, lies in another group, or is fed by this node."""
        if not 0 <= index < self.maxInputs():
            return False
        return node is None or (node.group is self._group and not node.wiring.comes_from(self))

    def inputs(self) -> int:
        return self.wiring.count()

    def maxInputs(self) -> int:
        return self._class.max_inputs

    def minInputs(self) -> int:
        return min(1, self.maxInputs())

    def optionalInput(self) -> int:
        return max(self._class.mask, 0)

    def dependencies(self, what: int = ALL) -> list[Node]:
        """The nodes that this one needs: connected, connected with hidden arrows, named in expressions."""
        return references.dependencies(self, what)

    def dependent(self, what: int = ALL, forceEvaluate: bool = True) -> list[Node]:
        """The nodes of the same group that need this one."""
        around = self._group.nodes() if self._group is not None else []
        return [node for node in around if node is not self and self in node.dependencies(what)]

    # Panel and place

    def isSelected(self) -> bool:
        return bool(self._knobs["selected"].value())

    def setSelected(self, selected: bool) -> None:
        self._knobs["selected"].setValue(bool(selected))

    def xpos(self) -> int:
        return int(self._knobs["xpos"].value())

    def ypos(self) -> int:
        return int(self._knobs["ypos"].value())

    def setXpos(self, x: float) -> None:
        self._knobs["xpos"].setValue(int(x))

    def setYpos(self, y: float) -> None:
        self._knobs["ypos"].setValue(int(y))

    def setXYpos(self, x: float, y: float) -> None:
        self.setXpos(x)
        self.setYpos(y)

    def screenWidth(self) -> int:
        return 80

    def screenHeight(self) -> int:
        return 18

    def autoplace(self) -> None:
        """Nothing: the fake's graph is not looked at."""

    def redraw(self) -> None:
        """Nothing: the fake's graph is not looked at."""

    def showControlPanel(self, forceFloat: bool = False) -> None:
        self._shown = self._session.gui

    def hideControlPanel(self) -> None:
        self._shown = False

    def shown(self) -> bool:
        return self._shown

    # Picture

    def firstFrame(self) -> int:
        return self.frameRange().first()

    def lastFrame(self) -> int:
        return self.frameRange().last()

    def frameRange(self) -> FrameRange:
        return FrameRange(*self._session.range_of(self))

    def channels(self) -> list[str]:
        """Empty where the node has an error."""
        return node_pixels.channels(self)

    def metadata(self, key: str | None = None, time: float | None = None, view: str | None = None) -> Any:
        """One value, ``None`` where there is none; without ``key``, all of them. Nothing is rendered."""
        return node_pixels.metadata(self, key, time, view)

    def format(self) -> Format:
        return node_pixels.format_of(self)

    def width(self) -> int:
        return self.format().width()

    def height(self) -> int:
        return self.format().height()

    def pixelAspect(self) -> float:
        return self.format().pixelAspect()

    def sample(
        self, channel: str, x: float, y: float, dx: float = 1, dy: float = 1, frame: float | None = None
    ) -> float:
        """:raises RuntimeError: the node has an error."""
        return node_pixels.sample(self, channel, x, y, frame)

    def hasError(self) -> bool:
        """Whether the node itself has an error, with what is inside it; not the nodes before it."""
        return node_pixels.has_own_error(self)

    def error(self) -> bool:
        """Whether the node, or any before it, has an error."""
        return node_pixels.fault(self) is not None

    treeHasError = error  # noqa: N815 - Nuke's name

    # For the fake itself

    @property
    def session(self) -> Session:
        return self._session

    @property
    def group(self) -> Group | None:
        return self._group

    def consumers(self) -> list[tuple[Node, int]]:
        """The nodes that take this one, and by which input."""
        return self.wiring.consumers()

    @property
    def node_class(self) -> NodeClass:
        return self._class

    def child(self, name: str) -> Node | None:
        """The node of this name inside; only groups have any."""
        return None

    def detach(self) -> None:
        """Delete the node: what Python still holds of it is dead."""
        self.wiring.cut()
        if self._group is not None:
            self._group.forget(self)
        self._deleted = True

    def _guard_session(self) -> Session | None:
        if self._deleted:
            raise ValueError(DETACHED)
        return self._session

    def __repr__(self) -> str:
        return f"<{self._class.name} {'(deleted)' if self._deleted else self._knobs['name'].value()}>"
