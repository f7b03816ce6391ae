"""The command ``m2fp`` as a user runs it: a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

PATIENCE = 100.0
"""Seconds; only a hanging command needs them."""


def m2fp(
    *arguments: str | Path, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run ``m2fp`` with these arguments and changes of the environment; output as text."""
    # With another working directory, relative entries of PYTHONPATH would lead nowhere.
    path = os.environ.get("PYTHONPATH", "")
    found = os.pathsep.join(os.path.abspath(entry) for entry in path.split(os.pathsep) if entry)
    return subprocess.run(
        [sys.executable, "-m", "m2fp_server.cli", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": found, "COLUMNS": "80", **environment},
    )


def nowhere() -> str:
    """An endpoint where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{free.getsockname()[1]}"


def is_one_sentence(text: str) -> bool:
    """One line that is no traceback: what a user gets to read when something is wrong."""
    return text.endswith("\n") and text.count("\n") == 1 and text.startswith("m2fp: ") and len(text) > 20
