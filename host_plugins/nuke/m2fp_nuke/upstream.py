"""Looking up the graph: the Read behind a node, the M2FP nodes behind a Write, through groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Optional

import nuke

from .identity import group_of, is_m2fp

# What changes neither pixels nor windows. Time-remaps that pick whole frames are among them, since Nuke is
# asked for the file behind them.
_SAME_PIXELS = ("Dot", "Input", "NoOp", "PostageStamp", "TimeOffset", "FrameHold", "FrameRange")

# Upstream frames that are not the frame asked for, in ways that can't be told from the knobs alone.
_OTHER_FRAMES = (
    "AppendClip",
    "FrameBlend",
    "Kronos",
    "MotionBlur",
    "OFlow",
    "OFlow2",
    "Precomp",
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

FrameMap = Callable[[int], Optional[int]]
"""From a frame of the Write to the frame wanted upstream; ``None`` where nobody can tell."""


@dataclass(frozen=True)
class PlateRead:
    """The Read whose pixels arrive unchanged; or none, and ``reason`` why."""

    read: Any = None
    reason: str = ""


def plate_read(node: Any) -> PlateRead:
    """The Read that ``node``'s input comes from, if nothing in between changes pixels."""
    at = node
    while True:
        above = _input(at, 0)
        if above is None:
            return PlateRead(reason="no Read is connected")
        if above.Class() == "Read":
            if _state(above) != "on":
                return PlateRead(reason=f"{above.fullName()} is disabled")
            return PlateRead(read=above)
        state = _state(above)
        if state == "animated":
            return PlateRead(reason=f"{above.fullName()} is disabled at some frames")
        if state == "on" and above.Class() not in _SAME_PIXELS and not _leaves_colour(above, node):
            return PlateRead(reason=f"{above.fullName()} changes the picture")
        at = above


def _leaves_colour(above: Any, node: Any) -> bool:
    """Whether ``above`` is another M2FP node that changes nothing that ``node`` looks at."""
    if not is_m2fp(above) or node["unpremult"].value():
        return False
    adds = above["output"].value() in ("selected matte", "all layers")
    return adds and above["to0"].value() not in ("rgba.red", "rgba.green", "rgba.blue")


def m2fp_behind(write: Any) -> dict[str, tuple[Any, list[FrameMap]]]:
    """The M2FP nodes that ``write`` shows, by full name, each with a map of frames for each way there."""
    found: dict[str, tuple[Any, list[FrameMap]]] = {}
    seen: set[tuple[str, tuple[str, ...]]] = set()

    def walk(node: Any, steps: tuple[tuple[str, FrameMap], ...]) -> None:
        while True:
            if node is None:
                return
            key = (node.fullName(), tuple(name for name, _ in steps))
            if key in seen:
                return
            seen.add(key)
            on = _state(node) != "off"
            if on and is_m2fp(node):
                found.setdefault(node.fullName(), (node, []))[1].append(_chained([step for _, step in steps]))
            elif on and isinstance(node, nuke.Group):
                for output in nuke.allNodes("Output", group=node):
                    walk(output, steps)
                return  # its Input nodes lead on, where they are used
            if on:
                step = _frame_map(node)
                if step is not None:
                    steps = (*steps, (node.fullName(), step))
            inputs = _wanted_inputs(node) if on else [0]
            for index in inputs[1:]:
                walk(_input(node, index), steps)
            if not inputs:
                return
            node = _input(node, inputs[0])

    walk(write, ())
    return found


def _wanted_inputs(node: Any) -> list[int]:
    if node.Class() == "Input":
        return [0]
    if node.Class() == "Switch" and not node["which"].isAnimated() and not node["which"].hasExpression():
        return [max(0, min(int(node["which"].value()), node.inputs() - 1))]
    return list(range(node.inputs()))


def _input(node: Any, index: int) -> Any:
    """The node at an input; an Input node leads out of its group."""
    if node.Class() == "Input":
        group = group_of(node)
        return _input(group, int(node["number"].value())) if group is not None else None
    return node.input(index)


def _state(node: Any) -> str:
    """``on``, ``off`` (disabled) or ``animated``: now this, now that."""
    knob = node.knob("disable")
    if knob is None:
        return "on"
    if knob.isAnimated() or knob.hasExpression():
        return "animated"
    return "off" if knob.value() else "on"


def _frame_map(node: Any) -> FrameMap | None:
    kind = node.Class()
    if kind == "TimeOffset" and _plain(node, "time_offset") and not _said(node, "reverse_input"):
        offset = int(node["time_offset"].value())
        return lambda frame: frame - offset
    for name in ("firstFrame", "first_frame"):  # newer and older versions of Nuke
        if kind == "FrameHold" and _plain(node, name) and not _said(node, "increment"):
            held = int(node[name].value())
            return lambda frame: held
    if kind in ("TimeOffset", "FrameHold") or kind in _OTHER_FRAMES:
        return lambda frame: None
    return None


def _plain(node: Any, name: str) -> bool:
    knob = node.knob(name)
    return bool(knob is not None and not knob.isAnimated() and not knob.hasExpression())


def _said(node: Any, name: str) -> bool:
    knob = node.knob(name)
    return bool(knob is not None and (knob.value() or not _plain(node, name)))


def _chained(steps: list[FrameMap]) -> FrameMap:
    def mapped(frame: int) -> int | None:
        at: int | None = frame
        for step in steps:
            if at is None:
                return None
            at = step(at)
        return at

    return mapped
