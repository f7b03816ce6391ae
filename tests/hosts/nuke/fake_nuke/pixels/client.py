"""The fake's side of the evaluator: a process of another Python, asked in lines of JSON."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import tempfile
import threading
from typing import IO, Any, Dict, Sequence, cast

_PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "__main__.py")
_CLOSE_SECONDS = 5.0
_QUOTED = 2000  # characters of a dead evaluator's last words

Ops = Sequence[Dict[str, Any]]
"""What ``Session.flatten`` gives: operators, inputs before what uses them, the wanted one last."""


class PixelsError(RuntimeError):
    """The evaluator refused: a file it can't read or write, a node or knob that it does not know.

    ``missing`` says that a Read's file is not there.
    """

    def __init__(self, message: str, missing: bool = False) -> None:
        super().__init__(message)
        self.missing = missing


class Pixels:
    """An evaluator, started at the first request by ``python``: full path of a Python with OpenImageIO.

    Its Reads remember what they read, so one object belongs to one session. Usable from any thread; requests
    run one after the other.

    :param timeout: seconds that one request may take, the evaluator's start included.

    Every method but :meth:`close` raises :class:`PixelsError` for what Nuke would report as a node's error,
    and ``RuntimeError`` if the evaluator died or did not answer in time; the next request starts a new one.
    """

    def __init__(self, python: str, timeout: float = 60.0) -> None:
        self._python = python
        self._timeout = timeout
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._log: IO[bytes] | None = None

    def validate(self, ops: Ops) -> dict[str, Any]:
        """``channels``, ``format`` [width, height, pixel aspect], ``bbox`` [x, y, r, t] and ``metadata``.

        No pixel is computed: this is what asking a node for its channels or metadata costs.
        """
        return cast("dict[str, Any]", self._ask({"do": "validate", "ops": list(ops)}))

    def write(self, **request: Any) -> dict[str, Any]:
        """Render to an EXR: ``ops``, ``file``, ``channels``, and what else the Write's knobs say.

        See ``writing.py`` for the fields. Gives ``file``, ``channels`` (names in the file) and ``bbox``.
        """
        return cast("dict[str, Any]", self._ask(dict(request, do="write")))

    def sample(self, ops: Ops, channel: str, x: float, y: float) -> float:
        """The value of ``channel`` at ``x, y``: pixels from the bottom left of the format; centres at .5."""
        request = {"do": "sample", "ops": list(ops), "channel": channel, "x": x, "y": y}
        return float(cast("float", self._ask(request)))

    def dump(self, ops: Ops, channels: Sequence[str], path: str, window: str = "format") -> None:
        """Write ``channels`` to a ``.npz``: each ``(H, W) float32``, top row first.

        ``window`` is what H and W cover: the ``format``, or the ``bbox``.
        """
        self._ask(
            {"do": "dump", "ops": list(ops), "channels": list(channels), "file": path, "window": window}
        )

    def close(self) -> None:
        """End the evaluator; what its Reads remembered is gone."""
        with self._lock:
            self._end()

    def __enter__(self) -> Pixels:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, request: dict[str, Any]) -> object:
        line = json.dumps(request).encode() + b"\n"
        with self._lock:
            answer = json.loads(self._exchange(line).decode())
        if "error" in answer:
            raise PixelsError(str(answer["error"]), bool(answer.get("missing", False)))
        return cast("object", answer["ok"])

    def _exchange(self, line: bytes) -> bytes:
        process = self._process or self._start()
        assert process.stdin is not None
        try:
            process.stdin.write(line)
            process.stdin.flush()
        except OSError:
            raise self._dead() from None
        try:
            answer = self._answers.get(timeout=self._timeout)
        except queue.Empty:
            self._end(kill=True)  # a late answer would be taken for the next request's
            raise RuntimeError(
                f"the evaluator of the fake Nuke's pixels did not answer within {self._timeout:g} s"
            ) from None
        if not answer:
            raise self._dead()
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the process)
        try:
            # -I: what PYTHONPATH and the user's site hold is meant for the host's Python.
            process = subprocess.Popen(
                [self._python, "-I", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
            )
        except OSError as fault:
            self._log.close()
            self._log = None
            raise RuntimeError(
                f"can't start the evaluator of the fake Nuke's pixels with {self._python}: {fault}"
            ) from None
        self._answers = queue.Queue()
        threading.Thread(target=_forward, args=(process.stdout, self._answers), daemon=True).start()
        self._process = process
        return process

    def _dead(self) -> RuntimeError:
        return RuntimeError("the evaluator of the fake Nuke's pixels ended with " + self._end())

    def _end(self, kill: bool = False) -> str:
        """End the process; its exit status and last words."""
        process, self._process = self._process, None
        log, self._log = self._log, None
        if process is None or process.stdin is None or log is None:
            return ""
        try:
            process.stdin.close()  # it ends by itself when nothing more can come
        except OSError:
            kill = True
        if kill:
            process.kill()
        try:
            status = process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait(_CLOSE_SECONDS)
        with log:
            log.seek(0)
            last_words = log.read().decode("utf-8", "replace").strip()[-_QUOTED:]
        return f"status {status}: {last_words or 'it said nothing'}"


def _forward(stream: IO[bytes], answers: queue.Queue[bytes]) -> None:
    """Every line of ``stream``, then ``b""``: a queue can be waited for with a time-out, a pipe can't."""
    with stream:
        for line in stream:
            answers.put(line)
    answers.put(b"")
