"""What a node tells of its picture, by asking the evaluator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .faults import EvaluationError
from .formats import Format
from .pixels.client import PixelsError

if TYPE_CHECKING:
    from .node import Node


def fault(node: Node) -> RuntimeError | None:
    """What is wrong with ``node`` or what comes before it; ``None``: nothing."""
    try:
        _validated(node, None, None)
    except (EvaluationError, PixelsError) as error:
        return error
    return None


def has_own_error(node: Node) -> bool:
    """Whether something is wrong with ``node`` that is not wrong with one of its inputs."""
    if fault(node) is None:
        return False
    return all(fault(source) is None for _, source in node.wiring.sources())


def channels(node: Node) -> list[str]:
    """The channels of its picture; none where it has an error."""
    try:
        return [str(channel) for channel in _validated(node, None, None)["channels"]]
    except (EvaluationError, PixelsError):
        return []


def metadata(node: Node, key: str | None, frame: float | None, view: str | None) -> Any:
    """See :meth:`Node.metadata`; nothing where it has an error."""
    try:
        found: dict[str, Any] = _validated(node, frame, view)["metadata"]
    except (EvaluationError, PixelsError):
        found = {}
    return found if key is None else found.get(key)


def format_of(node: Node) -> Format:
    """The format of its picture; the script's where it has an error."""
    try:
        width, height, aspect = _validated(node, None, None)["format"]
    except (EvaluationError, PixelsError):
        return node.session.root.format()
    return Format(f"{width} {height} {aspect}")


def sample(node: Node, channel: str, x: float, y: float, frame: float | None) -> float:
    """The value of a channel at a place.

    :raises RuntimeError: the node has an error.
    """
    session = node.session
    ops = session.flatten(node, frame)
    return float(session.pixels.sample(ops, session.layers.canonical(channel), x, y))


def _validated(node: Node, frame: float | None, view: str | None) -> dict[str, Any]:
    session = node.session
    found: dict[str, Any] = session.pixels.validate(session.flatten(node, frame, view))
    return found
