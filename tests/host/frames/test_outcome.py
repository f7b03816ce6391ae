"""What became of the frames of a run, in words."""

from __future__ import annotations

from m2fp_host.errors import BadImage, NoDaemon
from m2fp_host.frames.outcome import Outcome


def outcome() -> Outcome:
    return Outcome("M2FP1", "tcp://127.0.0.1:47115")


def test_nothing_to_do() -> None:
    assert outcome().summary() == "nothing to do"
    assert outcome().ok


def test_the_summary_counts_and_names_the_engine() -> None:
    done = outcome()
    done.parsed += [(1, "main"), (2, "main"), (3, "main")]
    done.skipped.append((7, "main"))
    done.report = {"engine": "builtin", "licence": "Apache-2.0"}
    assert done.summary() == "frames 1-3 parsed; frame 7 up to date (engine builtin, Apache-2.0)"


def test_a_failure_names_node_frame_and_remedy() -> None:
    done = outcome()
    done.failed[4, "left"] = BadImage("the plate /p.exr is not there", "check Read1")
    assert not done.ok
    assert done.problems() == ["M2FP1, frame 4 (left): the plate /p.exr is not there: check Read1"]


def test_a_lost_daemon_is_said_once() -> None:
    done = outcome()
    lost = NoDaemon("no daemon answers at tcp://x", "start it")
    done.failed.update({(frame, "main"): lost for frame in range(1, 9)})
    done.failed[9, "main"] = BadImage("not there", "look")
    assert done.problems() == [
        "M2FP1, frames 1-8: no daemon answers at tcp://x: start it",
        "M2FP1, frame 9: not there: look",
    ]


def test_many_failures_are_not_a_page() -> None:
    done = outcome()
    for frame in range(1, 101):
        done.failed[frame, "main"] = BadImage(f"no plate {frame}", "look")
    lines = done.problems()
    assert len(lines) == 6
    assert lines[-1] == "M2FP1: and 95 frames more"


def test_a_warning_is_said_once() -> None:
    done = outcome()
    done.warn(1, ["two people"])
    done.warn(2, ["two people", "NaN"])
    assert done.notes() == ["M2FP1, frame 1: two people", "M2FP1, frame 2: NaN"]
