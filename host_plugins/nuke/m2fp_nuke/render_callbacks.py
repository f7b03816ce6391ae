"""What Nuke calls before a Write renders, and before each of its frames: masks first, or no render.

An exception here aborts the render, which is the point: never a black matte where a mask is missing.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator

import nuke
from m2fp_host.errors import BadRequest

from .frame_ranges import frames_of
from .identity import is_plate_write
from .render_needs import masks_needed, prepare, refuse_clashes

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


def before_render() -> None:
    """See to the masks of all frames, where the frames can be known.

    :raises RuntimeError: a mask is missing and can't be made; the render ends before its first frame.
    """
    write = nuke.thisNode()
    if _suspended or is_plate_write(write):
        return
    name = write.fullName()
    _prepared.difference_update([each for each in _prepared if each[0] == name])
    frames = frames_of_render(write)
    if frames:
        _prepare(write, frames)
        _prepared.update((name, frame) for frame in frames)


def before_frame() -> None:
    """See to the masks of this frame, unless that was done.

    :raises RuntimeError: as :func:`before_render`.
    """
    write = nuke.thisNode()
    if _suspended or is_plate_write(write) or (write.fullName(), nuke.frame()) in _prepared:
        return
    _prepare(write, [nuke.frame()])


def frames_of_render(write: Any) -> list[int]:
    """The frames that the command line says are rendered; empty where only the render itself knows.

    ``nuke -x`` and ``-X``: every ``-F``, else the script's range, both within the Write's own limit. With a
    GUI the range comes from a dialog, and with ``-t`` from a program.
    """
    arguments = list(nuke.rawArgs)
    if nuke.GUI or not {"-x", "-X"} & set(arguments):
        return []
    ranges = [value for flag, value in zip(arguments, arguments[1:]) if flag == "-F"]
    ranges += [each[2:] for each in arguments if each.startswith("-F") and len(each) > 2]
    try:
        frames = [frame for text in ranges for frame in frames_of(text)]
    except BadRequest:
        return []
    root = nuke.root()
    if not frames:
        frames = list(range(int(root["first_frame"].value()), int(root["last_frame"].value()) + 1))
    if write["use_limit"].value():
        first, last = int(write["first"].value()), int(write["last"].value())
        frames = [frame for frame in frames if first <= frame <= last]
    return frames


def _prepare(write: Any, frames: list[int]) -> None:
    needed = masks_needed(write, frames)
    refuse_clashes([node for node, _ in needed])
    for node, wanted in needed:
        outcome = prepare(node, wanted, may_render=False)
        if outcome is not None and outcome.parsed:
            nuke.tprint(f"M2FP: {outcome.name}: {outcome.summary()}")
