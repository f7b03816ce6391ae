"""A process of ``engine_runner``: started, asked, ended. No wait is without a limit."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from m2fp_host.errors import Timeout, WorkerCrashed

ANSWER_SECONDS = 600.0


class EngineProcess:
    """``with EngineProcess(plate, "fp32", 2, environment) as process: process.ask("frame")``."""

    def __init__(self, plate: Path, precision: str, threads: int, environment: dict[str, str]) -> None:
        """``environment``: changes to ours."""
        self._name = precision
        module = f"{__package__}.engine_runner"
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, str(plate), precision, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **environment},
            text=True,
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.load: dict[str, Any] = self._answer()

    def ask(self, measurement: str) -> dict[str, Any]:
        """Have something measured: the name of a method of ``engine_runner.Runner``.

        :raises WorkerCrashed: the process ended.
        :raises Timeout: no answer for ten minutes.
        """
        if self._process.stdin is not None:
            self._process.stdin.write(measurement + "\n")
            self._process.stdin.flush()
        return self._answer()

    def __enter__(self) -> EngineProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._reader.join()
        with self._process:  # closes the pipes
            pass

    def _answer(self) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=ANSWER_SECONDS)
        except queue.Empty:
            self._process.kill()
            raise Timeout(f"the {self._name} engine's process does not answer", "try again") from None
        if not line:
            raise WorkerCrashed(f"the {self._name} engine's process ended", "see what it said above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _read(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                self._lines.put(line)
        self._lines.put("")
