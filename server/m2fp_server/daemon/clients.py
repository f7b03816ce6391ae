"""Who has been heard of, and when."""

from __future__ import annotations

import time


class Clients:
    """The last sign of life of each connection, by its routing id; forgotten after ``memory`` seconds."""

    def __init__(self, memory: float) -> None:
        self._memory = memory
        self._heard: dict[bytes, float] = {}

    def heard(self, client: bytes) -> None:
        """``client`` said something, whatever it was."""
        self._heard[client] = time.monotonic()

    def silence(self, client: bytes, now: float) -> float:
        """Seconds since ``client`` was last heard of."""
        return now - self._heard.get(client, now - self._memory)

    def forget_silent(self, now: float) -> None:
        """Forget those of long ago, so that a million short visits leave no trace."""
        gone = [client for client, heard in self._heard.items() if now - heard > self._memory]
        for client in gone:
            del self._heard[client]
