"""The connections of a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .node import Node


class Wiring:
    """What is connected to which input of ``node``, and who takes it."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._sources: dict[int, Node] = {}
        self._consumers: list[Wiring] = []

    def get(self, index: int) -> Node | None:
        return self._sources.get(index)

    def set(self, index: int, source: Node | None) -> bool:
        """Connect, or with ``None`` disconnect."""
        before = self._sources.pop(index, None)
        if before is not None:
            before.wiring._consumers.remove(self)
        if source is not None:
            self._sources[index] = source
            source.wiring._consumers.append(self)
        return True

    def count(self) -> int:
        """One more than the highest input that is connected."""
        return max(self._sources, default=-1) + 1

    def sources(self) -> list[tuple[int, Node]]:
        return sorted(self._sources.items())

    def consumers(self) -> list[tuple[Node, int]]:
        """The nodes connected to this one, and by which input."""
        return [
            (other._node, index)
            for other in dict.fromkeys(self._consumers)
            for index, source in other.sources()
            if source is self._node
        ]

    def slots(self, count: int, with_mask: bool) -> list[int]:
        """Which inputs a script's ``inputs COUNT`` means; with ``+1``, the mask as well."""
        mask = self._node.node_class.mask
        plain = [index for index in range(count + 1) if index != mask][:count]
        return sorted([*plain, mask if mask >= 0 else count]) if with_mask else plain

    def has_mask(self) -> bool:
        return self._node.node_class.mask in self._sources

    def plain_count(self) -> int:
        """The COUNT of :meth:`slots` for what is connected."""
        mask = self._node.node_class.mask
        highest = max((index for index in self._sources if index != mask), default=-1)
        return highest + 1 - (0 <= mask < highest)

    def comes_from(self, node: Node) -> bool:
        """Whether ``node`` is this one or any before it."""
        seen: list[Node] = []
        waiting = [self._node]
        while waiting:
            at = waiting.pop()
            if at is node:
                return True
            if at not in seen:
                seen.append(at)
                waiting += [source for _, source in at.wiring.sources()]
        return False

    def cut(self) -> None:
        """Disconnect everything, on both sides; those behind are connected to what came first here."""
        passed = self.get(0)
        for consumer, index in self.consumers():
            consumer.wiring.set(index, passed)
        for index in list(self._sources):
            self.set(index, None)
