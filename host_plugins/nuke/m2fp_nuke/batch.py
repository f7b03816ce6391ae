"""The farm's own route: the masks that are missing or out of date first, then the Writes.

Unlike the render callbacks it may render an M2FP node's input, since it is not inside of a render.
"""

from __future__ import annotations

import argparse
from typing import Any

import nuke
from m2fp_host.errors import BadRequest

from .frame_ranges import as_text, frames_of
from .render_callbacks import suspended
from .render_needs import masks_needed, prepare, refuse_clashes

OK, FAILED, WRONG_USE = 0, 1, 2


def main(arguments: list[str]) -> int:
    """``script.nk [--write NAME]... [--frames RANGE]``: 0 all rendered, 1 something failed, 2 wrong use."""
    try:
        options = _parse(arguments)
    except SystemExit as end:  # argparse has said why
        return WRONG_USE if end.code else OK
    try:
        nuke.scriptOpen(options.script)
        work = _work(options)
        refuse_clashes([node for write, frames in work for node, _ in masks_needed(write, frames)])
    except (BadRequest, RuntimeError) as fault:
        _say(f"m2fp_batch: {fault}")
        return WRONG_USE
    failures = _masks(work, options.missing_only)
    for write, frames in work:
        if not options.masks_only and write.fullName() not in failures:
            failures.update(_render(write, frames))
    for write, _ in work:
        name = write.fullName()
        _say(f"m2fp_batch: {name}: {'failed: ' + failures[name] if name in failures else 'done'}")
    return FAILED if failures else OK


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nuke -t m2fp_batch.py --", description=__doc__)
    parser.add_argument("script", help="the Nuke script")
    parser.add_argument("--write", action="append", default=[], metavar="NAME", help="this Write; repeatable")
    parser.add_argument("--frames", default="", metavar="RANGE", help="1001-1100, 1-9x2, 1,5,7")
    parser.add_argument("--masks-only", action="store_true", help="leave the Writes to somebody else")
    parser.add_argument(
        "--missing-only", action="store_true", help="take masks that are there for good, without a look"
    )
    return parser.parse_args(arguments)


def _work(options: argparse.Namespace) -> list[tuple[Any, list[int]]]:
    """The Writes in their order, each with its frames.

    :raises BadRequest: no such Write, no Write at all, no frame range.
    """
    frames = frames_of(options.frames) if options.frames else []
    if options.write:
        writes = [_write(name) for name in options.write]
    else:
        every = nuke.allNodes("Write", group=nuke.root())
        active = [each for each in every if not each["disable"].value() and not each["reading"].value()]
        writes = sorted(active, key=lambda each: (each["render_order"].value(), each.fullName()))
    if not writes:
        raise BadRequest(f"there is no active Write in {options.script}", "name one with --write")
    return [(write, _within_limit(write, frames)) for write in writes]


def _write(name: str) -> Any:
    write = nuke.toNode(name)
    if write is None or write.Class() != "Write":
        there = ", ".join(sorted(each.fullName() for each in nuke.allNodes("Write", group=nuke.root())))
        raise BadRequest(f"there is no Write called {name!r}", f"there are: {there or 'none'}")
    return write


def _within_limit(write: Any, frames: list[int]) -> list[int]:
    root = nuke.root()
    limited = bool(write["use_limit"].value())
    bounds = (write["first"], write["last"]) if limited else (root["first_frame"], root["last_frame"])
    first, last = (int(knob.value()) for knob in bounds)
    if not frames:
        return list(range(first, last + 1))
    return [frame for frame in frames if not limited or first <= frame <= last]


def _masks(work: list[tuple[Any, list[int]]], missing_only: bool) -> dict[str, str]:
    """See to the masks of each node once; the Writes that can't be rendered, and why."""
    frames_by_node: dict[str, set[int]] = {}
    nodes: dict[str, Any] = {}
    writes_by_node: dict[str, list[str]] = {}
    for write, frames in work:
        for node, wanted in masks_needed(write, frames):
            name = node.fullName()
            nodes[name] = node
            frames_by_node.setdefault(name, set()).update(wanted)
            writes_by_node.setdefault(name, []).append(write.fullName())
    failures: dict[str, str] = {}
    for name, node in nodes.items():
        try:
            outcome = prepare(node, sorted(frames_by_node[name]), may_render=True, missing_only=missing_only)
        except RuntimeError as fault:
            _say(f"m2fp_batch: {fault}")
            failures.update(dict.fromkeys(writes_by_node[name], f"no masks from {name}"))
            continue
        if outcome is not None:
            for line in (f"{name}: {outcome.summary()}", *outcome.problems(), *outcome.notes()):
                _say(f"m2fp_batch: {line}")
    return failures


def _render(write: Any, frames: list[int]) -> dict[str, str]:
    name = write.fullName()
    _say(f"m2fp_batch: {name}: rendering {as_text(frames)}")
    try:
        with suspended():
            for first, last in _runs(frames):
                nuke.execute(write, first, last, 1)
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
    print(line, flush=True)
