"""Which nodes a node needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .faults import EvaluationError

if TYPE_CHECKING:
    from .node import Node

INPUTS, HIDDEN_INPUTS, EXPRESSIONS = 1, 2, 4
ALL = INPUTS | HIDDEN_INPUTS | EXPRESSIONS


def dependencies(node: Node, what: int) -> list[Node]:
    """The nodes connected to ``node`` (hidden or not) and those that its expressions and links name."""
    found: list[Node] = []
    hidden = node.knob("hide_input")
    kind = HIDDEN_INPUTS if hidden is not None and hidden.value() else INPUTS
    if what & kind:
        found += [source for _, source in node.wiring.sources()]
    if what & EXPRESSIONS:
        found += _named(node)
    return [each for each in dict.fromkeys(found) if each is not node]


def _named(node: Node) -> list[Node]:
    seen = node.session.references
    before = len(seen)
    for knob in node.allKnobs():
        try:
            knob.evaluated()
        except EvaluationError:
            continue  # what it named before it failed was noted
    found = seen[before:]
    del seen[before:]
    return found
