"""The farm's own route: the masks that are missing or out of date first, then the Writes.

Unlike the render callbacks it may render an M2FP node's input, since it is not inside of a render.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any, List, NoReturn, Tuple

import nuke
from m2fp_host.errors import BadRequest
from m2fp_host.frames.frame_ranges import as_text, frames_of, told

from .interruption import Interrupted, interruptible
from .render_callbacks import active_writes, m2fp_nodes, suspended, within_limit
from .render_needs import masks_needed, prepare, refuse_clashes, without_masks

OK, FAILED, WRONG_USE = 0, 1, 2

Work = List[Tuple[Any, List[int]]]
"""The Writes in their order, each with its frames."""


def main(arguments: list[str]) -> int:
    """``[--write NAME]... [--frames RANGE] script.nk``: 0 all rendered, 1 something failed, 2 wrong use.

    Ctrl-C, or a farm that ends the job: 128 and the signal's number, and nothing half-written is left.
    """
    try:
        with interruptible():
            options = _parse(arguments)
            return _render(options, _work(options))
    except SystemExit:  # --help has been printed
        return OK
    except BadRequest as fault:
        _complain(str(fault))
        return WRONG_USE
    except Interrupted as end:
        _complain(str(end))
        return 128 + end.number


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadRequest(message, "see m2fp_batch.py -- --help")


def _parse(arguments: list[str]) -> argparse.Namespace:
    """:raises BadRequest: these are no arguments of ours."""
    parser = _Parser(prog="nuke -t m2fp_batch.py --", description=__doc__)
    parser.add_argument("script", help="the Nuke script")
    parser.add_argument("--write", action="append", default=[], metavar="NAME", help="this Write; repeatable")
    parser.add_argument("--frames", default="", metavar="RANGE", help="1001-1100, 1-9x2, 1,5,7")
    parser.add_argument("--masks-only", action="store_true", help="leave the Writes to somebody else")
    parser.add_argument(
        "--missing-only",
        action="store_true",
        help="trust masks that are there, without a look at their plates",
    )
    return parser.parse_args(arguments)


def _work(options: argparse.Namespace) -> Work:
    """Open the script, and find what is to be done.

    :raises BadRequest: no such script, no such Write or one that is off, no frame, or two M2FP nodes that
        would write over each other's masks.
    """
    frames = frames_of(options.frames) if options.frames else []
    try:
        # A script of a relative name has masks beside it that depend on where Nuke was started.
        nuke.scriptOpen(os.path.abspath(options.script))
    except RuntimeError as fault:
        raise BadRequest(f"can't open the script {options.script} ({fault})", "check its path") from None
    writes = [_write(name) for name in dict.fromkeys(options.write)]
    if not writes:
        writes = sorted(active_writes(), key=lambda each: (each["render_order"].value(), each.fullName()))
    if not writes:
        raise BadRequest(f"there is no active Write in {options.script}", "name one with --write")
    work = [(write, within_limit(write, frames)) for write in writes]
    if not any(frames for _, frames in work):
        raise BadRequest(
            f"there is no frame to render of {', '.join(write.fullName() for write in writes)}",
            "check --frames, the script's range and the limit of the Write",
        )
    try:
        refuse_clashes(m2fp_nodes(writes), m2fp_nodes(active_writes()))
    except RuntimeError as fault:
        raise BadRequest(str(fault)) from None
    return work


def _write(name: str) -> Any:
    write = nuke.toNode(name)
    if write is None or write.Class() != "Write":
        there = ", ".join(sorted(each.fullName() for each in nuke.allNodes("Write", group=nuke.root())))
        raise BadRequest(f"there is no Write called {name!r}", f"there are: {there or 'none'}")
    for knob, state in (("disable", "disabled"), ("reading", "reading its file")):
        if write[knob].value():
            raise BadRequest(f"{name} is {state}, so it renders nothing", "name another one with --write")
    return write


def _render(options: argparse.Namespace, work: Work) -> int:
    failures, lost = _masks(work, options)
    for write, frames in work:
        name = write.fullName()
        spoilt = without_masks(write, frames, lost)
        if not options.masks_only and name not in failures:
            failures.update(_execute(write, [frame for frame in frames if frame not in spoilt]))
        if spoilt and name not in failures:
            nodes = ", ".join(sorted(set(spoilt.values())))
            failures[name] = f"there are no masks from {nodes} for its {told(list(spoilt))}"
    for write, _ in work:
        name = write.fullName()
        if name in failures:
            _complain(f"{name}: failed: {failures[name]}")
        else:
            _say(f"{name}: {'its masks are there' if options.masks_only else 'done'}")
    return FAILED if failures else OK


def _masks(work: Work, options: argparse.Namespace) -> tuple[dict[str, str], dict[str, frozenset[int]]]:
    """See to the masks of each node once.

    :returns: the Writes that can't be rendered, and why; the frames of each node whose masks are lost.
    """
    wanted: dict[str, tuple[Any, set[int], list[str]]] = {}
    for write, frames in work:
        for node, needed in masks_needed(write, frames):
            _, all_frames, writes = wanted.setdefault(node.fullName(), (node, set(), []))
            all_frames.update(needed)
            writes.append(write.fullName())
    failures: dict[str, str] = {}
    lost: dict[str, frozenset[int]] = {}
    for name, (node, all_frames, writes) in wanted.items():
        try:
            prepared = prepare(node, sorted(all_frames), may_render=True, missing_only=options.missing_only)
        except RuntimeError as fault:
            _complain(str(fault))
            failures.update(dict.fromkeys(writes, f"there are no masks from {name}"))
            continue
        lost[name], outcome = prepared.lost, prepared.outcome
        if outcome is not None:
            _say(f"{name}: {outcome.summary()}")
            for line in (*outcome.problems(), *outcome.notes()):
                _complain(line)
            if options.masks_only:  # nothing else is asked for, so a black matte will not do
                lost[name] = frozenset(frame for frame, _ in outcome.failed)
    return failures, lost


def _execute(write: Any, frames: list[int]) -> dict[str, str]:
    name = write.fullName()
    if not frames:
        return {}
    _say(f"{name}: rendering {as_text(frames)}")
    try:
        with suspended():  # in one go: a movie can't be written in pieces
            nuke.executeMultiple([write], [(first, last, 1) for first, last in _runs(frames)])
    except RuntimeError as fault:
        return {name: str(fault)}
    return {}


def _runs(frames: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for frame in frames:
        if runs and frame == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], frame)
        else:
            runs.append((frame, frame))
    return runs


def _say(line: str) -> None:
    print(_marked(line), flush=True)


def _complain(line: str) -> None:
    print(_marked(line), file=sys.stderr, flush=True)


def _marked(lines: str) -> str:
    """Each line is ours by its beginning: a farm's log has many voices."""
    return "\n".join(f"m2fp_batch: {line}" for line in lines.splitlines())
