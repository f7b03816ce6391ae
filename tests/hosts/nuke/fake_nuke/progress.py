"""The progress windows of Nuke."""

from __future__ import annotations

import threading
import weakref
from typing import NamedTuple


class Progress(NamedTuple):
    """What a progress window shows: a title, a line and per cent."""

    name: str
    message: str
    percent: int


class Window:
    """One progress window; gone once nobody holds it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.message = ""
        self.percent = 0
        self.cancelled = threading.Event()


class ProgressWindows:
    """The progress windows that are open, and all that they ever showed. Usable from any thread."""

    def __init__(self) -> None:
        self.history: list[Progress] = []
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[Window] = weakref.WeakSet()

    def add(self, window: Window) -> None:
        with self._lock:
            self._open.add(window)
        self.note(window)

    def note(self, window: Window) -> None:
        """Remember what ``window`` shows now."""
        with self._lock:
            self.history.append(Progress(window.name, window.message, window.percent))

    def shown(self) -> list[Progress]:
        """What is on the screen now."""
        with self._lock:
            return [Progress(window.name, window.message, window.percent) for window in self._open]

    def cancel(self) -> int:
        """Press Cancel in every window, and return how many there were."""
        with self._lock:
            windows = list(self._open)
        for window in windows:
            window.cancelled.set()
        return len(windows)
