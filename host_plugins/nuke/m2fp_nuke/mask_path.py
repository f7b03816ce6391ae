"""A node's mask path with its expressions evaluated, and ``####`` and ``%V`` left in it."""

from __future__ import annotations

import os
from typing import Any

import nuke
from m2fp_host.errors import BadRequest

from .mask_files import has_view, meant_by

OWN_NAME = "[value name]"
"""In a path: a copy of the node has masks of its own."""

_SCRIPT = "root.name"
"""In a path: it is beside the script."""


def evaluated_path(node: Any) -> str:
    """The mask path of ``node``. Only in the main thread.

    :raises BadRequest: it is beside a script that was never saved, or can't be evaluated for every view.
    """
    if needs_saved_script(node):
        raise BadRequest(
            "the script was never saved, and the mask path is beside it",
            "save the script, or set a mask path",
        )
    raw = str(node["mask_path"].value() or "")
    if has_view(raw):  # Nuke itself would put the current view's name there
        path = _evaluated(raw.replace(OWN_NAME, node.name()))
    else:
        try:
            path = str(node["mask_path"].getEvaluatedValue() or "")
        except RuntimeError as fault:
            raise BadRequest(f"the mask path {raw} can't be evaluated ({fault})", "write it anew") from None
    if _SCRIPT in raw and not os.path.isabs(path):  # nuke -x shot.nk: the script was named so
        path = os.path.abspath(path)
    return path


def needs_saved_script(node: Any) -> bool:
    return _SCRIPT in node["mask_path"].value() and not nuke.root()["name"].value()


def shares(other: Any, path: str) -> bool:
    """Whether the masks of the node ``other`` are the files that ``path``, an evaluated mask path, means."""
    try:
        return meant_by(evaluated_path(other)) == meant_by(path)
    except BadRequest:  # that is the other one's trouble
        return False


def _evaluated(raw: str) -> str:
    """``raw`` with each outermost ``[command]`` replaced by what TCL makes of it."""
    path, command, depth = "", "", 0
    for letter in raw:
        depth -= letter == "]" and depth > 0
        if depth:
            command += letter
        elif letter == "]" and command:
            try:
                path += str(nuke.tcl(command))
            except RuntimeError as fault:
                raise BadRequest(
                    f"[{command}] in the mask path can't be evaluated for every view ({fault})",
                    "write the path out, with %V for the view",
                ) from None
            command = ""
        elif letter != "[":
            path += letter
        depth += letter == "["
    return path
