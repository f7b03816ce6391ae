"""Rendered plates: equal pixels become equal bytes, and everything else stays as it was."""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import OpenImageIO
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from images.handmade import rgb, scanline_file
from m2fp_host.errors import BadImage, BadRequest
from m2fp_host.exr_chunks import whole
from m2fp_host.exr_header import LONG_NAMES, read_header
from m2fp_host.rendered_plate import COLOUR, REQUIRED, canonical
from m2fp_server.images.exr_reader import read_plate
from support.exr import read_masks
from support.plates import write_plate

REC709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)


def noise(height: int = 70, width: int = 50) -> NDArray[np.float16]:
    return np.random.default_rng(5).random((height, width, 3)).astype(np.float16)


def write(path: Path, pixels: NDArray[Any], **more: Any) -> Path:
    with OpenEXR.File({"type": OpenEXR.scanlineimage, **more}, {"RGB": pixels}) as file:
        file.write(str(path))
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pixels_of(path: Path) -> NDArray[Any]:
    channels = read_masks(path).channels
    return np.dstack([channels[name] for name in "RGB"])


@pytest.mark.parametrize("compression", ["none", "rle", "zips", "zip", "piz", "pxr24", "b44", "dwaa", "dwab"])
def test_equal_pixels_become_equal_bytes(compression: str, tmp_path: Path) -> None:
    renders = []
    for number, date in enumerate(("2024:01:01 00:00:00", "2026:07:31 12:34:56")):
        told: dict[str, Any] = {"nuke/node_hash": f"{number:x}" * (9 + number), "exr/owner": "me"}
        path = tmp_path / f"{number}.exr"
        renders.append(write_plate(path, compression=compression, DateTime=date, **told))
    before = [sha256(path) for path in renders]
    pictures = [pixels_of(path) for path in renders]
    assert before[0] != before[1]
    assert all(canonical(path) for path in renders)
    assert sha256(renders[0]) == sha256(renders[1])
    for path, picture in zip(renders, pictures, strict=True):
        np.testing.assert_array_equal(pixels_of(path), picture)
        assert whole(path)
        assert b"node_hash" not in path.read_bytes()
    again = sha256(renders[0])
    assert canonical(renders[0])
    assert sha256(renders[0]) == again
    assert sorted(each.name for each in tmp_path.iterdir()) == ["0.exr", "1.exr"]


def test_other_pixels_stay_other_bytes(tmp_path: Path) -> None:
    pixels = noise()
    one = write(tmp_path / "one.exr", pixels)
    pixels[3, 4, 1] += 1
    two = write(tmp_path / "two.exr", pixels)
    assert canonical(one)
    assert canonical(two)
    assert sha256(one) != sha256(two)


