"""Nuke's plug-in as ``install.py nuke`` puts it there, with the real wheels of pyzmq."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from setting_up import nuke, wheels

ROOT = Path(__file__).resolve().parents[2]


def install_plugin(folder: Path, pythons: Sequence[str] = nuke.PYTHONS) -> Path:
    """Install into ``folder``, which stands for ``~/.nuke``; the plug-in's own folder in it.

    The wheels come from pip's index the first time and are kept in the user's cache.
    """
    wanted = nuke.wanted(pythons, [])
    kept = platformdirs.user_cache_path("m2fp-bridge") / "tests" / "host-wheels"
    for wheel in wanted:
        tag = wheel.folder.split("-")[0].partition("_")[0]
        if not list(kept.glob(f"pyzmq-{wheel.version}-{tag}-*.whl")):
            wheels.download(wheel, kept, _pip)
    nuke.install(folder, wanted, ROOT, "0.1.0", _pip, kept)
    return folder / "m2fp"


def _pip(what: str, *arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, f"{what}: {done.stdout}{done.stderr}"
