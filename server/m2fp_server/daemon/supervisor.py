"""Keeps a warm worker: starts it, gives it jobs, replaces it when it dies or hangs."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from m2fp_host.errors import from_dict

from ..worker.messages import Abandon, Done, Failed, Ready, Run, Stage, WorkerMessage
from .worker_process import Exit, WorkerProcess

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
START_SECONDS = 120.0
PATIENCE = 3
"""Starts that may fail in a row before waiting jobs are told so."""

Start = Callable[[Callable[[WorkerProcess, "WorkerMessage | Exit"], None]], WorkerProcess]


@dataclass(frozen=True)
class Died:
    """The worker's process ended while it was at ``job``."""

    job: int
    reason: str


WorkerEvent = Stage | Done | Failed | Died


class Supervisor:
    """One worker at a time. ``wake`` is called, from another thread, when :meth:`events` has something.

    ``start`` makes a :class:`WorkerProcess` that reports to the callable it is given.
    """

    def __init__(self, start: Start, wake: Callable[[], None]) -> None:
        self._start = start
        self._wake = wake
        self._inbox: queue.SimpleQueue[tuple[WorkerProcess, WorkerMessage | Exit]] = queue.SimpleQueue()
        self._worker: WorkerProcess | None = None
        self._start_at = 0.0
        self._kill_at = float("inf")
        self._failures = 0
        self.warm = False
        self.job: int | None = None
        self.models: list[dict[str, Any]] = []
        self.trouble: dict[str, Any] | None = None
        """Why no worker can be had, as fields of an error; ``None`` while there is hope."""

    @property
    def idle(self) -> bool:
        """A warm worker waits for a job."""
        return self.warm and self.job is None

    def tick(self, now: float) -> None:
        """Start a worker if there is none and it is time; end one that has not let go of a job in time."""
        if self._worker is None and now >= self._start_at:
            try:
                self._worker = self._start(self._report)
            except OSError as fault:  # no process, memory or descriptor to be had now: later, perhaps
                self._fail(f"{fault.strerror}", now)
            else:
                self._kill_at = now + START_SECONDS
        if now >= self._kill_at and self._worker is not None:
            self._kill_at = float("inf")
            self._worker.kill()

    def run(self, job: Run, kill_at: float) -> None:
        """Give the idle worker a job; if it is not over at ``kill_at`` the worker is killed."""
        self.job, self._kill_at = job.job, kill_at
        if self._worker is not None:
            self._worker.send(job)

    def abandon(self, kill_at: float) -> None:
        """Tell the worker that its job is not wanted any more; it has until ``kill_at`` to let go."""
        self._kill_at = kill_at
        if self._worker is not None and self.job is not None:
            self._worker.send(Abandon(self.job))

    def events(self, now: float) -> Iterator[WorkerEvent]:
        """What became of the worker's job since the last call."""
        while not self._inbox.empty():
            worker, message = self._inbox.get()
            if worker is not self._worker:
                continue
            if isinstance(message, Exit):
                yield from self._bury(message, now)
            elif isinstance(message, Ready):
                self.warm, self.models, self._kill_at = True, message.models, float("inf")
                self._failures, self.trouble = 0, None
            elif isinstance(message, Failed) and not self.warm:
                self.trouble = message.error
            elif isinstance(message, (Stage, Done, Failed)) and message.job == self.job:
                if not isinstance(message, Stage):
                    self.job, self._kill_at = None, float("inf")
                yield message

    def describe(self) -> dict[str, Any]:
        """The worker as the protocol's ``status`` lists it, and why it does not start, if it does not."""
        state = "busy" if self.job is not None else "idle" if self.warm else "starting"
        trouble = str(from_dict(self.trouble)) if self.trouble else ""
        return {"pid": self._worker.pid if self._worker else 0, "state": state, "trouble": trouble}

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.close()

    def _fail(self, reason: str, now: float) -> None:
        """A worker could not be had: try again after a pause, and after a few times say so."""
        self._failures += 1
        self._start_at = now + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self._failures - 1))
        if self._failures >= PATIENCE and self.trouble is None:
            self.trouble = {
                "code": "worker_crashed",
                "message": f"no worker can be started ({reason})",
                "hint": "run m2fp doctor, and see the daemon's log",
            }

    def _report(self, worker: WorkerProcess, message: WorkerMessage | Exit) -> None:
        self._inbox.put((worker, message))
        self._wake()

    def _bury(self, end: Exit, now: float) -> Iterator[Died]:
        job, cold = self.job, not self.warm
        self._worker, self.warm, self.job, self._kill_at = None, False, None, float("inf")
        if cold:
            self._fail(end.reason, now)
        if job is not None:
            yield Died(job, end.reason)
