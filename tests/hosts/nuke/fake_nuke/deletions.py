"""Deleting nodes, and undoing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Sequence

if TYPE_CHECKING:
    from .group import Group
    from .node import Node
    from .session import Session


class _Deleted(NamedTuple):
    group: Group
    text: str
    links: list[tuple[str, int, str]]


class Deletions:
    """What was deleted from the script of ``session``, kept as text with its connections."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._deleted: list[_Deleted] = []

    def delete(self, nodes: Sequence[Node]) -> None:
        """Delete nodes, all of one group."""
        inputs = [(node.name(), i, source.name()) for node in nodes for i, source in node.wiring.sources()]
        outputs = [(other.name(), i, node.name()) for node in nodes for other, i in node.wiring.consumers()]
        group = nodes[0].group if nodes else None
        text = self._session.copy(nodes)
        self._deleted.append(_Deleted(group or self._session.root, text, inputs + outputs))
        for node in nodes:
            node.detach()

    def undo(self) -> list[Node]:
        """Make anew what was deleted last, under the names and with the connections it had.

        :raises RuntimeError: nothing was deleted.
        """
        if not self._deleted:
            raise RuntimeError("Nothing to undo")
        deleted = self._deleted.pop()
        with self._session.within(deleted.group):
            nodes = self._session.paste(deleted.text)
        for name, index, source in deleted.links:
            node = deleted.group.node(name)
            if node is not None:
                node.setInput(index, deleted.group.node(source))
        return nodes
