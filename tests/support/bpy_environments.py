"""The Blenders of the tests: environments with Blender's Python module, from the package index.

They lie in the user's cache and are made once, because they are large: 2 GB for both. Each holds ``bpy`` of
one version and pyzmq on a real Python 3.11, which is Blender's own, and nothing of ours.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import platformdirs

from m2fp_server.file_lock import try_lock
from m2fp_server.whole_file import whole_file

from .interpreters import find_python

VERSIONS = ("5.0.1", "4.5.15")
PYTHON = "3.11"
PYZMQ = "27.3.0"

FIRST_TIME = 1800.0
"""Seconds that a test may take in which the environments have to be made: 700 MB from the package index."""

_NEEDED = 3_000_000_000
"""Bytes of free disk for both, with what pip needs in between."""

_STAMP = "stamp.json"
"""In a whole one. Others are made anew: pip can't tell a package that it was killed in from a whole one."""


class NoBlender(Exception):
    """Why there is no Blender to test with: a reason to skip."""


def interpreters() -> dict[str, Path]:
    """The Python of each environment by the version of its Blender; what is missing is made.

    :raises NoBlender: it can't be made here.
    """
    found = _try_once()
    if isinstance(found, NoBlender):
        raise NoBlender(str(found))
    return found


@functools.cache
def _try_once() -> dict[str, Path] | NoBlender:
    """A session's tests wait once for an index that does not answer, not each of them."""
    try:
        return _find_or_make()
    except NoBlender as reason:
        return reason


def _find_or_make() -> dict[str, Path]:
    missing = [version for version in VERSIONS if not _whole(version)]
    if missing:
        python = _blenders_python()
        _check_disk()
        for version in missing:
            _make(version, python)
    return {version: _python(_folder(version)) for version in VERSIONS}


def _folder(version: str) -> Path:
    return platformdirs.user_cache_path("m2fp-bridge") / "tests" / f"bpy-{version}-py{PYTHON}"


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _packages(version: str) -> list[str]:
    return [f"bpy=={version}", f"pyzmq=={PYZMQ}"]


def _whole(version: str) -> bool:
    folder = _folder(version)
    try:
        stamp = json.loads((folder / _STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return stamp == {"packages": _packages(version)} and _python(folder).exists()


def _blenders_python() -> str:
    python = find_python(PYTHON)
    if not python:
        raise NoBlender(
            f"no Python {PYTHON}, which Blender's module needs, is on the PATH or in pyenv's folder"
        )
    return python


def _check_disk() -> None:
    cache = platformdirs.user_cache_path("m2fp-bridge", ensure_exists=True)
    free = shutil.disk_usage(cache).free
    if free < _NEEDED:
        raise NoBlender(f"Blender's module needs 3 GB of disk, and {cache} has {free / 1e9:.1f} GB left")


def _make(version: str, python: str) -> None:
    folder = _folder(version)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("ab") as lock, _held(lock, folder):
        if _whole(version):  # by another process, meanwhile
            return
        shutil.rmtree(folder, ignore_errors=True)
        log = folder.with_name(f"{folder.name}.log")
        _run([python, "-I", "-m", "venv", str(folder)], log)
        install = ["install", "--only-binary", ":all:", *_packages(version)]
        _run([str(_python(folder)), "-I", "-m", "pip", "--disable-pip-version-check", *install], log)
        with whole_file(folder / _STAMP) as temporary:
            temporary.write_text(json.dumps({"packages": _packages(version)}), "utf-8")


@contextmanager
def _held(lock: IO[bytes], folder: Path) -> Iterator[None]:
    end = time.monotonic() + FIRST_TIME
    while not try_lock(lock):
        if time.monotonic() > end:
            raise NoBlender(f"another process has been making {folder} for {FIRST_TIME / 60:.0f} minutes")
        time.sleep(0.2)
    yield


def _run(command: list[str], log: Path) -> None:
    with log.open("ab") as output:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=FIRST_TIME,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise NoBlender(
                f"Blender's module is not installed after {FIRST_TIME / 60:.0f} minutes"
            ) from error
    if done.returncode:
        lines = log.read_text("utf-8", "replace").splitlines()
        said = next(
            (line for line in reversed(lines) if line.startswith("ERROR")), lines[-1] if lines else ""
        )
        raise NoBlender(f"Blender's module can't be installed: {said} (all that was said is in {log})")
