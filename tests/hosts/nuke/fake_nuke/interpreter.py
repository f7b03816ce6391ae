"""The Python inside Nuke: one namespace, ``__main__``, for its start-up files, buttons and callbacks."""

from __future__ import annotations

import importlib
import tokenize
from types import CodeType
from typing import Any


class Interpreter:
    """Runs Python as Nuke does. ``nuke`` is what this process imports under that name."""

    def __init__(self) -> None:
        self._namespace: dict[str, Any] = {"__name__": "__main__", "__doc__": None}

    def run_text(self, text: str, where: str) -> None:
        """Run ``text``; ``where`` is what tracebacks call it."""
        self._run(compile(text, where, "exec"))

    def run_file(self, path: str) -> None:
        """Run a file that Nuke runs at its start: it knows its ``__file__``.

        :raises OSError: it can't be read.
        """
        outer = self._namespace.get("__file__")
        self._namespace["__file__"] = path
        try:
            self._run(_compiled(path))
        finally:
            self._namespace["__file__"] = outer
            if outer is None:
                del self._namespace["__file__"]

    def run_script(self, path: str, names: dict[str, Any]) -> None:
        """Run a file that the command line names, with ``names`` besides; it has no ``__file__`` [?].

        :raises OSError: it can't be read.
        """
        self._namespace.update(names)
        self._run(_compiled(path))

    def _run(self, code: CodeType) -> None:
        self._namespace["nuke"] = importlib.import_module("nuke")
        exec(code, self._namespace)  # noqa: S102 - running plug-ins is what Nuke does


def _compiled(path: str) -> CodeType:
    with tokenize.open(path) as file:
        return compile(file.read(), path, "exec")
