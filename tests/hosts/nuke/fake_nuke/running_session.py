"""The session of a running Nuke, which tells its own time from that of plug-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

from .blocks import Blocks
from .session import Session

if TYPE_CHECKING:
    from .node import Node


class RunningSession(Session):
    """A session whose own work, which a real Nuke does in C++, is not counted as Python of a plug-in."""

    def __init__(self, gui: bool = False, harsh: bool = False, python: str | None = None) -> None:
        self.blocks = Blocks()
        super().__init__(gui, harsh, python)

    @property
    def pixels(self) -> Any:
        return _Apart(super().pixels, self.blocks)

    def flatten(self, node: Any, frame: float | None = None, view: str | None = None) -> list[dict[str, Any]]:
        with self.blocks.apart():
            return super().flatten(node, frame, view)

    def create(self, *args: Any, **kwargs: Any) -> Node:
        with self.blocks.apart():
            return super().create(*args, **kwargs)

    def open(self, path: str) -> None:
        with self.blocks.apart():
            super().open(path)

    def save(self, path: str) -> None:
        with self.blocks.apart():
            super().save(path)

    def copy(self, nodes: Sequence[Any]) -> str:
        with self.blocks.apart():
            return super().copy(nodes)

    def paste(self, *args: Any, **kwargs: Any) -> list[Any]:
        with self.blocks.apart():
            return super().paste(*args, **kwargs)

    def delete(self, nodes: Sequence[Any]) -> None:
        with self.blocks.apart():
            super().delete(nodes)


class _Apart:
    """An evaluator whose requests are taken out of the piece of Python that makes them."""

    def __init__(self, pixels: Any, blocks: Blocks) -> None:
        self._pixels = pixels
        self._blocks = blocks

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._pixels, name)

        def measured(*args: Any, **kwargs: Any) -> Any:
            with self._blocks.apart():
                return method(*args, **kwargs)

        return measured
