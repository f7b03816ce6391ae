"""Looking up the graph: the Read behind a node, the M2FP nodes behind a Write, through groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, FrozenSet, Iterable, Iterator, Optional

import nuke

from .identity import group_of, is_m2fp

# What changes neither pixels nor windows. Time-remaps that pick whole frames are among them, since Nuke is
# asked for the file behind them.
_SAME_PIXELS = ("Dot", "Input", "NoOp", "PostageStamp", "Switch", "TimeOffset", "FrameHold", "FrameRange")

# Upstream frames that are not the frame asked for, in ways that can't be told from the knobs alone.
_OTHER_FRAMES = (
    "AppendClip",
    "FrameBlend",
    "Kronos",
    "MotionBlur",
    "OFlow",
    "OFlow2",
    "Retime",
    "SmartVector",
    "TemporalMedian",
    "TimeBlur",
    "TimeClip",
    "TimeDissolve",
    "TimeEcho",
    "TimeWarp",
    "VectorGenerator",
)

Frames = FrozenSet[Optional[int]]
"""Frames of a node that are wanted; ``None`` among them: more, which nobody can tell."""

_NO_FRAMES: Frames = frozenset()
_UNTOLD: Frames = frozenset([None])


@dataclass(frozen=True)
class PlateRead:
    """The Read whose pixels arrive unchanged, its ``frame`` if one can tell; or the ``reason`` why none."""

    read: Any = None
    frame: int | None = None
    reason: str = ""


def plate_read(node: Any, frame: int) -> PlateRead:
    """The Read that ``node``'s input comes from at ``frame``, if nothing in between changes pixels."""
    wanted: Frames = frozenset([frame])
    above = _input(node, 0)
    while above is not None:
        on, off = _on_and_off(above, wanted)
        name, kind, index = above.fullName(), above.Class(), 0
        if on and off:
            return PlateRead(reason=f"{name} is disabled at some frames")
        if kind == "Read":
            return PlateRead(above, next(iter(wanted))) if on else PlateRead(reason=f"{name} is disabled")
        if on and kind not in _SAME_PIXELS and not _leaves_colour(above, node):
            return PlateRead(reason=f"{name} changes the picture")
        if on and kind == "Switch":
            chosen = [each for each, frames in _switched(above, wanted) if frames]
            if len(chosen) != 1:
                return PlateRead(reason=f"{name} chooses now this, now that")
            index = chosen[0]
        if on:
            wanted = _upstream_frames(above, wanted)
        above = _input(above, index)
    return PlateRead(reason="no Read is connected")


def _leaves_colour(above: Any, node: Any) -> bool:
    """Whether ``above`` is another M2FP node that changes nothing that ``node`` looks at."""
    if not is_m2fp(above) or node["unpremult"].value():
        return False
    adds = above["output"].value() in ("selected matte", "all layers")
    return adds and above["to0"].value() not in ("rgba.red", "rgba.green", "rgba.blue")


def m2fp_behind(node: Any, frames: Iterable[int | None]) -> list[tuple[Any, Frames]]:
    """The M2FP nodes that ``frames`` of ``node`` show, each with its own frames.

    Those furthest up come first: masks of one may be in the picture that another one looks at.
    """
    found = _walk(node, frozenset(frames))
    return sorted(found, key=lambda each: len(_walk(each[0], _UNTOLD)))


def _walk(start: Any, frames: Frames) -> list[tuple[Any, Frames]]:
    found: dict[str, tuple[Any, Frames]] = {}
    seen: dict[str, Frames] = {}
    waiting = [(_input(start, index), frames) for index in range(start.inputs())]
    while waiting:
        node, wanted = waiting.pop()
        if node is None:
            continue
        name = node.fullName()
        before = seen.get(name, _NO_FRAMES)
        if before:
            wanted = wanted - before
        if not wanted:
            continue
        seen[name] = before | wanted if before else wanted  # one set for a whole chain of nodes
        on, off = _on_and_off(node, wanted)
        if on and is_m2fp(node):
            found[name] = (node, on | (found[name][1] if name in found else _NO_FRAMES))
        waiting += _sources(node, on)
        if off:
            waiting.append((_input(node, 0), off))
    return list(found.values())


