"""Nuke's command line, as the fake reads it."""

from __future__ import annotations

import pytest

from .fake_nuke.command_line import GUI, RENDER, TERMINAL, FrameSpan, WrongUseError, parse, span


def test_nothing_starts_the_gui() -> None:
    assert parse([]).mode == GUI
    line = parse(["shot.nk"])
    assert (line.mode, line.script) == (GUI, "shot.nk")


def test_x_renders_a_script() -> None:
    line = parse(
        ["-V", "2", "-i", "--cont", "--sro", "-F", "1-10x2", "-F", "20", "--view", "left", "-x", "a.nk"]
    )
    assert line.mode == RENDER
    assert line.script == "a.nk"
    assert line.spans == (FrameSpan(1, 10, 2), FrameSpan(20, 20))
    assert line.views == ("left",)
    assert (line.keep_going, line.in_order, line.interactive, line.verbosity) == (True, True, True, 2)


def test_capital_x_names_nodes() -> None:
    line = parse(["-X", "Write1,Write2", "a.nk"])
    assert (line.mode, line.nodes, line.script) == (RENDER, ("Write1", "Write2"), "a.nk")


def test_frames_at_the_end_of_a_render_are_rendered() -> None:
    line = parse(["-x", "a.nk", "extra", "1001,1010"])
    assert line.spans == (FrameSpan(1001, 1010),)
    assert line.arguments == ("extra",)


def test_switches_after_the_script_are_its_own() -> None:
    line = parse(["-x", "a.nk", "-F", "1-2", "end"])
    assert line.spans == ()
    assert line.arguments == ("-F", "1-2", "end")


def test_t_swallows_numbers_at_the_end_but_no_others() -> None:
    line = parse(["-t", "batch.py", "--", "7", "--frames", "1-100", "12"])
    assert line.mode == TERMINAL
    assert line.arguments == ("--", "7", "--frames")
    assert line.swallowed == ("1-100", "12")
    assert line.spans == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", (5, 5, 1)),
        ("1-10", (1, 10, 1)),
        ("1,10", (1, 10, 1)),
        ("1-10x3", (1, 10, 3)),
        ("-5--1", (-5, -1, 1)),
    ],
)
def test_ranges(text: str, expected: tuple[int, int, int]) -> None:
    assert span(text) == expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--unknown"], "unknown switch --unknown"),
        (["-F"], "-F needs a value"),
        (["-F", "ten", "-x", "a.nk"], "'ten' is no frame range"),
        (["-F", "10-1", "-x", "a.nk"], "holds no frame"),
        (["-x"], "-x needs a script"),
        (["-t"], "-t needs a script"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], words: str) -> None:
    with pytest.raises(WrongUseError, match=words):
        parse(arguments)
