"""Frame ranges as command lines write them: ``1-10x2``, ``1,5,7``, several with spaces."""

from __future__ import annotations

import re

from m2fp_host.errors import BadRequest

_RANGE = re.compile(r"(-?\d+)(?:-(-?\d+)(?:x(\d+))?)?")

MOST_FRAMES = 1000000

_PIECES = 8
"""Of a range that is told: a status has one line."""


def frames_of(text: str) -> list[int]:
    """The frames of a range, each once, in the order written.

    :raises BadRequest: it is no frame range.
    """
    frames: dict[int, None] = {}
    for piece in re.split(r"[\s,]+", text.strip()):
        found = _RANGE.fullmatch(piece)
        if found is None:
            raise BadRequest(f"{text!r} is no frame range", "write it like 1001-1010x2,1020")
        first = int(found.group(1))
        last = int(found.group(2)) if found.group(2) else first
        step = int(found.group(3) or 1)
        if last < first or not step or (last - first) // step >= MOST_FRAMES:
            raise BadRequest(f"{piece!r} is no frame range", "write it first-last, as in 1001-1010x2")
        frames.update(dict.fromkeys(range(first, last + 1, step)))
    return list(frames)


def told(frames: list[int]) -> str:
    """``frame 7``, ``frames 1-3, 7``."""
    return f"frame{'s' if len(set(frames)) > 1 else ''} {as_text(frames)}"


def as_text(frames: list[int]) -> str:
    """``[1, 2, 3, 7]`` as ``1-3, 7``; of many pieces the first ones, and how many frames there are."""
    runs: list[list[int]] = []
    for frame in sorted(frames):
        if runs and frame == runs[-1][1] + 1:
            runs[-1][1] = frame
        else:
            runs.append([frame, frame])
    pieces = [str(first) if first == last else f"{first}-{last}" for first, last in runs[:_PIECES]]
    more = f" ... ({len(frames)} frames)" if len(runs) > _PIECES else ""
    return ", ".join(pieces) + more
