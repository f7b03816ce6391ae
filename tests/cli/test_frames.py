"""Which files a command line means."""

from __future__ import annotations

from pathlib import Path

import pytest

from m2fp_host.errors import BadRequest
from m2fp_server.cli.frames import Frame, frames_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with frames 1001, 1003 and 1002 of a plate and other files in it."""
    for name in ("plate.1001.exr", "plate.1003.exr", "plate.1002.exr", "plate.12.exr", "other.1004.exr"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def numbers(frames: str) -> list[int | None]:
    return [frame.number for frame in frames_of("plate.####.exr", "masks.####.exr", frames)]


@pytest.mark.parametrize("pattern", ["plate.####.exr", "plate.%04d.exr", "plate.@@@@.exr", "plate.$F4.exr"])
def test_every_hosts_way_to_write_a_sequence_is_understood(pattern: str) -> None:
    frames = frames_of(pattern, pattern.replace("plate", "masks"), "7-8", pattern.replace("plate", "look"))
    assert frames == [
        Frame(number, f"plate.{number:04}.exr", f"masks.{number:04}.exr", f"look.{number:04}.exr")
        for number in (7, 8)
    ]
    assert [frame.name for frame in frames] == ["frame 7", "frame 8"]


@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        ("plate.#.exr", "plate.7.exr"),
        ("plate.######.exr", "plate.000007.exr"),
        ("plate.%d.exr", "plate.7.exr"),
        ("/shows/a-1/plate_v002.##.exr", "/shows/a-1/plate_v002.07.exr"),
        ("plate.%02d", "plate.07"),
    ],
)
def test_one_mark_is_one_digit(pattern: str, file: str) -> None:
    assert frames_of(pattern, "masks.#.exr", "7")[0].plate == file


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ("5", [5]),
        ("1-4", [1, 2, 3, 4]),
        ("1-9x4", [1, 5, 9]),
        ("1-2,7,20-30x5", [1, 2, 7, 20, 25, 30]),
        ("5,1,3,1", [5, 1, 3]),
        ("-2-1", [-2, -1, 0, 1]),
    ],
)
def test_ranges_have_steps_and_commas_and_keep_their_order(frames: str, expected: list[int]) -> None:
    assert numbers(frames) == expected


def test_without_a_range_the_frames_on_disk_are_meant(folder: Path) -> None:
    assert numbers("") == [1001, 1002, 1003]
    found = frames_of(f"{folder}/plate.%04d.exr", f"{folder}/out/masks.####.exr", "")
    assert [frame.plate for frame in found] == [
        f"{folder}/plate.{number}.exr" for number in (1001, 1002, 1003)
    ]


def test_a_range_within_the_pattern_counts(folder: Path) -> None:
    frames = frames_of("plate.1001-1002####.exr", "masks.####.exr", "")
    assert [frame.number for frame in frames] == [1001, 1002]


@pytest.mark.parametrize(
    ("plate", "out"),
    [
        ("plate.exr", "masks.exr"),
        ("plate.1001.exr", "masks.exr"),
        ("plate.1001.exr", "masks.1001.exr"),
        ("shot_v002.exr", "masks_v003.exr"),
        ("/shows/a#1/plate.exr", "/shows/a#1/masks.exr"),
        ("plate", "masks"),
    ],
)
def test_names_without_a_mark_are_one_file_whatever_digits_are_in_them(
    folder: Path, plate: str, out: str
) -> None:
    (frame,) = frames_of(plate, out, "", "look.png")
    assert frame == Frame(None, plate, out, "look.png")
    assert frame.name == plate


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("plate.exr", "masks.####.exr", ""), "plate.exr names one file", id="plate alone"),
        pytest.param(("plate.exr", "masks.exr", "1-3"), "plate.exr names one file", id="range, no mark"),
        pytest.param(("a.exr", "b.exr", "", "c.####.png"), "a.exr names one file", id="preview's mark"),
        pytest.param(("plate.#.exr", "masks.exr", "1-3"), "masks.exr would be written", id="masks alone"),
        pytest.param(("plate.#.exr", "masks.1001.exr", "1"), "masks.1001.exr would be", id="masks' number"),
        pytest.param(("a.#.exr", "b.#.exr", "1", "c.png"), "c.png would be written again", id="preview"),
        pytest.param(("plate.#.exr", "masks.#.exr", "1-"), "'1-' is no frame range", id="half a range"),
        pytest.param(("plate.#.exr", "masks.#.exr", "all"), "'all' is no frame range", id="a word"),
        pytest.param(("plate.#.exr", "masks.#.exr", " "), "' ' is no frame range", id="blank"),
        pytest.param(("plate.#.exr", "masks.#.exr", ","), "',' is no frame range", id="comma"),
        pytest.param(("plate.#.exr", "masks.#.exr", "1.5"), "'1.5' is no frame range", id="half frames"),
        pytest.param(("plate.#.exr", "masks.#.exr", "1-99999999999"), "too many frames", id="endless"),
        pytest.param(("none.####.exr", "masks.#.exr", ""), "no frames of none", id="no such sequence"),
        pytest.param(
            ("plate.######.exr", "masks.#.exr", ""), "no frames of plate.######", id="other padding"
        ),
        pytest.param(("no/plate.#.exr", "masks.#.exr", ""), "no frames of no/plate", id="no such folder"),
    ],
)
def test_wrong_use_is_one_sentence_with_a_way_out(
    folder: Path, arguments: tuple[str, str, str], said: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        frames_of(*arguments)
    assert said in caught.value.message
    assert caught.value.hint
    assert "\n" not in str(caught.value)
