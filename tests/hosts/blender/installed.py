"""The Blender that is installed on this machine, with a window or without."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import zmq

from .shot import HOST_PLUGINS, LIMIT, PROGRAMS, copy_extension

_WINDOW = ["--enable-event-simulate", "--window-geometry", "0", "0", "1600", "900", "shot.blend"]

_STARTUP = """\
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "modules"))  # Blender does it after this
from m2fp_bridge import register
"""


@dataclass(frozen=True)
class Installed:
    """The program ``blender``, of any version.

    Before 4.2 there are no extensions: the extension is a start-up script of the user, which all versions
    load. ``display``: where its window is, with ``shot.blend`` open; without one it runs in background.
    """

    program: str
    display: str = ""

    def switch_on(self, resources: Path) -> None:
        modules = resources / "scripts" / "modules"
        copy_extension(modules)
        (resources / "scripts" / "startup").mkdir()
        (resources / "scripts" / "startup" / "m2fp.py").write_text(_STARTUP)
        for module in (HOST_PLUGINS / "m2fp_host", *_zmq(), *PROGRAMS.glob("*.py")):
            (modules / module.name).symlink_to(module)

    def command(self, program: Path, wanted: str) -> list[str]:
        window = _WINDOW if self.display else ["--background"]
        return [self.program, *window, "--python-exit-code", "1", "--python", str(program), "--", wanted]

    def environment(self, resources: Path) -> dict[str, str]:
        return {
            "BLENDER_USER_SCRIPTS": str(resources / "scripts"),
            "BLENDER_USER_CONFIG": str(resources / "config"),
            "DISPLAY": self.display,
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }


def _zmq() -> list[Path]:
    """The package that the tests themselves use, and the libraries beside it."""
    package = Path(zmq.__file__).parent
    return [package, *package.parent.glob("pyzmq.libs")]


def find() -> Installed:
    """The Blender on the PATH; where there is none that can be used, the test is skipped with the reason."""
    found = _find_once()
    if isinstance(found, str):
        pytest.skip(found)
    return found


@functools.cache
def _find_once() -> Installed | str:
    program = shutil.which("blender")
    if not program:
        return "no program blender is on the PATH"
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    ask = "import sys; print('Python', '%d.%d.' % sys.version_info[:2])"
    try:
        said = subprocess.run(
            [program, "--background", "--factory-startup", "--python-expr", ask],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as fault:
        return f"{program} does not start: {fault}"
    if f"Python {ours}." not in said:
        return f"{program} is not of Python {ours}, which pyzmq is here for"
    return Installed(program)
