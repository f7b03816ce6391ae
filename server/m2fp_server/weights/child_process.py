"""A module of ours in a process of its own: started, listened to, and gone with whoever started it.

The parent's side is :class:`ChildProcess`; the child calls :func:`reporter` first. What the child says is
JSON, a line a message, on what was its standard output; what else it or its libraries print goes to a log.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

from m2fp_host.errors import Timeout

LONGEST_LINE = 1 << 16
LONGEST_SAID = 300
"""Characters of a log's last line in a message."""

SECONDS_TO_END = 10.0
"""How long a process may take after it has closed its output."""

Message = dict[str, object]
Reporter = Callable[..., None]


class ChildProcess:
    """``with ChildProcess("m2fp_server....", ...) as child:`` the process is gone after the block."""

    def __init__(self, module: str, *arguments: str, log: Path, **environment: str) -> None:
        """:raises OSError: it can't be started, or ``log`` can't be written."""
        self._log = log
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        with open(log, "wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-W", "ignore", "-m", module, *arguments],
                stdin=subprocess.PIPE,  # closed when we end, however that is
                stdout=subprocess.PIPE,
                stderr=output,
                env={**os.environ, **environment},
                start_new_session=True,  # Ctrl-C is for us, who then end it
            )
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> ChildProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def messages(self, patience: float) -> Iterator[Message]:
        """What the child reports, until it ends. Its messages are untrusted.

        :raises Timeout: it says nothing for ``patience`` seconds.
        """
        while True:
            try:
                line = self._lines.get(timeout=patience)
            except queue.Empty:
                raise Timeout(f"nothing happened for {patience:g} s", "try again") from None
            if not line:
                return
            try:
                message = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(message, dict):
                yield message

    def reason(self) -> str:
        """How it ended, in words, after the last of :meth:`messages`."""
        try:
            code = self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            return "it does not end"
        if code < 0:
            names = {-each.value: each.name for each in signal.Signals}
            return f"killed by {names.get(code, f'signal {-code}')}"
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return printable(lines[-1])[:LONGEST_SAID] if lines else f"status {code}"

    def _read(self) -> None:
        if self._process.stdout is not None:
            with self._process.stdout as lines:
                while line := lines.readline(LONGEST_LINE):
                    self._lines.put(line)
        self._lines.put(b"")


def printable(text: str) -> str:
    """``text`` without what would move a terminal's cursor."""
    return "".join(each if each.isprintable() else " " for each in text)


def reporter() -> Reporter:
    """In the child: how to send a message. From now on, the process ends when its parent does."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def report(**message: object) -> None:
        print(json.dumps(message), file=channel, flush=True)

    return report


def _end_with_parent() -> None:
    while os.read(0, 4096):
        continue
    os._exit(1)


def limit(**limits: int) -> None:
    """In the child: hold it to so many bytes each (``DATA``, ``FSIZE``), where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, value in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        _, most = resource.getrlimit(kind)
        allowed = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(kind, (allowed, most))
