"""A daemon of one's own, for as long as a command runs: real processes, a free port, gone afterwards."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import IO

from m2fp_host.errors import Internal, Timeout

START_SECONDS = 60.0
STOP_SECONDS = 30.0


class PrivateDaemon:
    """``with PrivateDaemon() as daemon:`` starts ``m2fp serve`` and waits until it is ready.

    ``arguments`` go to ``m2fp serve``; its log goes to ``log`` (a binary file), by default to nowhere. The
    daemon ends with this process, however that ends, because its standard input closes then.
    """

    def __init__(self, *arguments: str, log: IO[bytes] | None = None) -> None:
        self._arguments = arguments
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.endpoint = ""
        self.seconds_to_ready = 0.0

    @property
    def pid(self) -> int:
        """The front's process id."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start, and wait until the daemon has a warm worker.

        :raises Internal: it ended instead.
        :raises Timeout: it is not ready after a minute.
        """
        began = time.monotonic()
        command = [sys.executable, "-P", "-m", "m2fp_server.cli", "serve", "--attached"]
        if "--endpoint" not in self._arguments:
            command += ["--endpoint", "tcp://127.0.0.1:*"]
        self._process = subprocess.Popen(
            [*command, *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log or subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the command, which then stops its daemon
        )
        threading.Thread(target=self._read, daemon=True).start()
        self.endpoint = self._wait_for("listening", began)
        self._wait_for("ready", began)
        self.seconds_to_ready = time.monotonic() - began

    def stop(self) -> int:
        """Ask it to drain and end; its exit status. It is killed if it does not end in time."""
        if self._process is None:
            return 0
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def __enter__(self) -> PrivateDaemon:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _read(self) -> None:
        if self._process is not None and self._process.stdout is not None:
            with self._process.stdout as lines:
                for line in lines:
                    self._lines.put(line.decode().strip())
        self._lines.put("")

    def _wait_for(self, state: str, began: float) -> str:
        while (left := began + START_SECONDS - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except queue.Empty:
                break
            if not line:
                raise Internal("the daemon ended instead of starting", "run m2fp serve to see why")
            endpoint, _, said = line.partition(" ")
            if said == state:
                return endpoint
            if said == "no worker":
                raise Internal("the daemon can't start a worker", "run m2fp doctor to see why")
        raise Timeout(f"the daemon is not {state} after {START_SECONDS:g} s", "run m2fp serve to see why")
