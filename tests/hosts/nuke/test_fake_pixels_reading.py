"""The fake's Read: its cache, its errors, its views, windows and colour."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from hosts.nuke.fake_nuke.pixels.client import Pixels, PixelsError
from hosts.nuke.pixel_ops import op, planes, read
from support.exr import write_pixels

Channels = Mapping[str, float]


@pytest.fixture(scope="module")
def pixels() -> Iterator[Pixels]:
    with Pixels(sys.executable) as one:
        yield one


def flat(path: Path, value: float, size: tuple[int, int] = (6, 4)) -> Path:
    return write_pixels(path, np.full((size[1], size[0], 3), value, np.float32))


def part(channels: Channels, kind: Any = np.float16, **header: Any) -> Any:
    """A part of 6x4 pixels with a value a channel."""
    stored = {
        name: OpenEXR.Channel(np.full((4, 6), value, kind if name != "id" else np.uint32))
        for name, value in channels.items()
    }
    return OpenEXR.Part(
        {"type": OpenEXR.scanlineimage, "compression": OpenEXR.ZIP_COMPRESSION, **header}, stored
    )


def write_parts(path: Path, *parts: tuple[str, Channels]) -> Path:
    """A file of several parts; one called ``layer.left`` or ``layer.right`` belongs to that view."""
    made = []
    for name, channels in parts:
        view = name.rpartition(".")[2]
        made.append(part(channels, name=name, **({"view": view} if view in ("left", "right") else {})))
    OpenEXR.File(made).write(str(path))
    return path


def value(pixels: Pixels, source: dict[str, Any], channel: str = "rgba.red") -> float:
    return pixels.sample([source], channel, 2, 2)


def test_y_runs_up(pixels: Pixels, tmp_path: Path) -> None:
    rows = np.repeat(np.arange(4, dtype=np.float32)[:, None, None], 6, 1).repeat(3, 2)
    source = read(1, write_pixels(tmp_path / "a.exr", rows))
    assert [pixels.sample([source], "rgba.red", 0.5, y + 0.5) for y in range(4)] == [3, 2, 1, 0]


def test_outside_a_full_frame_the_edge_repeats_and_outside_a_window_is_black(
    pixels: Pixels, tmp_path: Path
) -> None:
    full = read(1, flat(tmp_path / "full.exr", 0.5))
    part_of_it = read(
        1, write_pixels(tmp_path / "part.exr", np.full((2, 3, 3), 0.5), at=(1, 1), display=(0, 0, 6, 4))
    )
    assert pixels.sample([full], "rgba.red", -5, 9) == 0.5
    assert pixels.sample([part_of_it], "rgba.red", 1.5, 1.5) == 0.5
    assert pixels.sample([part_of_it], "rgba.red", -5, 1.5) == 0
    assert pixels.validate([part_of_it])["bbox"] == [0, 0, 5, 4]


def test_a_display_window_that_starts_elsewhere_is_moved_to_the_origin(
    pixels: Pixels, tmp_path: Path
) -> None:
    source = read(
        1, write_pixels(tmp_path / "a.exr", np.full((4, 6, 3), 0.5), at=(10, -7), display=(10, -7, 6, 4))
    )
    found = pixels.validate([source])
    assert (found["bbox"], found["format"]) == ([0, 0, 6, 4], [6, 4, 1.0])


def test_changed_bytes_are_not_seen_until_the_version_changes(pixels: Pixels, tmp_path: Path) -> None:
    path = tmp_path / "masks.1001.exr"
    flat(path, 0.25)
    assert value(pixels, read(1, path, version=0)) == 0.25
    flat(tmp_path / "new.exr", 0.75)
    os.replace(tmp_path / "new.exr", path)
    assert value(pixels, read(1, path, version=0)) == 0.25
    assert value(pixels, read(1, path, version=1)) == 0.75


def test_a_file_that_was_only_validated_is_remembered_too(pixels: Pixels, tmp_path: Path) -> None:
    path = tmp_path / "masks.1001.exr"
    flat(path, 0.25)
    pixels.validate([read(1, path)])
    os.replace(flat(tmp_path / "new.exr", 0.75, (12, 8)), path)
    assert value(pixels, read(1, path)) == 0.25
    assert pixels.validate([read(1, path)])["format"] == [6, 4, 1.0]


def test_a_file_that_came_later_is_not_seen_until_the_version_changes(pixels: Pixels, tmp_path: Path) -> None:
    path = tmp_path / "masks.1001.exr"
    for _ in range(2):
        with pytest.raises(PixelsError) as caught:
            value(pixels, read(1, path))
        assert caught.value.missing
        flat(path, 0.25)
    assert value(pixels, read(1, path, version=1)) == 0.25


def test_more_files_than_a_process_may_open_stay_as_they_were(pixels: Pixels, tmp_path: Path) -> None:
    for number in range(210):
        pixels.validate([read(1, flat(tmp_path / f"a.{number}.exr", 0.5))])
    flat(tmp_path / "a.0.exr", 0.25)
    flat(tmp_path / "a.209.exr", 0.25)
    assert value(pixels, read(1, tmp_path / "a.0.exr")) == 0.5


def test_what_a_missing_frame_gives(pixels: Pixels, tmp_path: Path) -> None:
    for number in (998, 1003, 1007):
        flat(tmp_path / f"masks.{number:04d}.exr", number / 1024)
    missing = tmp_path / "masks.1005.exr"
    black = read(1, missing, on_error="black", format=[6, 4, 1])
    assert value(pixels, black) == 0
    assert pixels.validate([black])["bbox"] == [0, 0, 6, 4]
    checkers = read(1, missing, on_error="checkerboard", format=[256, 128, 1])
    assert pixels.sample([checkers], "rgba.red", 0, 0) != pixels.sample([checkers], "rgba.red", 64, 0)
    assert value(pixels, read(1, missing, on_error="nearest frame")) == pytest.approx(1003 / 1024, abs=1e-3)
    os.remove(tmp_path / "masks.0998.exr")
    with pytest.raises(PixelsError):
        value(pixels, read(1, tmp_path / "masks.0998.exr"))
    flat(tmp_path / "masks.0998.exr", 0.5)
    with pytest.raises(PixelsError, match="Read error"):
        value(pixels, read(1, tmp_path / "masks.0990.exr", on_error="nearest frame"))
    with pytest.raises(PixelsError, match=r"No such file or directory: .*masks\.1005\.exr"):
        value(pixels, read(1, missing, on_error="error"))
    with pytest.raises(PixelsError, match="on_error is 'shrug'"):
        value(pixels, read(1, missing, on_error="shrug"))


def test_outside_its_range_a_read_is_black(pixels: Pixels) -> None:
    source = op(1, "Read", file=None, raw=True)
    assert value(pixels, source, "hair.alpha") == 0
    assert pixels.validate([source])["metadata"] == {}


def test_a_damaged_file_is_an_error_but_not_a_missing_one(pixels: Pixels, tmp_path: Path) -> None:
    path = tmp_path / "a.exr"
    path.write_bytes(b"\x76\x2f\x31\x01 and no more")
    with pytest.raises(PixelsError, match=r"a\.exr can't be read") as caught:
        pixels.validate([read(1, path)])
    assert not caught.value.missing
    noise = np.random.default_rng(1).random((64, 64, 3))
    path = write_pixels(tmp_path / "cut.exr", noise)
    path.write_bytes(path.read_bytes()[:-2000])
    pixels.validate([read(1, path)])
    with pytest.raises(PixelsError, match=r"cut\.exr is damaged"):
        planes(pixels, [read(1, path)], ["rgba.red"], tmp_path)


def test_views_of_one_part(pixels: Pixels, tmp_path: Path) -> None:
    """The first view is the hero: the other sees the hero's channels where it has none of its own."""
    stored = {"R": 0.125, "right.R": 0.25, "G": 0.5, "right.hair.A": 0.75, "hair.A": 0.375}
    OpenEXR.File(
        {
            "type": OpenEXR.scanlineimage,
            "compression": OpenEXR.ZIP_COMPRESSION,
            "multiView": ["left", "right"],
        },
        {name: np.full((4, 6), one, np.float16) for name, one in stored.items()},
    ).write(str(tmp_path / "a.exr"))
    left, right, main = (read(1, tmp_path / "a.exr") | {"view": view} for view in ("left", "right", "main"))
    assert [value(pixels, source) for source in (left, right, main)] == [0.125, 0.25, 0.125]
    assert [value(pixels, source, "rgba.green") for source in (left, right)] == [0.5, 0.5]
    assert [value(pixels, source, "hair.alpha") for source in (left, right)] == [0.375, 0.75]


