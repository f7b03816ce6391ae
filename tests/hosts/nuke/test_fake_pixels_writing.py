"""The fake's Write, looked at with a second reader."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from hosts.nuke.fake_nuke.pixels.client import Pixels, PixelsError
from hosts.nuke.pixel_ops import op, read
from support.exr import read_masks, write_pixels

PICTURE = np.random.default_rng(2).random((8, 12, 4)).astype(np.float16)


@pytest.fixture(scope="module")
def pixels() -> Iterator[Pixels]:
    with Pixels(sys.executable) as one:
        yield one


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    return write_pixels(tmp_path / "plate.exr", PICTURE, pixel_aspect=2.0)


def test_raw_half_gives_the_same_numbers_back(pixels: Pixels, plate: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.exr"
    told = pixels.write(ops=[read(1, plate)], file=str(out), channels="all", raw=True)
    assert told == {"file": str(out), "channels": ["R", "G", "B", "A"], "bbox": [0, 0, 12, 8]}
    found = read_masks(out)
    for index, name in enumerate("RGBA"):
        assert found.channels[name].dtype == np.float16
        np.testing.assert_array_equal(found.channels[name], PICTURE[..., index])
    assert found.header["pixelAspectRatio"] == 2.0
    assert found.data == found.display == (0, 0, 12, 8)
    assert not list(tmp_path.glob("*.tmp"))


@pytest.mark.parametrize(
    ("words", "stored"),
    [
        ("none", OpenEXR.NO_COMPRESSION),
        ("Zip (1 scanline)", OpenEXR.ZIPS_COMPRESSION),
        ("Zip (16 scanlines)", OpenEXR.ZIP_COMPRESSION),
        ("PIZ Wavelet (32 scanlines)", OpenEXR.PIZ_COMPRESSION),
        ("DWAA", OpenEXR.DWAA_COMPRESSION),
    ],
)
def test_datatype_and_compression(
    pixels: Pixels, plate: Path, tmp_path: Path, words: str, stored: object
) -> None:
    out = tmp_path / "out.exr"
    pixels.write(ops=[read(1, plate)], file=str(out), datatype="32 bit float", compression=words, raw=True)
    found = read_masks(out)
    assert found.header["compression"] == stored
    assert sorted(found.channels) == ["B", "G", "R"]
    assert all(channel.dtype == np.float32 for channel in found.channels.values())


def test_only_the_channels_asked_for_under_nukes_names(pixels: Pixels, plate: Path, tmp_path: Path) -> None:
    ops = [read(1, plate), op(2, "Copy", 1, 1, from0="rgba.green", to0="hair.alpha")]
    for channels, names in (
        ("rgb", ["B", "G", "R"]),
        ("alpha", ["A"]),
        ("hair", ["hair.alpha"]),
        ("all", ["A", "B", "G", "R", "hair.alpha"]),
        (["rgba.red", "hair.alpha", "face.alpha"], ["R", "hair.alpha"]),
    ):
        pixels.write(ops=ops, file=str(tmp_path / "out.exr"), channels=channels, raw=True)
        assert sorted(read_masks(tmp_path / "out.exr").channels) == names
    np.testing.assert_array_equal(read_masks(tmp_path / "out.exr").channels["hair.alpha"], PICTURE[..., 1])
    with pytest.raises(PixelsError, match="No channels selected"):
        pixels.write(ops=ops, file=str(tmp_path / "out.exr"), channels="face", raw=True)


def test_a_written_layer_comes_back_under_its_name(pixels: Pixels, plate: Path, tmp_path: Path) -> None:
    ops = [read(1, plate), op(2, "Copy", 1, 1, from0="rgba.green", to0="hair.alpha")]
    pixels.write(ops=ops, file=str(tmp_path / "out.exr"), channels="hair", raw=True)
    assert pixels.validate([read(1, tmp_path / "out.exr")])["channels"] == ["hair.alpha"]


def test_two_renders_of_the_same_pixels_differ_in_their_bytes(
    pixels: Pixels, plate: Path, tmp_path: Path
) -> None:
    for name in ("one.exr", "two.exr"):
        pixels.write(ops=[read(1, plate)], file=str(tmp_path / name), raw=True)
    one, two = (read_masks(tmp_path / name) for name in ("one.exr", "two.exr"))
    assert (tmp_path / "one.exr").read_bytes() != (tmp_path / "two.exr").read_bytes()
    assert one.header["nuke/node_hash"] != two.header["nuke/node_hash"]
    assert one.header["capDate"]
    np.testing.assert_array_equal(one.channels["R"], two.channels["R"])


def test_overscan_is_written_without_the_reads_border(pixels: Pixels, tmp_path: Path) -> None:
    plate = write_pixels(tmp_path / "plate.exr", PICTURE, at=(-2, -1), display=(0, 0, 8, 5))
    pixels.write(ops=[read(1, plate)], file=str(tmp_path / "out.exr"), raw=True)
    found = read_masks(tmp_path / "out.exr")
    assert (found.data, found.display) == ((-2, -1, 12, 8), (0, 0, 8, 5))
    np.testing.assert_array_equal(found.channels["B"], PICTURE[..., 2])


def test_proxy_scale_takes_the_nearest_pixels(pixels: Pixels, plate: Path, tmp_path: Path) -> None:
    pixels.write(ops=[read(1, plate)], file=str(tmp_path / "out.exr"), scale=0.5, raw=True)
    found = read_masks(tmp_path / "out.exr")
    assert found.display == found.data == (0, 0, 6, 4)
    assert found.header["pixelAspectRatio"] == 2.0
    # of each two by two the upper right one: the nearest to the middle, where y runs up
    np.testing.assert_array_equal(found.channels["R"], PICTURE[0::2, 1::2, 0])


def test_a_colour_space_is_applied_unless_raw(pixels: Pixels, plate: Path, tmp_path: Path) -> None:
    ops = [op(1, "Constant", color=[0.21404114, 0, 1, 0.5], channels="rgba", format=[4, 4, 1])]
    out = tmp_path / "out.exr"
    settings = {"channels": "rgba", "datatype": "32 bit float", "colorspace": "sRGB"}
    pixels.write(ops=ops, file=str(out), **settings)
    found = read_masks(out).channels
    assert found["R"][0, 0] == pytest.approx(0.5, abs=1e-5)
    assert found["A"][0, 0] == 0.5
    pixels.write(ops=ops, file=str(out), raw=True, **settings)
    assert read_masks(out).channels["R"][0, 0] == np.float32(0.21404114)
    back = read(1, out, raw=False, colorspace="linear")
    assert pixels.sample([back], "rgba.red", 0, 0) == pytest.approx(0.21404114)


def test_what_can_not_be_written_leaves_the_old_file(pixels: Pixels, plate: Path, tmp_path: Path) -> None:
    ops = [read(1, plate)]
    with pytest.raises(PixelsError, match=r"nowhere.out\.exr: No such file or directory"):
        pixels.write(ops=ops, file=str(tmp_path / "nowhere" / "out.exr"))
    with pytest.raises(PixelsError, match=r"writes \.exr files only"):
        pixels.write(ops=ops, file=str(tmp_path / "out.png"))
    with pytest.raises(PixelsError, match="compression 'best' is none of"):
        pixels.write(ops=ops, file=str(plate), compression="best")
    with pytest.raises(PixelsError, match="datatype '8 bit' is none of"):
        pixels.write(ops=ops, file=str(plate), datatype="8 bit")
    missing = read(1, tmp_path / "missing.exr")
    with pytest.raises(PixelsError, match="missing") as caught:
        pixels.write(ops=[missing], file=str(plate))
    assert caught.value.missing
    assert [path.name for path in tmp_path.iterdir()] == ["plate.exr"]
    np.testing.assert_array_equal(read_masks(plate).channels["R"], PICTURE[..., 0])


def test_a_folder_that_stands_where_the_file_should_is_an_error(
    pixels: Pixels, plate: Path, tmp_path: Path
) -> None:
    (tmp_path / "out.exr").mkdir()
    with pytest.raises(PixelsError, match=r"out\.exr: "):
        pixels.write(ops=[read(1, plate)], file=str(tmp_path / "out.exr"))
    assert not list(tmp_path.glob("*.tmp"))