def _sources(node: Any, wanted: Frames) -> Iterator[tuple[Any, Frames]]:
    """What ``node``, which is not disabled, takes to show ``wanted``, and which frames of it."""
    if not wanted or (node.Class() == "Write" and node["reading"].value()):
        return
    if isinstance(node, nuke.Group) and not is_m2fp(node):
        for output in nuke.allNodes("Output", group=node):
            yield output, wanted  # the Input nodes inside lead on, where they are used
    elif node.Class() == "Input":
        yield _input(node, 0), wanted
    elif node.Class() == "Switch":
        for index, frames in _switched(node, wanted):
            yield _input(node, index), frames
    else:
        frames = _upstream_frames(node, wanted)
        for index in range(node.inputs()):
            yield _input(node, index), frames


def _switched(node: Any, wanted: Frames) -> list[tuple[int, Frames]]:
    """Each input of a Switch, and the frames at which it is chosen."""
    which, last = node["which"], node.inputs() - 1
    chosen: dict[int, set[int | None]] = {index: set() for index in range(last + 1)}
    if last >= 0:
        for frame in wanted:
            if _is_plain(which):
                chosen[_clamped(which.value(), last)].add(frame)
            elif frame is not None:
                chosen[_clamped(which.valueAt(frame), last)].add(frame)
            else:
                for frames in chosen.values():
                    frames.add(None)
    return [(index, frozenset(frames)) for index, frames in chosen.items()]


def _clamped(number: float, last: int) -> int:
    return max(0, min(int(number), last))


def _input(node: Any, index: int) -> Any:
    """The node at an input; an Input node leads out of its group."""
    if node.Class() == "Input":
        group = group_of(node)
        return _input(group, int(node["number"].value())) if group is not None else None
    return node.input(index)


def _on_and_off(node: Any, wanted: Frames) -> tuple[Frames, Frames]:
    """The frames at which ``node`` does something, and those at which it is disabled."""
    knob = node.knob("disable")
    if knob is None:
        return wanted, _NO_FRAMES
    if _is_plain(knob):
        return (_NO_FRAMES, wanted) if knob.value() else (wanted, _NO_FRAMES)
    off = frozenset(frame for frame in wanted if frame is None or knob.valueAt(frame))
    return frozenset(frame for frame in wanted if frame is None or frame not in off), off


def _upstream_frames(node: Any, wanted: Frames) -> Frames:
    """The frames of its inputs that ``node`` takes to show ``wanted``."""
    kind = node.Class()
    if kind == "TimeOffset" and not _is_set(node, "reverse_input"):
        offset = _whole(node.knob("time_offset"))
        if offset is not None:
            return frozenset(None if frame is None else frame - offset for frame in wanted)
    if kind == "FrameHold" and not _is_set(node, "increment"):
        for name in ("first_frame", "firstFrame"):  # newer and older versions of Nuke
            held = _whole(node.knob(name))
            if held is not None:
                return frozenset([held])
    return _UNTOLD if kind in ("TimeOffset", "FrameHold", *_OTHER_FRAMES) else wanted


def _whole(knob: Any) -> int | None:
    """The value of a knob that is a whole number at all frames, else ``None``."""
    if knob is None or not _is_plain(knob) or knob.value() != int(knob.value()):
        return None
    return int(knob.value())


def _is_set(node: Any, name: str) -> bool:
    knob = node.knob(name)
    return bool(knob is not None and (knob.value() or not _is_plain(knob)))


def _is_plain(knob: Any) -> bool:
    """Whether a knob has the same value at all frames."""
    return not knob.isAnimated() and not knob.hasExpression()
