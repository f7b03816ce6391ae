"""The plug-in path: where Nuke finds gizmos and the ``init.py`` and ``menu.py`` that it runs at its start.

Source: Foundry's user guide, "Loading Gizmos, NDK Plug-ins, and Python and Tcl Scripts": ``~/.nuke`` comes
before the folders of ``NUKE_PATH``; start-up files run from the last folder of the path to the first.
"""

from __future__ import annotations

import os
import sys

from .interpreter import Interpreter


class Plugins:
    """The plug-in path of one running Nuke; ``path`` is the list to fill, first found first."""

    def __init__(self, path: list[str], interpreter: Interpreter) -> None:
        self.path = path
        self._interpreter = interpreter
        self._running: list[str] = []
        self._on_sys_path: list[str] = []

    def start(self) -> None:
        """Take up ``~/.nuke`` and ``NUKE_PATH``, and run every ``init.py`` there.

        Whatever an ``init.py`` raises ends Nuke, so it is not caught.
        """
        folders = [os.path.join(os.path.expanduser("~"), ".nuke")]
        folders += [folder for folder in os.environ.get("NUKE_PATH", "").split(os.pathsep) if folder]
        for folder in reversed(folders):
            if os.path.isdir(folder):
                self._take(folder, True)

    def run_menus(self) -> None:
        """Run every ``menu.py`` on the path; what one raises ends Nuke."""
        for folder in reversed(self.path):
            self._run(folder, "menu.py")

    def add(self, folder: str, add_to_sys_path: bool = True) -> None:
        """``nuke.pluginAddPath``: put ``folder`` first on the path and run its ``init.py``.

        A relative ``folder`` lies beside the start-up file that names it. One that is not there is not taken.
        """
        base = self._running[-1] if self._running else os.getcwd()
        full = os.path.normpath(os.path.join(base, folder))
        if os.path.isdir(full) and full not in self.path:
            self._take(full, add_to_sys_path)

    def close(self) -> None:
        """Take this Nuke's folders off ``sys.path``."""
        for folder in self._on_sys_path:
            if folder in sys.path:
                sys.path.remove(folder)
        self._on_sys_path = []

    def _take(self, folder: str, add_to_sys_path: bool) -> None:
        self.path.insert(0, folder)
        if add_to_sys_path and folder not in sys.path:
            sys.path.insert(0, folder)
            self._on_sys_path.append(folder)
        self._run(folder, "init.py")

    def _run(self, folder: str, name: str) -> None:
        path = os.path.join(folder, name)
        if not os.path.isfile(path):
            return
        self._running.append(folder)
        try:
            self._interpreter.run_file(path)
        finally:
            self._running.pop()
