"""pyzmq for the Python that Nuke has: the host's own, or what ``install.py nuke`` put beside the plug-in.

Nothing is imported before a button or a render asks for it, and whatever is wrong with it is an error of
ours that says what to do. Which folder a Python looks in goes by the Python itself, never by Nuke's version.
"""

from __future__ import annotations

import csv
import glob
import importlib
import importlib.util
import json
import os
import platform
import re
import sys
import sysconfig
import threading
from typing import Any

from m2fp_host.errors import Internal

from . import FOLDER

VENDOR = os.path.join(FOLDER, "vendor")
OLDEST = (22, 3)
"""The oldest pyzmq that a whole session with the daemon was tried with."""

_STABLE = (3, 12)  # pyzmq has one wheel for this Python and all after it
_LOCK = threading.Lock()
# What a damaged package raises: its list of files, its sources, its compiled parts.
_FAULTS = (
    ImportError,
    OSError,
    SyntaxError,
    AttributeError,
    NameError,
    TypeError,
    ValueError,
    EOFError,
    csv.Error,
)


def folder() -> str:
    """Full path of the folder with this Python's pyzmq; empty if none was put there."""
    paths = [os.path.join(VENDOR, name) for name in folder_names()]
    return next((path for path in paths if os.path.isdir(path)), "")


def folder_names() -> list[str]:
    """``<abi>-<platform>`` of every wheel that may run here, the best first."""
    major, minor = sys.version_info[:2]
    abi = "cp312_abi3" if (major, minor) >= _STABLE else f"cp{major}{minor}"
    return [f"{abi}-{name}" for name in _platforms()]


def import_zmq() -> Any:
    """The module ``zmq``: one that is loaded already, the host's own, or the vendored one.

    :raises Internal: there is none for this Python, it can't be loaded, or it is older than :data:`OLDEST`.
    """
    with _LOCK:
        loaded = sys.modules.get("zmq")
        if loaded is not None:
            _refuse_old(loaded)
            return loaded
        importlib.invalidate_caches()  # install.py may have run since Nuke was started
        return _of_the_host() or _of_ours()


def _of_the_host() -> Any:
    spec = importlib.util.find_spec("zmq")
    if spec is None or not spec.origin or _version_in(os.path.dirname(spec.origin)) < OLDEST:
        return None
    try:
        return importlib.import_module("zmq")
    except _FAULTS:
        _forget_half_imported()
        return None


def _of_ours() -> Any:
    path = folder()
    if not path:
        expected = os.path.join(VENDOR, folder_names()[0])
        raise Internal(f"{_here()} has no pyzmq: there is no folder {expected}", _remedy())
    sys.path.insert(0, path)  # ahead of a zmq of the host's that is too old or broken
    try:
        _refuse_spoilt(path)
        return importlib.import_module("zmq")
    except _FAULTS as fault:
        sys.path.remove(path)
        _forget_half_imported()
        why = str(fault).strip().partition("\n")[0]  # pyzmq's own goes on for a page about compiling it
        raise Internal(f"{_here()} can't load the pyzmq in {path} ({why})", _remedy()) from fault


def _refuse_spoilt(path: str) -> None:
    """Compare files with the wheel's own list of them, by size.

    A library that was cut by a full disk would not fail to load but kill the process (SIGBUS).

    :raises ImportError: one is missing or of another size.
    """
    lists = glob.glob(os.path.join(glob.escape(path), "pyzmq-*.dist-info", "RECORD"))
    if len(lists) != 1:
        raise ImportError("the list of its files is missing")
    with open(lists[0], newline="", encoding="utf-8") as lines:
        for name, _, size in csv.reader(lines):
            file = os.path.join(path, name)
            if not os.path.isfile(file) or (size and int(size) != os.path.getsize(file)):
                raise ImportError(f"{name} is missing or cut")


def _refuse_old(loaded: Any) -> None:
    version = str(getattr(loaded, "__version__", ""))
    if _numbers(version) < OLDEST:
        raise Internal(
            f"this Nuke has loaded pyzmq {version} from {getattr(loaded, '__file__', '')} for another "
            f"plug-in, and M2FP needs {OLDEST[0]}.{OLDEST[1]} or newer",
            "update that plug-in's pyzmq, or start Nuke without it",
        )


def _version_in(package: str) -> tuple[int, ...]:
    """The version of the zmq in a folder, read and not imported: an old one could not be unloaded."""
    try:
        with open(os.path.join(package, "sugar", "version.py"), encoding="utf-8") as file:
            found = re.search(r"""__version__[^=\n]*=\s*["']([^"']+)""", file.read())
    except (OSError, ValueError):
        return ()
    return _numbers(found.group(1)) if found else ()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", version)[:2])


def _forget_half_imported() -> None:
    for name in [name for name in sys.modules if name == "zmq" or name.startswith("zmq.")]:
        del sys.modules[name]


def _platforms() -> list[str]:
    """As wheels name the platform of this process, which may be an emulated one."""
    if sys.platform == "win32":  # where platform.machine() is the real machine's
        return [sysconfig.get_platform().replace("-", "_")]
    if sys.platform == "darwin":
        return ["macosx_universal2", "macosx_" + platform.machine()]
    return [f"{sys.platform}_{platform.machine()}"]


def _here() -> str:
    return f"Python {sys.version_info[0]}.{sys.version_info[1]} on {_platforms()[0]}"


def _remedy() -> str:
    """The command that puts the wheel there, with the paths of the install that put this plug-in there."""
    installer = "install.py"
    options = f"--python {sys.version_info[0]}.{sys.version_info[1]} --platform {_platforms()[0]}"
    try:
        with open(os.path.join(FOLDER, "installed.json"), encoding="utf-8") as record:
            installer = os.path.join(json.load(record)["checkout"], installer)
        options += f' --dir "{os.path.dirname(FOLDER)}"'
    except (OSError, ValueError, KeyError, TypeError):
        pass  # a checkout, or an install that somebody has taken apart: the command is still the one to run
    return f'run python3 "{installer}" nuke {options}, then try again'
