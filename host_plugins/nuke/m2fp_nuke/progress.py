"""Nuke's progress bar for a run, and its Cancel button."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import nuke

from .main_thread import TICK

if TYPE_CHECKING:
    from .run import Run


class Progress:
    """Shows a run while :meth:`watch` runs, in a thread of its own; nothing without a GUI."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._state = threading.Lock()
        self._done = 0
        self._what = ""
        self._share = 0.0

    def on_progress(self, done: int, what: str, share: float) -> None:
        """From the run's threads."""
        with self._state:
            self._done, self._what, self._share = done, what, share

    def watch(self, run: Run, over: threading.Event) -> None:
        """Show the progress until ``over``, and cancel the run when the artist does."""
        task = nuke.ProgressTask(f"{self._name}: parsing")
        while not over.wait(TICK):
            if task.isCancelled():
                run.cancel.set()
            with self._state:
                percent = int(100 * min(1.0, (self._done + self._share) / max(1, run.total)))
                what = self._what
            task.setProgress(percent)
            task.setMessage("cancelling" if run.cancel.is_set() else what)
        del task  # the bar goes with it
