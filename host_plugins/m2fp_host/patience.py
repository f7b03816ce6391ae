"""How long one call may go on: until somebody stops it, or its time is over."""

from __future__ import annotations

import time
from typing import Callable

from .errors import Cancelled, Timeout

TICK = 0.05
"""Seconds between looks, so that a host's cancel button answers at once. No wait is longer in one piece."""


class Patience:
    """Looked at wherever a call waits or works in a loop. ``what`` names the work in messages."""

    def __init__(self, seconds: float, stopped: Callable[[], bool], what: str) -> None:
        self.end = time.monotonic() + seconds
        self._stopped = stopped
        self._what = what

    @property
    def left(self) -> float:
        """Seconds until the end; not below 0."""
        return max(0.0, self.end - time.monotonic())

    def check_stopped(self) -> None:
        """:raises Cancelled: somebody stopped the call."""
        if self._stopped():
            raise Cancelled(f"cancelled: {self._what}")

    def check(self) -> None:
        """:raises Cancelled: somebody stopped the call.
        :raises Timeout: its time is over.
        """
        self.check_stopped()
        if time.monotonic() > self.end:
            raise Timeout(
                f"no answer about {self._what} within the time allowed",
                "allow more time, or ask m2fp doctor how the daemon is",
            )
