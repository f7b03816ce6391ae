"""Running things in the host's main thread, the only one that may touch nodes, from the threads of a run."""

from __future__ import annotations

import queue
import threading
import time
from typing import Any, Callable, TypeVar

from m2fp_host.errors import Cancelled, Timeout

T = TypeVar("T")

A_DAY = 86400.0
"""Seconds: what a long render may hold the main thread for. Cancel ends the wait at once."""

TICK = 0.05
"""Seconds between two looks at whether a run was cancelled."""


class _Call:
    """A function's answer on its way from the main thread: its value, or what it raised."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function
        self._begun = threading.Lock()
        self._done = threading.Event()
        self._value: Any = None
        self._fault: BaseException | None = None

    def __call__(self) -> None:
        if not self._begun.acquire(blocking=False):
            return  # given up before the main thread came to it
        try:
            self._value = self._function()
        except Exception as fault:  # noqa: BLE001 (it is raised again where the answer is waited for)
            self._fault = fault
        except BaseException:  # Ctrl-C is for the main thread itself, whatever it is at
            self._fault = Cancelled("cancelled")
            raise
        finally:
            self._done.set()

    def wait(self, stopped: Callable[[], bool], timeout: float) -> Any:
        end = time.monotonic() + timeout
        while not self._done.wait(TICK):
            late = time.monotonic() > end
            if (late or stopped()) and self._begun.acquire(blocking=False):
                raise (
                    Timeout("the host did not come to it", "wait for its render")
                    if late
                    else Cancelled("cancelled")
                )
        if self._fault is not None:
            raise self._fault
        return self._value


class MainThread:
    """``call`` runs a function in the main thread and gives what it gives, or raises what it raises.

    :param post: the host's way of having something called by its event loop. Without one whoever holds the
        main thread runs :meth:`serve` until the run is over, or :meth:`serve_for` again and again.
    """

    def __init__(self, post: Callable[[Callable[[], None]], Any] | None = None) -> None:
        self._post = post
        self._waiting: queue.Queue[_Call] = queue.Queue()

    def call(
        self,
        function: Callable[[], T],
        stopped: Callable[[], bool] = lambda: False,
        timeout: float = A_DAY,
    ) -> T:
        """From a thread of a run.

        :raises Cancelled: ``stopped()`` before the main thread began with it.
        :raises Timeout: the main thread was busy for ``timeout`` seconds.
        """
        call = _Call(function)
        if self._post is not None:
            self._post(call)
        else:
            self._waiting.put(call)
        answer: T = call.wait(stopped, timeout)
        return answer

    def serve(self, over: Callable[[], bool], between: Callable[[], None]) -> None:
        """In the main thread: run what is called for until ``over()``, and ``between`` now and then."""
        while not over():
            between()
            self._serve_one(TICK)

    def wake(self) -> None:
        """From any thread: have :meth:`serve` look at once whether it is over."""
        self._waiting.put(_Call(lambda: None))

    def serve_for(self, seconds: float) -> None:
        """In the main thread: run what is called for within ``seconds``; the last of it may take longer."""
        end = time.monotonic() + seconds
        while self._serve_one(end - time.monotonic()) and time.monotonic() < end:
            continue

    def _serve_one(self, timeout: float) -> bool:
        try:
            call = self._waiting.get(timeout=max(0.0, timeout))
        except queue.Empty:
            return False
        call()
        return True
