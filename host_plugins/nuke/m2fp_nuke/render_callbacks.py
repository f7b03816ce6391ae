"""What Nuke calls before a Write renders, and before each of its frames: masks first, or no render.

An exception here aborts the render, which is the point: never a black matte where a mask is missing.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator

import nuke

from .command_line import frames_asked_for, views_asked_for
from .identity import is_plate_write
from .render_needs import masks_needed, prepare, refuse_clashes, without_masks

_prepared: set[tuple[str, int]] = set()
"""(Write, frame) whose masks were seen to before its render began."""

_suspended = False


@contextmanager
def suspended() -> Iterator[None]:
    """Renders inside of this have been prepared by somebody who knows more."""
    global _suspended
    before, _suspended = _suspended, True
    try:
        yield
    finally:
        _suspended = before


def active_writes() -> list[Any]:
    """The Writes at the top of the script that a render of the whole script renders."""
    writes = nuke.allNodes("Write", group=nuke.root())
    return [each for each in writes if not each["disable"].value() and not each["reading"].value()]


def m2fp_nodes(writes: list[Any]) -> list[Any]:
    """The M2FP nodes that any frame of ``writes`` may show."""
    return [node for write in writes for node, _ in masks_needed(write, [None])]


def before_render() -> None:
    """See to the masks of all frames, where the frames can be known.

    A frame whose own plate can't be read is left to :func:`before_frame`: the frames before it are rendered,
    and with ``--cont`` those behind it; or another Write of this very render makes the plate.

    :raises RuntimeError: a mask is missing and can't be made; the render ends before its first frame.
    """
    write = nuke.thisNode()
    if _suspended or is_plate_write(write):
        return
    name = write.fullName()
    _prepared.difference_update([each for each in _prepared if each[0] == name])
    if m2fp_nodes([write]):
        refuse_clashes(m2fp_nodes([write]), m2fp_nodes(active_writes()))
        frames = frames_of_render(write)
        lost = _prepare(write, frames)
        spoilt = without_masks(write, frames, lost)
        _prepared.update((name, frame) for frame in frames if frame not in spoilt)


def before_frame() -> None:
    """See to the masks of this frame, unless that was done.

    :raises RuntimeError: as :func:`before_render`, or the frame's own plate can't be read.
    """
    write, frame = nuke.thisNode(), nuke.frame()
    if _suspended or is_plate_write(write) or (write.fullName(), frame) in _prepared:
        return
    spoilt = without_masks(write, [frame], _prepare(write, [frame]))
    if frame in spoilt:
        raise RuntimeError(f"{write.fullName()}: frame {frame} needs masks of {spoilt[frame]}, see above")


def frames_of_render(write: Any) -> list[int]:
    """The frames of ``write`` that the command line says are rendered; empty where only the render knows."""
    asked = frames_asked_for()
    return [] if asked is None else within_limit(write, asked)


def within_limit(write: Any, asked: list[int]) -> list[int]:
    """Those of ``asked`` (empty: the script's range) that ``write`` renders: all, or those in its limit."""
    limited = bool(write["use_limit"].value())
    root = nuke.root()
    bounds = (write["first"], write["last"]) if limited else (root["first_frame"], root["last_frame"])
    first, last = (int(knob.value()) for knob in bounds)
    if not asked:
        return list(range(first, last + 1))
    return [frame for frame in asked if not limited or first <= frame <= last]


def _prepare(write: Any, frames: list[int]) -> dict[str, frozenset[int]]:
    """The frames of each M2FP node whose masks are lost, by its name."""
    lost = {}
    for node, wanted in masks_needed(write, frames):
        prepared = prepare(node, wanted, may_render=False, views=views_asked_for())
        lost[node.fullName()] = prepared.lost
        outcome = prepared.outcome
        if outcome is not None:
            news = [f"{outcome.name}: {outcome.summary()}"] if outcome.parsed or not outcome.ok else []
            for line in (*news, *outcome.problems(), *outcome.notes()):
                nuke.tprint(f"M2FP: {line}")
    return lost
