"""Running the fake Nuke as a program, as an artist's desktop or a farm does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

LAUNCHER = Path(__file__).parent / "fake_nuke" / "launcher.py"


class Run(NamedTuple):
    """What a run of the fake Nuke left: its exit status and what it printed."""

    status: int
    stdout: str
    stderr: str

    @property
    def violations(self) -> list[str]:
        """Calls of Nuke's functions from a thread that must not."""
        return self._told("violation")

    @property
    def faults(self) -> list[str]:
        """Exceptions that a plug-in let out into Nuke's event loop."""
        return self._told("fault")

    @property
    def warnings(self) -> list[str]:
        """What Nuke let pass and a plug-in should not have done."""
        return self._told("warning")

    def check(self) -> Run:
        """This run, which has to have ended well and left nothing behind.

        :raises AssertionError: another exit status than 0, a violation, a fault or a warning; says what was
            printed.
        """
        assert self.status == 0, self
        assert not self.violations, self
        assert not self.faults, self
        assert not self.warnings, self
        return self

    def __str__(self) -> str:
        return f"exit status {self.status}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"

    def _told(self, kind: str) -> list[str]:
        mark = f"fake nuke: {kind}: "
        return [line[len(mark) :] for line in self.stderr.splitlines() if line.startswith(mark)]


def environment(home: Path, **variables: str) -> dict[str, str]:
    """The environment for a fake Nuke of a user whose home folder is ``home``.

    Nothing of this process's Python reaches it, save which Python evaluates pixels.
    """
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT", "TEMP") if name in os.environ}
    home.mkdir(parents=True, exist_ok=True)
    return {
        **kept,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "FAKE_NUKE_PYTHON": sys.executable,
        **variables,
    }


def launch(
    arguments: Sequence[str | Path],
    variables: Mapping[str, str],
    *,
    python: str = sys.executable,
    cwd: Path | None = None,
    timeout: float = 90.0,
) -> Run:
    """Run the fake Nuke with ``arguments`` under ``python`` and wait for its end.

    :param variables: its whole environment, as :func:`environment` makes it.
    :param timeout: seconds; a fake Nuke that takes longer prints where each thread stands, and dies.
    """
    # Warnings are errors there too: a plug-in that closes no file is told.
    command = [python, "-W", "error", str(LAUNCHER), *map(str, arguments)]
    done = subprocess.run(
        command,
        env={**variables, "FAKE_NUKE_TIMEOUT": str(timeout)},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout + 30,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def launch_artist(
    program: str,
    folder: Path,
    variables: Mapping[str, str],
    *arguments: str | Path,
    python: str = sys.executable,
    timeout: float = 90.0,
) -> Run:
    """Run the fake Nuke with its GUI, and ``program`` as what the artist does (it gets ``artist``, ``nuke``).

    :param folder: where the program's file is put.
    """
    path = folder / "artist.py"
    path.write_text(program, encoding="utf-8")
    return launch(arguments, {**variables, "FAKE_NUKE_ARTIST": str(path)}, python=python, timeout=timeout)
