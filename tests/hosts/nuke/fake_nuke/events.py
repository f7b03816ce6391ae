"""Calling the callbacks: a node's own script, then what was added for its class and for all."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from .blocks import Blocks
from .callbacks import Callbacks
from .interpreter import Interpreter
from .session import Session
from .uncaught import Uncaught


class Events:
    """Tells scripts and functions what happens. ``under_way`` counts the events being told.

    While it is not 0, nothing may be executed.
    """

    def __init__(
        self,
        session: Session,
        callbacks: Callbacks,
        interpreter: Interpreter,
        blocks: Blocks,
        uncaught: Uncaught,
    ) -> None:
        self.under_way = 0
        self._session = session
        self._callbacks = callbacks
        self._interpreter = interpreter
        self._blocks = blocks
        self._uncaught = uncaught

    def tell(self, kind: str, node: Any, knob: Any = None) -> None:
        """Call what waits for ``kind``; an exception is printed and kept, and Nuke goes on."""
        note = f"{kind} of {node.fullName()}"
        with self._uncaught.survived(note), self._blocks.piece(note):
            self._call(kind, node, knob)

    def demand(self, kind: str, node: Any) -> None:
        """Call what waits for ``kind``, a step of a render.

        :raises RuntimeError: with the text of whatever exception left a callback; the render is off.
        """
        with _Aborting():
            self._call(kind, node, None)

    def _call(self, kind: str, node: Any, knob: Any) -> None:
        note = f"{kind} of {node.fullName()}"
        group = node.parent() or self._session.root
        self.under_way += 1
        try:
            with self._session.within(group, node, knob):
                own = node.knob(kind)
                text = str(own.value()) if own is not None else ""
                if text.strip():
                    self._interpreter.run_text(text, note)
                for callback in self._callbacks.functions(kind, node):
                    callback.call(*callback.args, **callback.kwargs)
        finally:
            self.under_way -= 1


class _Aborting:
    """Makes a RuntimeError of every exception."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if isinstance(fault, Exception) and not isinstance(fault, RuntimeError):
            raise RuntimeError(f"{type(fault).__name__}: {fault}") from fault