@pytest.mark.parametrize("order", [OpenEXR.INCREASING_Y, OpenEXR.DECREASING_Y], ids=["down", "up"])
def test_what_says_something_of_pixels_stays(order: Any, tmp_path: Path) -> None:
    told = {
        "lineOrder": order,
        "chromaticities": REC709,
        "acesImageContainerFlag": 1,
        "colorInteropID": "lin_rec709_scene",
        "whiteLuminance": 100.0,
        "pixelAspectRatio": 2.0,
        "dataWindow": ((-4, -6), (45, 63)),
        "displayWindow": ((0, 0), (39, 59)),
        "owner": "me",
        "capDate": "2026:07:31 12:34:56",
    }
    path = write(tmp_path / "plate.exr", noise(), **told)
    before, pixels = read_header(path), pixels_of(path)
    assert canonical(path)
    after = read_header(path)
    assert list(after.attributes) == sorted((*REQUIRED, *COLOUR[2:], COLOUR[0]))
    assert all(after.attributes[name] == before.attributes[name] for name in after.attributes)
    np.testing.assert_array_equal(pixels_of(path), pixels)
    offset = struct.unpack("<Q", path.read_bytes()[after.length : after.length + 8])[0]
    first = order == OpenEXR.INCREASING_Y
    assert (offset == after.length + 8 * -(-70 // 16)) is first


def test_the_daemon_sees_the_same_plate(tmp_path: Path) -> None:
    path = write(tmp_path / "plate.exr", noise(), chromaticities=REC709, comments="take 3")
    before = read_plate(path)
    assert canonical(path)
    after = read_plate(path)
    np.testing.assert_array_equal(before.pixels, after.pixels)
    assert (before.data_window, before.display_window) == (after.data_window, after.display_window)


@pytest.mark.parametrize(("name", "flagged"), [("a" * 29 + ".R", False), ("a" * 30 + ".R", True)])
def test_long_channel_names(name: str, flagged: bool, tmp_path: Path) -> None:
    path = tmp_path / "plate.exr"
    with OpenEXR.File({"a" * 40: "long"}, {name: noise()[..., 0]}) as file:
        file.write(str(path))
    assert canonical(path)
    assert bool(read_header(path).flags & LONG_NAMES) is flagged
    assert list(read_masks(path).channels) == [name]


def test_what_is_no_scanline_file_stays_as_it_is(tmp_path: Path) -> None:
    parts = [OpenEXR.Part({"type": OpenEXR.scanlineimage}, {"RGB": noise()}, name) for name in "ab"]
    with OpenEXR.File(parts) as file:
        file.write(str(tmp_path / "parts.exr"))
    spec = OpenImageIO.ImageSpec(64, 64, 3, OpenImageIO.HALF)
    spec.tile_width = spec.tile_height = 32
    image = OpenImageIO.ImageOutput.create("openexr")
    assert image is not None
    assert image.open(str(tmp_path / "tiled.exr"), spec)
    image.write_image(np.zeros((64, 64, 3), np.float32))
    image.close()
    deep = OpenImageIO.ImageSpec(8, 8, 4, OpenImageIO.FLOAT)
    deep.channelnames = ("R", "A", "Z", "ZBack")
    deep.deep = True
    image = OpenImageIO.ImageOutput.create("openexr")
    assert image is not None
    assert image.open(str(tmp_path / "deep.exr"), deep), image.geterror()
    samples = OpenImageIO.DeepData()
    samples.init(deep)
    assert image.write_deep_image(samples), image.geterror()
    image.close()
    write(tmp_path / "new.exr", noise(), compression=OpenEXR.ZSTD_COMPRESSION)
    for path in sorted(tmp_path.iterdir()):
        before = path.stat().st_mtime_ns, sha256(path)
        assert canonical(path) is False
        assert (path.stat().st_mtime_ns, sha256(path)) == before
    assert len(list(tmp_path.iterdir())) == 4


def damaged(change: str) -> bytes:
    data = bytearray(scanline_file(rgb(4, 4), (0, 0, 3, 3)))
    table = len(data) - 4 * (8 + 24) - 4 * 8
    chunks = table + 4 * 8
    if change == "overlap":
        # The second chunk is the rest of the file, and so is the third.
        for index in (0, 1):
            at = chunks + 32 * index + 4
            data[at : at + 4] = struct.pack("<i", len(data) - at - 4)
    elif change == "y":
        data[chunks + 32 : chunks + 36] = struct.pack("<i", 7)
    elif change == "length":
        data[chunks + 36 : chunks + 40] = struct.pack("<i", -5)
    elif change == "far":
        data[table + 8 : table + 16] = struct.pack("<Q", len(data) - 4)
    return bytes(data[:-1] if change == "cut" else data)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("overlap", "its chunks overlap"),
        ("y", "the chunk of scanline 1 is damaged"),
        ("length", "the chunk of scanline 1 is damaged"),
        ("far", "not complete"),
        ("cut", "not complete"),
    ],
)
def test_a_damaged_file_stays_as_it_is(change: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "plate.exr"
    path.write_bytes(damaged(change))
    with pytest.raises(BadImage, match=reason) as caught:
        canonical(path)
    assert str(path) in caught.value.message
    assert path.read_bytes() == damaged(change)
    assert os.listdir(tmp_path) == ["plate.exr"]


def test_a_header_without_what_the_format_demands(tmp_path: Path) -> None:
    path = tmp_path / "plate.exr"
    path.write_bytes(scanline_file(rgb(4, 4), (0, 0, 3, 3), without="screenWindowWidth"))
    with pytest.raises(BadImage, match="has no 'screenWindowWidth'"):
        canonical(path)


def test_a_folder_that_does_not_take_it(tmp_path: Path) -> None:
    """The temporary file's name would be longer than a file system allows."""
    path = tmp_path / ("a" * 246 + ".exr")
    path.write_bytes(damaged("not at all"))
    with pytest.raises(BadRequest, match="can't rewrite the plate"):
        canonical(path)
    assert path.read_bytes() == damaged("not at all")


def test_a_large_file_is_not_held_in_memory(tmp_path: Path) -> None:
    path = write(
        tmp_path / "large.exr", np.zeros((1500, 4000, 3), np.float16), compression=OpenEXR.NO_COMPRESSION
    )
    assert path.stat().st_size > 32 << 20
    tracemalloc.start()
    try:
        assert canonical(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_noise_is_refused_or_becomes_a_file(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(damaged("not at all"))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "plate.exr"
    path.write_bytes(raw)
    with contextlib.suppress(BadImage):
        if canonical(path):
            assert whole(path)
        else:
            assert path.read_bytes() == bytes(raw)
    assert os.listdir(tmp_path) == ["plate.exr"]
