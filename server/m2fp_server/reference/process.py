"""The module runner as a child process: started, spoken to with time-outs, ended for certain."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from m2fp_host.errors import EngineUnavailable, Internal, Timeout, WorkerCrashed

from .messages import Failed, Message, Picture, from_line, to_line

STOP_SECONDS = 5.0
_TORCH = ("torch", "torchgen", "functorch", "sympy", "mpmath", "networkx", "jinja2", "markupsafe")
BORROWED = (*_TORCH, "m2fp_server")
"""What the reference environment takes from ours: torch, what nothing but torch needs, and this room."""


class ReferenceProcess:
    """One process from its start to its end.

    It ends with this one, however that ends, because its standard input closes then. It is ended at the first
    time-out or senseless line: what it would say later belongs to nothing.
    """

    def __init__(
        self, python: Path, model: Path, threads: int, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start it. ``python``: of the reference environment. ``model``: a folder as ModelScope lays it out.

        ``environment``: variables to set. :raises EngineUnavailable: ``python`` does not run.
        """
        bootstrap = str(Path(__file__).with_name("bootstrap.py"))
        command = [str(python), "-I", bootstrap, json.dumps(_folders()), str(model), str(threads)]
        variables = {**os.environ, "OMP_NUM_THREADS": str(threads), **(environment or {})}
        self._folder = tempfile.TemporaryDirectory(prefix="m2fp-reference-")
        self._log = self.scratch / "log"
        try:
            with open(self._log, "wb") as log:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=variables,
                    start_new_session=True,  # Ctrl-C is for us, and we end it
                )
        except OSError as error:
            self._folder.cleanup()
            raise EngineUnavailable(
                f"the reference's Python does not run: {error}", "remove its folder to have it made anew"
            ) from error
        self._answers: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=[self._process.stdout], daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def scratch(self) -> Path:
        """A folder that goes when the process does."""
        return Path(self._folder.name)

    def send(self, job: Picture) -> None:
        """Write one line. That the process is gone is told where its answer is awaited."""
        with contextlib.suppress(BrokenPipeError):
            if self._process.stdin is not None:
                self._process.stdin.write(to_line(job))
                self._process.stdin.flush()

    def answer(self, seconds: float) -> Message:
        """The next message.

        :raises Internal: it says that modelscope's code failed. :raises WorkerCrashed: the process has ended.
        :raises Timeout: nothing came in time.
        """
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            self.kill()
            raise Timeout(
                f"the reference did not answer within {seconds:g} s", "try when the machine has less to do"
            ) from None
        if answer is None:
            raise WorkerCrashed(f"the reference's process has ended: {self._last_words()}", "start it again")
        if isinstance(answer, Failed):
            raise Internal(f"modelscope's M2FP failed: {answer.reason}", "see what it was given")
        return answer

    def kill(self) -> None:
        """End it now."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Close the pipe, at which it ends by itself; kill it if it does not. Its scratch folder goes."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._folder.cleanup()

    def _read(self, pipe: BinaryIO) -> None:
        with pipe:
            try:
                for line in pipe:
                    self._answers.put(from_line(line))
            except ValueError:
                self._process.kill()
        self._answers.put(None)

    def _last_words(self) -> str:
        lines = [line for line in self._log.read_text("utf-8", "replace").splitlines() if line.strip()]
        return lines[-1].strip() if lines else "it said nothing"


def _folders() -> dict[str, str]:
    """Where our own environment has the packages that the reference borrows."""
    folders = {}
    for name in BORROWED:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise EngineUnavailable(f"{name} can't be found, to be lent to the reference", "install it again")
        folders[name] = str(Path(spec.origin).parents[1])
    return folders
