"""What Nuke's own command line says of the render that is under way."""

from __future__ import annotations

import re

import nuke
from m2fp_host.errors import BadRequest
from m2fp_host.frames.frame_ranges import frames_of

_AT_THE_END = re.compile(r"-?\d+([-,]-?\d+(x\d+)?)?")
_PAIR = re.compile(r"(-?\d+),(-?\d+(?:x\d+)?)")
"""Nuke takes ``1,10`` for ``1-10``."""


def frames_asked_for() -> list[int] | None:
    """The frames of ``nuke -x`` and ``-X``: every ``-F``, and the ranges behind the script's name.

    Empty: none are named, so that it is each Write's own range. ``None``: nobody can tell. With a GUI the
    range comes from a dialog; with ``-t``, or a Python file in place of the script, from a program.
    """
    arguments = list(nuke.rawArgs[1:])
    mode = next((each for each in arguments if each in ("-x", "-X", "-t")), "")
    if nuke.GUI or mode not in ("-x", "-X"):
        return None
    behind: list[str] = []
    while arguments and _AT_THE_END.fullmatch(arguments[-1]):
        behind.insert(0, arguments.pop())
    if arguments[-1].endswith(".py"):
        return None
    try:
        return _frames([*_values(arguments, "-F"), *behind])
    except BadRequest:
        return None


def views_asked_for() -> list[str]:
    """The views of every ``--view``; empty: all."""
    return [view for value in _values(list(nuke.rawArgs[1:]), "--view") for view in value.split(",")]


def _values(arguments: list[str], switch: str) -> list[str]:
    """What is behind a switch, as a word of its own or in the same one."""
    values = []
    for word, following in zip(arguments, [*arguments[1:], ""]):
        if word == switch:
            values.append(following)
        elif word.startswith(switch):
            values.append(word[len(switch) :].lstrip("="))
    return values


def _frames(ranges: list[str]) -> list[int]:
    frames: dict[int, None] = {}
    for each in ranges:
        pair = _PAIR.fullmatch(each)
        frames.update(dict.fromkeys(frames_of("-".join(pair.groups()) if pair is not None else each)))
    return list(frames)
