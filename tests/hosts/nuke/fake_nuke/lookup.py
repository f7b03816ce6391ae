"""Finding what a path such as ``parent.mask_path`` or ``root.Read1.first`` means, seen from a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .faults import EvaluationError

if TYPE_CHECKING:
    from .knobs import Knob
    from .node import Node

NODE_NUMBERS = ("first_frame", "last_frame", "width", "height", "pixel_aspect")
"""What every node tells of itself without having a knob for it."""


class Found(NamedTuple):
    """A knob, or one of :data:`NODE_NUMBERS`, of a node; ``component`` as written, such as ``x``."""

    node: Node
    knob: Knob | None
    component: str

    def number(self) -> float:
        """:raises EvaluationError: it is no number."""
        if self.knob is not None:
            return self.knob.evaluated_number(self.component)
        if self.component in ("first_frame", "last_frame"):
            frames = self.node.frameRange()
            return frames.first() if self.component == "first_frame" else frames.last()
        numbers = {
            "width": self.node.width,
            "height": self.node.height,
            "pixel_aspect": self.node.pixelAspect,
        }
        return numbers[self.component]()

    def text(self) -> str:
        """:raises EvaluationError: it cannot be evaluated."""
        if self.knob is not None and not self.component:
            return self.knob.evaluated_text()
        return f"{self.number():.12g}"

    def knob_text(self) -> str:
        """The value as it is stored, nothing in it evaluated."""
        return self.knob.stored_text() if self.knob is not None else self.text()


def find(node: Node, path: str) -> Found:
    """What ``path`` means in an expression of ``node``.

    A bare name is a knob of the node, else of a group around it; a path begins with ``this``, ``parent``,
    ``root``, ``input`` or a node beside it.

    :raises EvaluationError: nothing is called so.
    """
    found = _find(node, path.split("."))
    if found is None:
        raise EvaluationError(f"{node.fullName()}: there is nothing called {path}")
    node.session.references.append(found.node)
    return found


def exists(node: Node, path: str) -> bool:
    """Whether ``path`` means a knob or a node, seen from ``node``."""
    return _find(node, path.split(".")) is not None or find_node(node, path) is not None


def find_node(node: Node, path: str) -> Node | None:
    """The node that ``path`` means from ``node``: ``input``, ``parent``, ``this.Copy1`` or a sibling."""
    found: Node | None = None
    for position, part in enumerate(path.split(".")):
        found = _step(node, part) if position == 0 else _onward(found, part)
        if found is None:
            return None
    return found


def _find(node: Node, parts: list[str]) -> Found | None:
    # The longest run of nodes first: a node beside this one hides a knob's component of the same name.
    for length in range(len(parts) - 1, 0, -1):
        owner = find_node(node, ".".join(parts[:length]))
        found = _in(owner, parts[length:]) if owner is not None else None
        if found is not None:
            return found
    around: Node | None = node
    while around is not None:
        found = _in(around, parts)
        if found is not None:
            return found
        around = around.group
    return None


def _in(owner: Node, parts: list[str]) -> Found | None:
    knob = owner.knob(parts[0])
    if knob is not None and len(parts) <= 2:
        return Found(owner, knob, parts[1] if len(parts) == 2 else "")
    if len(parts) == 1 and parts[0] in NODE_NUMBERS:
        return Found(owner, None, parts[0])
    return None


def _step(node: Node, part: str) -> Node | None:
    if part == "this":
        return node
    if part == "root":
        return node.session.root
    if part == "parent":
        return node.group
    if part == "input" or (part.startswith("input") and part[5:].isdigit()):
        return node.input(int(part[5:] or 0))
    return node.group.node(part) if node.group is not None else None


def _onward(node: Node | None, part: str) -> Node | None:
    if node is None or part in ("parent", "this", "root") or part.startswith("input"):
        found = _step(node, part) if node is not None else None
        if found is not None:
            return found
    return node.child(part) if node is not None else None
