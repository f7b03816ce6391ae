"""A worker as a child process: started, spoken to, seen to die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

from ..worker.messages import WorkerMessage, from_line, to_line
from .log import log

LONGEST_LINE = 1 << 20

Report = Callable[["WorkerProcess", "WorkerMessage | Exit"], None]


ALLOCATOR = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(4 << 30)}
"""glibc keeps what was freed, for the next frame. By default every large array is fresh from the system,
which has to clear its pages: a fifth of the M2FP network's CPU time, and most of the reference's
post-processing.
"""


def worker_environment(threads: int, *, commercial_only: bool = False) -> dict[str, str]:
    """The environment variables that a worker needs before it starts.

    OpenMP's threads sleep when out of work, after a short spin: the built-in network took 18-31 ms of wall
    time this way and 27-43 ms without the spin, and a long one takes the cores from everything else.
    """
    environment = {
        "OMP_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "1000",
        **ALLOCATOR,
    }
    if commercial_only:
        environment["M2FP_ALLOW_NONCOMMERCIAL"] = "0"  # which engines/registry.py reads
    return environment


class Exit:
    """The worker's process has ended; ``reason`` in words."""

    def __init__(self, code: int) -> None:
        names = {-each.value: each.name for each in signal.Signals}
        self.reason = f"killed by {names.get(code, f'signal {-code}')}" if code < 0 else f"status {code}"


class WorkerProcess:
    """``report(self, message)`` is called in a thread of ours for each message, last with :class:`Exit`."""

    def __init__(
        self, engine: str, threads: int, scratch: str, report: Report, *, commercial_only: bool = False
    ) -> None:
        """``scratch``: a folder for the worker's temporary files."""
        environment = worker_environment(threads, commercial_only=commercial_only)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "m2fp_server.worker", engine, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(os.environ, TMPDIR=scratch, **environment),
            start_new_session=True,  # Ctrl-C in a terminal is for the daemon, which drains
        )
        self._report = report
        threading.Thread(target=self._read, name="worker", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, message: WorkerMessage) -> None:
        """Write one line. A worker that is dying does not read it; its end is reported soon."""
        if self._process.stdin is None:
            return
        try:
            self._process.stdin.write(to_line(message))
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            self.kill()

    def kill(self) -> None:
        """End the process now."""
        self._process.kill()

    def close(self, seconds: float = 2.0) -> None:
        """Close the pipe, at which the worker ends by itself; kill it if it does not."""
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                self.kill()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()

    def _read(self) -> None:
        try:
            while self._process.stdout is not None and (line := self._process.stdout.readline(LONGEST_LINE)):
                self._report(self, from_line(line))
        except (ValueError, TypeError):
            log.error("worker", pid=self.pid, trouble="it says what no worker says", line=line[:200])
        finally:
            self._process.kill()
            self._report(self, Exit(self._process.wait()))