def test_views_of_the_script_count_as_well(pixels: Pixels, tmp_path: Path) -> None:
    """``left.arm.A`` in a stereo script is lost to the right eye; ``left_arm.A`` is not."""
    OpenEXR.File(
        {"type": OpenEXR.scanlineimage, "compression": OpenEXR.ZIP_COMPRESSION},
        {"left.arm.A": np.full((4, 6), 0.5, np.float16), "left_leg.A": np.full((4, 6), 0.5, np.float16)},
    ).write(str(tmp_path / "a.exr"))
    stereo = {"views": ["left", "right"]}
    source = read(1, tmp_path / "a.exr")
    assert pixels.validate([source])["channels"] == ["left_arm.alpha", "left_leg.alpha"]
    left = pixels.validate([source | {"view": "left"} | stereo])
    right = pixels.validate([source | {"view": "right"} | stereo])
    assert left["channels"] == ["arm.alpha", "left_leg.alpha"]
    assert right["channels"] == ["left_leg.alpha"]


def test_parts(pixels: Pixels, tmp_path: Path) -> None:
    new = write_parts(
        tmp_path / "new.exr", ("rgba.left", {"R": 0.125, "hair.A": 0.25}), ("rgba.right", {"R": 0.5})
    )
    assert value(pixels, read(1, new) | {"view": "right"}) == 0.5
    assert value(pixels, read(1, new) | {"view": "left"}, "hair.alpha") == 0.25
    old = write_parts(tmp_path / "old.exr", ("rgba", {"R": 0.125}), ("hair", {"A": 0.25}))
    assert sorted(pixels.validate([read(1, old)])["channels"]) == ["hair.alpha", "rgba.red"]
    wrong = tmp_path / "wrong.exr"
    window = (np.array([0, 0], np.int32), np.array([5, 3], np.int32))
    moved = (np.array([1, 0], np.int32), np.array([6, 3], np.int32))
    OpenEXR.File(
        [
            part({"R": 0.5}, name="a", dataWindow=window, displayWindow=window),
            part({"G": 0.5}, name="b", dataWindow=moved, displayWindow=window),
        ]
    ).write(str(wrong))
    with pytest.raises(PixelsError, match="data window size must be consistent"):
        pixels.validate([read(1, wrong)])


