"""What ``nuke`` tells of the program: its release, its platform, whether it has a GUI."""

from __future__ import annotations

import os
import sys
from typing import Any

from .. import application

NUKE_VERSION_MAJOR = application.VERSION
NUKE_VERSION_MINOR = 0
NUKE_VERSION_RELEASE = 1
NUKE_VERSION_STRING = f"{NUKE_VERSION_MAJOR}.{NUKE_VERSION_MINOR}v{NUKE_VERSION_RELEASE}"


def environment(name: str) -> Any:
    """``GUI``, ``env`` or ``rawArgs``.

    :raises AttributeError: another name: ``nuke`` has no such function, or the fake does not know it.
    """
    if name not in ("GUI", "env", "rawArgs"):
        raise AttributeError(f"module 'nuke' has no attribute {name!r}")
    running = application.current()
    if name == "rawArgs":
        return list(running.raw_arguments)
    if name == "GUI":
        return running.session.gui
    return {
        "gui": running.session.gui,
        "interactive": running.session.gui,
        "ExecutablePath": running.raw_arguments[0],
        "NukeVersionMajor": NUKE_VERSION_MAJOR,
        "NukeVersionMinor": NUKE_VERSION_MINOR,
        "NukeVersionRelease": NUKE_VERSION_RELEASE,
        "NukeVersionString": NUKE_VERSION_STRING,
        "LINUX": sys.platform.startswith("linux"),
        "MACOS": sys.platform == "darwin",
        "WIN32": sys.platform == "win32",
        "64bit": True,
        "numCPUs": os.cpu_count(),
        "threads": os.cpu_count(),
        "nc": False,
        "indie": False,
        "nukex": False,
        "studio": False,
        "hiero": False,
        "assist": False,
    }
