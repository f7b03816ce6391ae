"""Frame ranges as Nuke's command line writes them."""

from __future__ import annotations

import pytest

from m2fp_host.errors import BadRequest
from m2fp_host.frames.frame_ranges import as_text, frames_of


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("7", [7]),
        ("1-5", [1, 2, 3, 4, 5]),
        ("1-10x4", [1, 5, 9]),
        ("1,5,7-8", [1, 5, 7, 8]),
        ("3 1 3", [3, 1]),
        ("-2-1", [-2, -1, 0, 1]),
        (" 1001-1002 ", [1001, 1002]),
    ],
)
def test_ranges(text: str, frames: list[int]) -> None:
    assert frames_of(text) == frames


@pytest.mark.parametrize("text", ["", "x", "1-", "5-1", "1-9x0", "1--9x", "1-99999999", "1.5", "1;2"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="no frame range"):
        frames_of(text)


@pytest.mark.parametrize(
    ("frames", "text"),
    [([], ""), ([4], "4"), ([3, 1, 2, 7], "1-3, 7"), ([-1, 0], "-1-0")],
)
def test_frames_are_told_shortly(frames: list[int], text: str) -> None:
    assert as_text(frames) == text
