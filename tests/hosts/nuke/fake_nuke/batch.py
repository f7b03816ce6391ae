"""Nuke without its GUI: ``-x``, ``-X`` and ``-t``."""

from __future__ import annotations

import sys
from typing import Any

from .application import Application
from .command_line import CommandLine
from .frame_range import FrameRange


def render(nuke: Application, line: CommandLine) -> int:
    """Render the Writes of a script, and return the exit status: 0, or 1 and a line on stderr.

    Rendered are all active Writes at the top, or those named by ``-X``. Their order is that of
    ``render_order`` with ``--sro`` alone; else a harsh Nuke takes the opposite one.
    """
    try:
        _open(nuke, line)
        writes = _named(nuke, line) if line.nodes else _active(nuke)
        writes.sort(key=lambda node: float(node["render_order"].value()))
        if nuke.session.harsh and not line.in_order:
            writes.reverse()
        failed = _execute(nuke, line, writes)
    except RuntimeError as fault:
        print(f"ERROR: {fault}", file=sys.stderr)
        return 1
    return 1 if failed else 0


def run_script(nuke: Application, line: CommandLine) -> None:
    """Run the Python of ``-t``; numbers and ranges at the end of its arguments are not among them."""
    if line.swallowed:
        print(
            f"WARNING: {' '.join(line.swallowed)} at the end of the command line is taken for a frame range",
            file=sys.stderr,
        )
    _run(nuke, line)


def _open(nuke: Application, line: CommandLine) -> None:
    if line.script.endswith(".py"):
        _run(nuke, line)
        return
    nuke.open_script(line.script)


def _run(nuke: Application, line: CommandLine) -> None:
    sys.argv = [line.script, *line.arguments]
    nuke.interpreter.run_script(line.script, {})


def _named(nuke: Application, line: CommandLine) -> list[Any]:
    found = [(name, nuke.session.root.node(name)) for name in line.nodes]
    missing = [name for name, node in found if node is None]
    if missing:
        raise RuntimeError(f"there is no node called {', '.join(missing)} in {line.script}")
    return [node for _, node in found]


def _active(nuke: Application) -> list[Any]:
    writes = [node for node in nuke.session.root.nodes() if node.Class() == "Write"]
    active = [node for node in writes if not node["disable"].value()]
    if not active:
        raise RuntimeError("there are no active Write operators in this script")
    return active


def _execute(nuke: Application, line: CommandLine, writes: list[Any]) -> list[str]:
    """Render ``writes`` over the frames of the command line, else over each one's own, else the script's."""
    if line.spans:
        frames = [frame for span in line.spans for frame in FrameRange(*span)]
        return nuke.execution.execute(writes, frames, line.views, line.keep_going)
    failed: list[str] = []
    root = nuke.session.root
    whole = FrameRange(int(root["first_frame"].value()), int(root["last_frame"].value()))
    for node in writes:
        limited = node["use_limit"].value()
        own = FrameRange(int(node["first"].value()), int(node["last"].value())) if limited else whole
        failed += nuke.execution.execute([node], list(own), line.views, line.keep_going)
    return failed
