"""Nodes with nodes inside: Groups and gizmos."""
# ruff: noqa: N802 - Nuke's names

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .node import Node

if TYPE_CHECKING:
    from .classes import NodeClass
    from .knobs import Knob
    from .session import Session

_NUMBERED = re.compile(r"(.*?)(\d*)$")


class Group(Node):
    """``nuke.Group``. Its inputs are the Input nodes inside it, its picture is that of the Output."""

    def __init__(self, session: Session, node_class: NodeClass, group: Group | None) -> None:
        self._nodes: list[Node] = []
        super().__init__(session, node_class, group)

    def nodes(self) -> list[Node]:
        return list(self._nodes)

    def numNodes(self) -> int:
        return len(self._nodes)

    def node(self, name: str) -> Node | None:
        """The node of this name inside, or further inside: ``M2FP1.masks``."""
        first, _, rest = name.partition(".")
        found = next((node for node in self._nodes if node.name() == first), None)
        return found.child(rest) if found is not None and rest else found

    def output(self) -> Node | None:
        """The Output node."""
        return next((node for node in self._nodes if node.Class() == "Output"), None)

    def maxInputs(self) -> int:
        return max((number + 1 for number in self.input_numbers()), default=0)

    def begin(self) -> Group:
        """Python sees this group's nodes, until :meth:`end`."""
        self._session.enter(self)
        return self

    def end(self) -> None:
        self._session.leave()

    def __enter__(self) -> Group:
        return self.begin()

    def __exit__(self, *_: Any) -> None:
        self._session.leave()

    # For the fake itself

    def child(self, name: str) -> Node | None:
        return self.node(name)

    def input_numbers(self) -> list[int]:
        """The inputs that the Input nodes inside stand for."""
        return [int(node["number"].value()) for node in self._nodes if node.Class() == "Input"]

    def add(self, node: Node, name: str = "") -> None:
        """Take in a new node, under ``name`` or one like it that is free."""
        if node.Class() == "Input":
            node["number"].setValue(self.maxInputs())
            node["number"].seal()
        self._nodes.append(node)
        node.setName(name or re.sub(r"\d+$", "", node.Class()) + "1")

    def forget(self, node: Node) -> None:
        self._nodes.remove(node)

    def free_name(self, name: str, besides: Node | None = None) -> str:
        """``name``, or if another node has it, the next number that is free."""
        taken = {node.name() for node in self._nodes if node is not besides}
        stem, digits = _NUMBERED.match(name).groups()  # type: ignore[union-attr]
        number = int(digits or 0)
        while name in taken:
            number += 1
            name = f"{stem}{number}"
        return name

    def detach(self) -> None:
        for node in self.nodes():
            node.detach()
        super().detach()


class Gizmo(Group):
    """``nuke.Gizmo``: a Group whose inside is a file's. Only its own knobs are saved with a script."""

    def __init__(self, session: Session, node_class: NodeClass, group: Group | None) -> None:
        self._own: list[Knob] = []
        super().__init__(session, node_class, group)

    def makeGroup(self) -> Group:
        """A Group with the same knobs and the same inside, beside this node, connected to nothing."""
        return self._session.group_from(self)

    # For the fake itself

    def seal(self) -> None:
        """The knobs are now as the gizmo's file has them."""
        self._own = list(self.user_knobs)
        for knob in self.allKnobs():
            knob.seal()

    def added_knobs(self) -> list[Knob]:
        """The knobs that were added to this node alone."""
        return [knob for knob in self.user_knobs if knob not in self._own]