def test_float_and_integer_channels_keep_their_numbers(pixels: Pixels, tmp_path: Path) -> None:
    exact = float(np.float32(1 / 3))
    OpenEXR.File([part({"Z": exact, "id": 7}, np.float32)]).write(str(tmp_path / "a.exr"))
    source = read(1, tmp_path / "a.exr")
    assert value(pixels, source, "depth.Z") == exact
    assert value(pixels, source, "other.id") == 7


def test_raw_leaves_the_numbers_and_a_colour_space_does_not(pixels: Pixels, tmp_path: Path) -> None:
    path = write_pixels(tmp_path / "a.exr", np.full((4, 6, 4), 0.5))
    for space in ("sRGB", "Sepia"):
        assert value(pixels, read(1, path, colorspace=space)) == 0.5
    for space in ("linear", "default", "", "lin_srgb\tshown elsewhere", "Linear Rec.709 (sRGB)"):
        assert value(pixels, read(1, path, raw=False, colorspace=space)) == 0.5
    srgb = pixels.sample([read(1, path, raw=False, colorspace="sRGB\tTexture/sRGB")], "rgba.red", 0, 0)
    assert srgb == pytest.approx(0.21404114, abs=1e-5)
    aces = read(1, path, raw=False, colorspace="scene_linear (ACES - ACEScg)", working_space="linear")
    assert value(pixels, aces, "rgba.green") == pytest.approx(0.5, abs=1e-5)
    assert value(pixels, read(1, path, raw=False, colorspace="sRGB"), "rgba.alpha") == 0.5
    with pytest.raises(PixelsError, match="'Sepia' is no colour space; near it"):
        pixels.validate([read(1, path, raw=False, colorspace="Sepia")])


def test_acescg_becomes_rec709(pixels: Pixels, tmp_path: Path) -> None:
    """The matrix from AP1 to Rec.709 (ACES, TB-2014-004, with Bradford adaptation to D65)."""
    stored = np.full((4, 6, 3), (0.5, 0.25, 0.125), np.float32)
    ops = [read(1, write_pixels(tmp_path / "a.exr", stored), raw=False, colorspace="ACES - ACEScg")]
    found = [pixels.sample(ops, f"rgba.{name}", 0, 0) for name in ("red", "green", "blue")]
    matrix = [[1.70505, -0.62179, -0.08326], [-0.13026, 1.14080, -0.01055], [-0.02400, -0.12897, 1.15297]]
    assert found == pytest.approx(list(np.array(matrix) @ (0.5, 0.25, 0.125)), abs=1e-4)
    same = [read(1, tmp_path / "a.exr", raw=False, colorspace="ACEScg", working_space="ACES - ACEScg")]
    assert pixels.sample(same, "rgba.red", 0, 0) == 0.5


def test_premultiplied_pictures_are_converted_without_their_alpha(pixels: Pixels, tmp_path: Path) -> None:
    stored = np.full((4, 6, 4), (0.25, 0.25, 0.25, 0.5), np.float32)
    path = write_pixels(tmp_path / "a.exr", stored)
    source = read(1, path, raw=False, colorspace="sRGB", premultiplied=True)
    assert value(pixels, source) == pytest.approx(0.21404114 / 2, abs=1e-5)


def test_auto_alpha_fills_what_is_missing(pixels: Pixels, tmp_path: Path) -> None:
    path = flat(tmp_path / "a.exr", 0.25)
    assert value(pixels, read(1, path), "rgba.alpha") == 0
    assert value(pixels, read(1, path, auto_alpha=True), "rgba.alpha") == 1
    assert "rgba.alpha" in pixels.validate([read(1, path, auto_alpha=True)])["channels"]
