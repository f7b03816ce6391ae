"""The environment that modelscope's own M2FP runs in: found, or made from the package index.

A virtual environment of the running Python in the user's cache folder, or where ``M2FP_REFERENCE_ENV``
says. It holds what ``requirements.txt`` lists, some of it in other versions than ours, and no torch.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

from platformdirs import user_cache_path

from m2fp_host.errors import EngineUnavailable

from ..file_lock import try_lock
from ..whole_file import whole_file

VARIABLE = "M2FP_REFERENCE_ENV"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
MARKER = "m2fp-reference.txt"
"""In every environment of ours from its first moment. Whoever changes the environment holds it locked."""

STAMP = "stamp.json"
"""In a whole one."""

LOG = "pip.log"
PATIENCE = 1800.0
"""Seconds for a step, or for another process at the same work: some 170 MB over a slow line."""

_REASONS = {
    "No space left on device|Errno 28|Disk quota exceeded": ("the disk is full", "free 1 GB"),
    "NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|Max retries exceeded|"
    "Failed to establish a new connection|Temporary failure in name resolution": (
        "no package index can be reached",
        "connect to the internet, or name your mirror in PIP_INDEX_URL",
    ),
    "No matching distribution": (
        "the package index lacks a package for this Python and system",
        "use Python 3.11 to 3.14 on x86-64 or 64-bit ARM",
    ),
    "ensurepip": (
        "this Python can't make virtual environments",
        f"install its venv package (apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv)",
    ),
}
"""Signs in a step's output: what is wrong, what to do."""


def environment_folder() -> Path:
    """Where the environment is or would be.

    :raises EngineUnavailable: the home folder that it lies in is unknown.
    """
    try:
        if named := os.environ.get(VARIABLE):
            return Path(named).expanduser().absolute()
        return user_cache_path("m2fp-bridge") / f"reference-{_key()}"
    except RuntimeError:
        raise EngineUnavailable(
            "the home folder, to keep the reference's environment in, is unknown",
            f"name another folder with {VARIABLE}",
        ) from None


def find_environment() -> Path | None:
    """The environment's Python, if the environment is there and whole. Writes nothing."""
    folder = environment_folder()
    try:
        whole = json.loads((folder / STAMP).read_text("utf-8")) == {"key": _key()}
    except (OSError, ValueError):
        return None
    return _python(folder) if whole and _python(folder).exists() else None


def make_environment(say: Callable[[str], None]) -> Path:
    """The environment's Python. Where there is none, or half of one, it is made, and ``say`` told so first.

    Another process at the same work is waited for. :raises EngineUnavailable: it can't be made.
    """
    if (python := find_environment()) is not None:
        return python
    folder = environment_folder()
    try:
        with _claimed(folder) as lock:
            if (python := find_environment()) is None:
                say(f"making the reference's environment in {folder}")
                python = _make(folder, lock)
    except OSError as error:
        reason = error.strerror or str(error)
        raise EngineUnavailable(
            f"{folder}: the reference's environment can't be made there: {reason}",
            f"name a folder to make it in with {VARIABLE}",
        ) from error
    return python


def _make(folder: Path, lock: int) -> Path:
    # Anew, because pip can't tell a package that it was killed in from a whole one.
    for child in folder.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        elif child.name != MARKER:
            child.unlink()
    _run(folder, lock, [sys.executable, "-I", "-m", "venv", str(folder)])
    install = ["install", "--no-deps", "--only-binary", ":all:", "--requirement", str(REQUIREMENTS)]
    _run(folder, lock, [str(_python(folder)), "-I", "-m", "pip", *install])
    with whole_file(folder / STAMP) as temporary:
        temporary.write_text(json.dumps({"key": _key()}), "utf-8")
    return _python(folder)


def _run(folder: Path, lock: int, command: Sequence[str]) -> None:
    """Run a step; what it says goes to the log."""
    settings = {"PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    log = folder / LOG
    with log.open("a+b") as output:
        begin = output.tell()
        try:
            done = subprocess.run(
                command,
                env={**os.environ, **settings},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=PATIENCE,
                check=False,
                pass_fds=(lock,)
                if os.name == "posix"
                else (),  # the lock lasts as long as the step, if we die
            )
        except subprocess.TimeoutExpired as error:
            raise EngineUnavailable(
                f"the reference's environment is not made after {PATIENCE / 60:.0f} minutes", f"see {log}"
            ) from error
        output.seek(begin)
        said = output.read().decode(errors="replace")
    if done.returncode:
        lines = [line for line in said.splitlines() if line.strip()]
        unknown = (lines[-1].strip() if lines else f"status {done.returncode}", "try again")
        reason, hint = next((text for sign, text in _REASONS.items() if re.search(sign, said)), unknown)
        raise EngineUnavailable(
            f"the reference's environment can't be made: {reason}", f"{hint}; all that was said is in {log}"
        )


@contextlib.contextmanager
def _claimed(folder: Path) -> Iterator[int]:
    """Hold the environment against other processes, by the open file given out, however this one ends."""
    if folder.exists() and not (folder / MARKER).exists() and any(folder.iterdir()):
        raise EngineUnavailable(
            f"{folder} holds something else than the reference's environment, and is left alone",
            f"name another folder with {VARIABLE}",
        )
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / MARKER).open("ab") as marker:
        _wait_for(marker, folder)
        if not (folder / MARKER).stat().st_size:
            marker.write(b"Made by M2FP Bridge for modelscope's M2FP. It may be removed at any time.\n")
            marker.flush()
        yield marker.fileno()


def _wait_for(marker: IO[bytes], folder: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not try_lock(marker):
        if time.monotonic() > end:
            raise EngineUnavailable(
                f"{folder}: another process has been making it for {PATIENCE / 60:.0f} minutes",
                "end that process",
            )
        time.sleep(0.2)


def _key() -> str:
    """A short hash of what an environment is made from, and for."""
    made_for = "\n".join((platform.python_version(), platform.machine(), sys.platform, sys.base_prefix))
    return hashlib.sha256(REQUIREMENTS.read_bytes() + made_for.encode()).hexdigest()[:16]


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
