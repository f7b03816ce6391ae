"""The gizmos on the plug-in path: a file ``CLASS.gizmo`` makes a class of nodes."""

from __future__ import annotations

import os

from .faults import ScriptError
from .script_text import Statement, parse


class GizmoFiles:
    """Finds gizmos in the folders of ``plugin_path``, the first first; a file that changed is read anew."""

    def __init__(self, plugin_path: list[str]) -> None:
        self._plugin_path = plugin_path
        self._read: dict[str, tuple[tuple[int, int], list[Statement]]] = {}

    def find(self, class_name: str) -> str | None:
        """The path of the file; ``None`` where there is none."""
        for folder in self._plugin_path:
            path = os.path.join(folder, class_name + ".gizmo")
            if os.path.isfile(path):
                return path
        return None

    def statements(self, path: str) -> list[Statement]:
        """What the file says: first the gizmo itself, then its inside.

        :raises ScriptError: the text does not parse, or does not begin with ``Gizmo`` or ``Group``.
        """
        status = os.stat(path)
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._read.get(path)
        if known is None or known[0] != stamp:
            with open(path, encoding="utf-8") as file:
                known = (stamp, parse(file.read(), path))
            self._read[path] = known
        statements = known[1]
        if not statements or statements[0].argument not in ("Gizmo", "Group"):
            raise ScriptError(path, 1, "a gizmo's file begins with a Gizmo")
        return statements
