"""Nuke's command line.

Source: Foundry's user guide, "Running Nuke from the Command Line": ``nuke <switches> <script> <argv>
<ranges>``. Switches end at the script; what follows is the script's own, save numbers and ranges at the very
end, which Nuke takes for frames.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Sequence

GUI = "gui"
RENDER = "render"
TERMINAL = "terminal"

_RANGE = re.compile(r"(-?\d+)(?:[-,](-?\d+)(?:x(\d+))?)?$")

_WITHOUT_VALUE = {
    "-i": "interactive",
    "--cont": "keep_going",
    "--sro": "in_order",
    "--nukex": "",
    "-q": "",
}

_USAGE = (
    "usage: launcher [-x | -X node | -t] [-F range]... [--view v] [--cont] [--sro] [-V n] [script] [args]"
)


class WrongUseError(Exception):
    """A command line that Nuke does not take."""


class FrameSpan(NamedTuple):
    """Frames ``first``, ``first + step``, ... up to ``last``."""

    first: int
    last: int
    step: int = 1


class CommandLine(NamedTuple):
    """What a command line asks for.

    ``swallowed``: the numbers and ranges at its end; with ``-x`` and ``-X`` they are frames to render.
    """

    mode: str
    nodes: tuple[str, ...]
    spans: tuple[FrameSpan, ...]
    views: tuple[str, ...]
    keep_going: bool
    in_order: bool
    interactive: bool
    verbosity: int
    script: str
    arguments: tuple[str, ...]
    swallowed: tuple[str, ...]


def parse(arguments: Sequence[str]) -> CommandLine:
    """What ``arguments``, without the program's name, ask for.

    :raises WrongUseError: an unknown switch, one without its value, a bad range, ``-x`` without a script.
    """
    rest = list(arguments)
    mode = GUI
    flags = {"interactive": False, "keep_going": False, "in_order": False}
    nodes: list[str] = []
    spans: list[FrameSpan] = []
    views: list[str] = []
    verbosity = 0
    while rest and rest[0].startswith("-"):
        switch = rest.pop(0)
        if switch == "-x":
            mode = RENDER
        elif switch == "-t":
            mode = TERMINAL
        elif switch == "-X":
            mode = RENDER
            nodes += _value(switch, rest).split(",")
        elif switch == "-F":
            spans.append(span(_value(switch, rest)))
        elif switch == "--view":
            views += _value(switch, rest).split(",")
        elif switch == "-V":
            verbosity = int(rest.pop(0)) if rest and rest[0].isdigit() else 1
        elif switch in _WITHOUT_VALUE:
            if _WITHOUT_VALUE[switch]:
                flags[_WITHOUT_VALUE[switch]] = True
        else:
            raise WrongUseError(f"unknown switch {switch}\n{_USAGE}")
    script = rest.pop(0) if rest else ""
    if mode != GUI and not script:
        raise WrongUseError(f"{'-t' if mode == TERMINAL else '-x'} needs a script\n{_USAGE}")
    swallowed: list[str] = []
    while mode != GUI and rest and _RANGE.match(rest[-1]):
        swallowed.insert(0, rest.pop())
    if mode == RENDER:
        spans += [span(text) for text in swallowed]
    return CommandLine(
        mode=mode,
        nodes=tuple(nodes),
        spans=tuple(spans),
        views=tuple(views),
        verbosity=verbosity,
        script=script,
        arguments=tuple(rest),
        swallowed=tuple(swallowed),
        **flags,
    )


def span(text: str) -> FrameSpan:
    """The frames that ``5``, ``1-10``, ``1,10`` or ``1-10x2`` means.

    :raises WrongUseError: it means none.
    """
    matched = _RANGE.match(text)
    if matched is None:
        raise WrongUseError(f"{text!r} is no frame range; write it like 1-10x2")
    first = int(matched.group(1))
    last = int(matched.group(2)) if matched.group(2) else first
    step = int(matched.group(3) or 1)
    if step < 1 or last < first:
        raise WrongUseError(f"{text!r} holds no frame; write it like 1-10x2")
    return FrameSpan(first, last, step)


def _value(switch: str, rest: list[str]) -> str:
    if not rest:
        raise WrongUseError(f"{switch} needs a value\n{_USAGE}")
    return rest.pop(0)
