"""Measuring how long pieces of Python hold the main thread; clocks are not asserted, only what counts."""

from __future__ import annotations

import threading
import time

import pytest

from .fake_nuke.blocks import Blocks


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, in seconds, which stands still unless a test changes it."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_the_longest_piece_is_kept(clock: list[float]) -> None:
    blocks = Blocks()
    for seconds, note in ((0.1, "first"), (0.4, "second"), (0.2, "third")):
        with blocks.piece(note):
            clock[0] += seconds
    assert blocks.longest.note == "second"
    assert blocks.longest.seconds == pytest.approx(0.4)


def test_a_piece_within_a_piece_is_part_of_it(clock: list[float]) -> None:
    blocks = Blocks()
    with blocks.piece("outer"):
        clock[0] += 0.1
        with blocks.piece("inner"):
            clock[0] += 0.3
    assert blocks.longest.note == "outer"
    assert blocks.longest.seconds == pytest.approx(0.4)


def test_nukes_own_work_does_not_count(clock: list[float]) -> None:
    blocks = Blocks()
    with blocks.piece("button"):
        clock[0] += 0.1
        with blocks.apart():
            clock[0] += 5
        clock[0] += 0.1
    assert blocks.longest.seconds == pytest.approx(0.2)


def test_python_run_during_nukes_own_work_counts_for_itself(clock: list[float]) -> None:
    blocks = Blocks()
    with blocks.piece("button"), blocks.apart():
        clock[0] += 5
        with blocks.piece("executeInMainThread"), blocks.apart():
            clock[0] += 5
        with blocks.piece("executeInMainThread"):
            clock[0] += 0.3
    assert blocks.longest.note == "executeInMainThread"
    assert blocks.longest.seconds == pytest.approx(0.3)


def test_a_piece_that_raises_is_measured(clock: list[float]) -> None:
    blocks = Blocks()

    def press() -> None:
        with blocks.piece("button"):
            clock[0] += 0.2
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        press()
    assert blocks.longest.seconds == pytest.approx(0.2)


def test_other_threads_hold_nobody_up(clock: list[float]) -> None:
    blocks = Blocks()

    def work() -> None:
        with blocks.piece("thread"), blocks.apart():
            clock[0] += 1

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert blocks.longest.seconds == 0
