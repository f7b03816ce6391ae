"""The Pythons of hosts, where this machine has them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

VERSIONS = ("3.7", "3.9", "3.10", "3.11", "3.13")
"""Nuke 13; Nuke 15; Nuke 14 and Houdini; Nuke 16, Blender; the newest host."""


def find_python(version: str) -> str:
    """Full path of ``pythonX.Y``, from the PATH or pyenv; empty if it is not here."""
    root = os.environ.get("PYENV_ROOT") or str(Path.home() / ".pyenv")
    found = sorted(Path(root).glob(f"versions/{version}.*/bin/python{version}"))
    candidates = [str(path) for path in found]
    if (on_path := shutil.which(f"python{version}")) is not None:
        candidates.append(on_path)
    return next((path for path in candidates if _runs(path)), "")


def _runs(python: str) -> bool:
    # pyenv's shims are on the PATH even for versions that are not switched on.
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0
