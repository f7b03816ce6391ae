"""Being ended from outside: by Ctrl-C, or by a farm that takes the job away."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import Any, Iterator

_SIGNALS = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}


class Interrupted(BaseException):
    """As ``KeyboardInterrupt`` no error that anybody might swallow. ``number`` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(f"ended by {_SIGNALS[signal.Signals(number)]}")
        self.number = number


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside, SIGINT and SIGTERM raise :class:`Interrupted` in the main thread. Only to be used there."""

    def interrupt(number: int, _: Any) -> None:
        raise Interrupted(number)

    before = {number: signal.signal(number, interrupt) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:  # Nuke's own, which Python can't set again
                signal.signal(number, handler)
