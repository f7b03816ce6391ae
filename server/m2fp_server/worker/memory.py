"""Gives memory back to the system when frames of another size begin.

A worker keeps what it has freed, because the next frame needs the same again
(``daemon/worker_process.py``). Arrays of another size do not fit into what is there, so a mix of sizes
would pile up: 60 frames of mixed sizes took 4.5 GB so, and 2.8 with this.
"""

from __future__ import annotations

import ctypes
import sys


class Memory:
    """Watches the size of pictures."""

    def __init__(self) -> None:
        self._size: tuple[int, ...] = ()

    def expect(self, size: tuple[int, ...]) -> None:
        """A picture of this size comes next."""
        if self._size not in ((), size):
            give_back()
        self._size = size


def give_back() -> bool:
    """Give freed memory back, where the C library is glibc; whether there was any."""
    if sys.platform != "linux":
        return False
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
    return bool(trim and trim(0))
