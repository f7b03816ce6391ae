"""Nuke's main thread: the queue of what other threads want done there."""

from __future__ import annotations

import queue
import threading
import time
from typing import Any, Callable, Mapping

from .blocks import Blocks
from .uncaught import Uncaught

PATIENCE = 120.0
"""Seconds that a thread waits for the main thread; far more than any test takes."""

_TICK = 0.05


class _Errand:
    """A function to run in the main thread, and what came of it."""

    def __init__(self, call: Callable[..., Any], args: Any, kwargs: Mapping[str, Any] | None) -> None:
        self.call = call
        self.args: tuple[Any, ...] = tuple(args) if isinstance(args, (tuple, list)) else (args,)
        self.kwargs = dict(kwargs or {})
        self.done = threading.Event()
        self.result: Any = None

    @property
    def name(self) -> str:
        return str(getattr(self.call, "__qualname__", self.call))


class MainThread:
    """The queue of ``executeInMainThread`` and ``executeInMainThreadWithResult``.

    :param has_gui: whether there is an event loop; asked at each call.
    :param uncaught: told of an exception that leaves a function of the queue.
    """

    def __init__(self, has_gui: Callable[[], bool], blocks: Blocks, uncaught: Uncaught) -> None:
        self._has_gui = has_gui
        self._thread = threading.get_ident()
        self._blocks = blocks
        self._uncaught = uncaught
        self._errands: queue.Queue[_Errand] = queue.Queue()
        self._closed = threading.Event()

    def call(self, call: Callable[..., Any], args: Any = (), kwargs: Mapping[str, Any] | None = None) -> None:
        """Have ``call(*args, **kwargs)`` run in the main thread and go on at once.

        :raises RuntimeError: there is no GUI, this is the main thread, or Nuke is quitting.
        """
        self._send("executeInMainThread", call, args, kwargs)

    def call_with_result(
        self, call: Callable[..., Any], args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Have ``call(*args, **kwargs)`` run in the main thread and return its result.

        An exception of ``call`` is swallowed, and ``None`` returned.

        :raises RuntimeError: there is no GUI, this is the main thread, Nuke is quitting, or the main thread
            did not come to it within :data:`PATIENCE`.
        """
        errand = self._send("executeInMainThreadWithResult", call, args, kwargs)
        deadline = time.monotonic() + PATIENCE
        while not errand.done.wait(_TICK):
            if self._closed.is_set():
                raise RuntimeError("Nuke is quitting")
            if time.monotonic() > deadline:
                raise RuntimeError(f"the main thread did not run {errand.name} within {PATIENCE:.0f} s")
        return errand.result

    def run_pending(self) -> int:
        """Run what is in the queue now, and return how many functions that were."""
        waiting = self._errands.qsize()
        for _ in range(waiting):
            self._run(self._errands.get_nowait())
        return waiting

    def run_next(self, timeout: float) -> None:
        """Wait at most ``timeout`` seconds for a function in the queue and run it."""
        try:
            errand = self._errands.get(timeout=timeout)
        except queue.Empty:
            return
        self._run(errand)

    def close(self) -> None:
        """Let nobody wait for this main thread any longer."""
        self._closed.set()

    def _send(
        self, name: str, call: Callable[..., Any], args: Any, kwargs: Mapping[str, Any] | None
    ) -> _Errand:
        if not self._has_gui():
            raise RuntimeError("Invalid function call in non-gui mode")
        if threading.get_ident() == self._thread:
            raise RuntimeError(f"{name} is called from the main thread")
        if self._closed.is_set():
            raise RuntimeError("Nuke is quitting")
        errand = _Errand(call, args, kwargs)
        self._errands.put(errand)
        return errand

    def _run(self, errand: _Errand) -> None:
        where = f"executeInMainThread: {errand.name}"
        try:
            with self._uncaught.survived(where), self._blocks.piece(where):
                errand.result = errand.call(*errand.args, **errand.kwargs)
        finally:
            errand.done.set()
