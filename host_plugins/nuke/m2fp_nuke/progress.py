"""Nuke's progress bar for a run, and its Cancel button."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import nuke
from m2fp_host.frames.main_thread import TICK

if TYPE_CHECKING:
    from m2fp_host.frames.run import Run


class Progress:
    """The bar of one run, from :meth:`show` to :meth:`close`. Nothing without a GUI."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._state = threading.Lock()
        self._done = 0
        self._what = ""
        self._share = 0.0
        self._task: Any = None

    def on_progress(self, done: int, what: str, share: float) -> None:
        """From the run's threads."""
        with self._state:
            self._done, self._what, self._share = done, what, share

    def show(self, run: Run) -> None:
        """Draw how far ``run`` is; cancel it if the artist wants that. From one thread, again and again."""
        if not nuke.GUI:
            return
        if self._task is None:
            self._task = nuke.ProgressTask(f"{self._name}: parsing")
        if self._task.isCancelled():
            run.cancel.set()
        with self._state:
            percent = int(100 * min(1.0, (self._done + self._share) / max(1, run.total)))
            what = self._what
        self._task.setProgress(percent)
        self._task.setMessage("cancelling" if run.cancel.is_set() else what)

    def watch(self, run: Run, over: threading.Event) -> None:
        """In a thread of its own: show the run until it is ``over``."""
        while not over.wait(TICK):
            self.show(run)
        self.close()

    def close(self) -> None:
        """Take the bar off the screen: it goes with its last reference."""
        self._task = None
