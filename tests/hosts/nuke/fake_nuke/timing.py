"""Frames: which one a node takes from its input, which file a Read opens, over which range a node has any."""

from __future__ import annotations

import math
from typing import Tuple

from .group import Group
from .node import Node

Range = Tuple[int, int]


def input_frame(node: Node, frame: float) -> float:
    """The frame of its input that ``node`` shows at ``frame``."""
    if node.Class() == "TimeOffset":
        return frame - float(node["time_offset"].value())
    if node.Class() == "FrameHold":
        first, increment = float(node["firstFrame"].value()), float(node["increment"].value())
        return first + (math.floor((frame - first) / increment) * increment if increment else 0.0)
    return frame


def file_frame(read: Node, frame: float) -> int | None:
    """The frame of the file that ``read`` shows at ``frame``; ``None`` where it is black."""
    wanted = round(frame)
    first, last = int(read["first"].value()), int(read["last"].value())
    if first <= wanted <= last:
        return wanted
    beyond = str(read["before" if wanted < first else "after"].value())
    count = max(last - first + 1, 1)
    if beyond == "black":
        return None
    if beyond == "loop":
        return first + (wanted - first) % count
    if beyond == "bounce":
        step = (wanted - first) % max(2 * (count - 1), 1)
        return first + min(step, 2 * (count - 1) - step)
    return first if wanted < first else last


def frame_range(node: Node) -> Range:
    """The first and last frame of ``node``: the union of its inputs', else the root's range."""
    found = _range(node)
    if found is None:
        root = node.session.root.frameRange()
        return root.first(), root.last()
    return found


def _range(node: Node) -> Range | None:
    disable = node.knob("disable")
    if disable is not None and disable.value():
        return _of_input(node, 0)
    class_name = node.Class()
    if class_name in ("Read", "Constant"):
        return int(node["first"].value()), int(node["last"].value())
    if class_name == "FrameRange":
        return int(node["first_frame"].value()), int(node["last_frame"].value())
    if class_name == "Input" and node.group is not None:
        return _of_input(node.group, int(node["number"].value()))
    if isinstance(node, Group):
        output = node.output()
        return _range(output) if output is not None else None
    if class_name == "TimeOffset":
        found, offset = _of_input(node, 0), round(float(node["time_offset"].value()))
        return (found[0] + offset, found[1] + offset) if found is not None else None
    ranges = [
        found for index in range(node.inputs()) for found in [_of_input(node, index)] if found is not None
    ]
    return (min(first for first, _ in ranges), max(last for _, last in ranges)) if ranges else None


def _of_input(node: Node, index: int) -> Range | None:
    source = node.input(index)
    return _range(source) if source is not None else None
