"""Plates of every kind that hosts write, made by the OpenEXR package, by OpenImageIO and by hand."""

from __future__ import annotations

import math
import os
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import OpenImageIO
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from images.handmade import Plane, header, rgb, scanline_file, start
from m2fp_host.errors import BadImage, BadRequest
from m2fp_server.images.exr_reader import read_plate
from m2fp_server.images.plate import LARGEST_HALF
from m2fp_server.images.window import Window

WIDTH, HEIGHT = 41, 300  # more than one band of the reader

RNG = np.random.default_rng(3)
RAMP = RNG.random((HEIGHT, WIDTH)).astype(np.float32)
RAMPS = [RAMP * (index + 1) for index in range(5)]


def write(path: Path, channels: dict[str, Any], **header: Any) -> Path:
    """A scanline file by the OpenEXR package."""
    told = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **header}
    with OpenEXR.File(told, channels) as file:
        file.write(str(path))
    return path


def write_parts(path: Path, *parts: tuple[dict[str, Any], dict[str, Any]]) -> Path:
    made = [OpenEXR.Part({"type": OpenEXR.scanlineimage, **header}, channels) for header, channels in parts]
    with OpenEXR.File(made) as file:
        file.write(str(path))
    return path


def planes(*names: str, dtype: Any = np.float32) -> dict[str, Any]:
    """``names`` with a different picture each, in their order."""
    return {name: RAMPS[index].astype(dtype) for index, name in enumerate(names)}


def stacked(dtype: Any = np.float32) -> NDArray[np.float32]:
    """The pixels expected of ``planes("R", "G", "B")``."""
    return np.dstack(RAMPS[:3]).astype(dtype).astype(np.float32)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize(
    "compression", ["NO", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "B44", "B44A", "DWAA", "DWAB"]
)
def test_compressions_and_types(tmp_path: Path, compression: str, dtype: Any) -> None:
    told = getattr(OpenEXR, f"{compression}_COMPRESSION")
    path = write(tmp_path / "a.exr", planes("R", "G", "B", "A", dtype=dtype), compression=told)
    plate = read_plate(path)
    assert plate.pixels.dtype == np.float32
    assert plate.pixels.shape == (HEIGHT, WIDTH, 3)
    assert plate.alpha is not None
    with OpenEXR.File(str(path)) as file:  # some of these lose precision: the other reader decodes the same
        second = file.channels()["RGBA"].pixels
    np.testing.assert_array_equal(plate.pixels, second[..., :3])
    np.testing.assert_array_equal(plate.alpha, second[..., 3])
    if compression in ("NO", "RLE", "ZIPS", "ZIP", "PIZ"):
        np.testing.assert_array_equal(plate.pixels, stacked(dtype))
    assert plate.warnings == ()


def test_uint_channels_are_plain_numbers(tmp_path: Path) -> None:
    values = (RAMP * 255).astype(np.uint32)
    plate = read_plate(write(tmp_path / "a.exr", {"R": values, **planes("G", "B")}))
    np.testing.assert_allclose(plate.pixels[..., 0], values, rtol=1e-6)
    np.testing.assert_array_equal(plate.pixels[..., 2], RAMPS[1])


def test_mixed_types_and_other_channels(tmp_path: Path) -> None:
    channels = planes("R", "G", "B") | {"Z": RAMP, "A": RAMP.astype(np.float16), "depth.Z": RAMP}
    plate = read_plate(write(tmp_path / "a.exr", channels))
    np.testing.assert_array_equal(plate.pixels, stacked())
    assert plate.alpha is not None


def test_channels_far_apart_among_200(tmp_path: Path) -> None:
    channels = {f"l{index:03d}.Z": RAMP for index in range(200)}
    channels |= planes("far.red", "far.green", "far.blue")
    plate = read_plate(write(tmp_path / "a.exr", channels), layer="far")
    np.testing.assert_array_equal(plate.pixels, stacked())


@pytest.mark.parametrize("levels", ["one", "mip-mapped"])
def test_tiled(tmp_path: Path, levels: str) -> None:
    path = tmp_path / "a.exr"
    buffer = OpenImageIO.ImageBuf(stacked())
    if levels == "one":
        buffer.set_write_tiles(32, 16)
        buffer.specmod().x, buffer.specmod().y = -5, -9
        assert buffer.write(str(path))
    else:
        spec = OpenImageIO.ImageSpec()
        spec.attribute("maketx:filtername", "box")
        assert OpenImageIO.ImageBufAlgo.make_texture(OpenImageIO.MakeTxTexture, buffer, str(path), spec)
    np.testing.assert_array_equal(read_plate(path).pixels, stacked())


@given(
    st.tuples(st.integers(-300, 300), st.integers(-300, 300), st.integers(1, 70), st.integers(1, 70)),
    st.tuples(st.integers(-300, 300), st.integers(-300, 300), st.integers(1, 70), st.integers(1, 70)),
)
def test_any_windows(tmp_path_factory: pytest.TempPathFactory, data: Any, display: Any) -> None:
    data_window, display_window = Window(*data), Window(*display)
    path = tmp_path_factory.getbasetemp() / "windows.exr"
    path.write_bytes(
        scanline_file(
            rgb(data_window.width, data_window.height), data_window.corners, display=display_window.corners
        )
    )
    plate = read_plate(path)
    assert (plate.data_window, plate.display_window) == (data_window, display_window)
    assert plate.pixels.shape == (data_window.height, data_window.width, 3)
    assert (plate.pixels == 0.5).all()


def test_a_named_layer(tmp_path: Path) -> None:
    channels = planes("beauty.R", "beauty.G", "beauty.B", "beauty.A") | {"R": RAMP, "G": RAMP, "B": RAMP}
    plate = read_plate(write(tmp_path / "a.exr", channels), layer="beauty")
    np.testing.assert_array_equal(plate.pixels, stacked())
    assert plate.alpha is not None
    np.testing.assert_array_equal(plate.alpha, RAMPS[3])


def test_an_absent_layer_lists_those_there(tmp_path: Path) -> None:
    channels = planes("beauty.R", "beauty.G", "beauty.B") | {"R": RAMP, "G": RAMP, "B": RAMP, "depth.Z": RAMP}
    path = write(tmp_path / "a.exr", channels)
    with pytest.raises(BadRequest, match=r"a\.exr: no layer 'spec'.*: layers in this file: plain.*, beauty$"):
        read_plate(path, layer="spec")


def test_blender_multilayer_takes_combined_and_says_so(tmp_path: Path) -> None:
    channels = {f"ViewLayer.AO.{c}": RAMP for c in "RGB"} | {f"ViewLayer.Crypto00.{c}": RAMP for c in "RGBA"}
    channels |= planes(*(f"ViewLayer.Combined.{c}" for c in "RGBA"))
    plate = read_plate(write(tmp_path / "a.exr", channels))
    np.testing.assert_array_equal(plate.pixels, stacked())
    assert "'ViewLayer.Combined'" in plate.warnings[0]
    assert "1 other layers" in plate.warnings[0]


def test_the_only_layer(tmp_path: Path) -> None:
    plate = read_plate(write(tmp_path / "a.exr", planes("x.R", "x.G", "x.B")))
    np.testing.assert_array_equal(plate.pixels, stacked())
    assert plate.warnings == ("no plain R, G, B: the layer 'x' was read",)


def test_multi_part_takes_the_first_with_rgb(tmp_path: Path) -> None:
    path = write_parts(
        tmp_path / "a.exr",
        ({"name": "depth"}, {"Z": RAMP}),
        ({"name": "beauty"}, planes("R", "G", "B")),
        ({"name": "other"}, {"R": RAMP, "G": RAMP, "B": RAMP}),
    )
    plate = read_plate(path)
    np.testing.assert_array_equal(plate.pixels, stacked())
    assert plate.warnings == ("part 2 of 3 ('beauty') was read",)
    np.testing.assert_array_equal(read_plate(path, layer="other").pixels[..., 2], RAMP)
    with pytest.raises(BadRequest, match="layers in this file: beauty, other"):
        read_plate(path, layer="depth")


def test_multi_view(tmp_path: Path) -> None:
    channels = planes("R", "G", "B") | {f"right.{c}": RAMP for c in "RGB"}
    path = write(tmp_path / "a.exr", channels, multiView=["left", "right"])
    np.testing.assert_array_equal(read_plate(path).pixels, stacked())
    np.testing.assert_array_equal(read_plate(path, layer="right").pixels[..., 1], RAMP)


def test_grey(tmp_path: Path) -> None:
    plate = read_plate(write(tmp_path / "a.exr", {"Y": RAMP}))
    for channel in range(3):
        np.testing.assert_array_equal(plate.pixels[..., channel], RAMP)
    assert plate.warnings == ("only Y: the plate was read as a grey picture",)


def test_luma_chroma_and_the_global_it_needs_is_put_back(tmp_path: Path) -> None:
    luma = np.full((20, 24), 0.5, np.float16)
    chroma = np.zeros((10, 12), np.float16)
    path = tmp_path / "a.exr"
    path.write_bytes(
        scanline_file([Plane("BY", chroma, 2), Plane("RY", chroma, 2), Plane("Y", luma)], (0, 0, 23, 19))
    )
    before = OpenImageIO.get_int_attribute("openexr:core")
    plate = read_plate(path)
    np.testing.assert_allclose(plate.pixels, 0.5, atol=1e-3)
    assert OpenImageIO.get_int_attribute("openexr:core") == before


def test_depth_alone_is_no_plate(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match=r"d\.exr: no R, G, B to read; the channels are Z, id\.X"):
        read_plate(write(tmp_path / "d.exr", {"Z": RAMP, "id.X": RAMP}))


def test_subsampled_colour_is_refused(tmp_path: Path) -> None:
    half = Plane("B", np.zeros((8, 8), np.float16), 2)
    path = tmp_path / "a.exr"
    path.write_bytes(scanline_file([half, *rgb()[1:]], (0, 0, 15, 15)))
    with pytest.raises(BadImage, match="channel 'B' is subsampled"):
        read_plate(path)


@pytest.mark.parametrize("aspect", [0.0, math.nan, 1e9, -1.0, math.inf, 1e5])
def test_nonsense_pixel_aspect_becomes_1(tmp_path: Path, aspect: float) -> None:
    path = tmp_path / "a.exr"
    path.write_bytes(scanline_file(rgb(), (0, 0, 15, 15), pixel_aspect=aspect))
    plate = read_plate(path)
    assert plate.pixel_aspect == 1.0
    assert "pixel aspect ratio" in plate.warnings[0]
    assert (plate.pixels == 0.5).all()


def test_anamorphic(tmp_path: Path) -> None:
    assert (
        read_plate(write(tmp_path / "a.exr", planes("R", "G", "B"), pixelAspectRatio=2.0)).pixel_aspect == 2
    )


def test_nan_and_infinities_are_replaced_and_counted(tmp_path: Path) -> None:
    red, alpha = RAMP.copy(), RAMP.copy()
    red[0, :3] = math.nan
    red[280, 0], red[280, 1], alpha[5, 5] = math.inf, -math.inf, math.nan
    plate = read_plate(write(tmp_path / "a.exr", {**planes("G", "B"), "R": red, "A": alpha}))
    assert plate.warnings == ("4 NaN values were read as 0", "2 infinite values were read as 65504")
    assert (plate.pixels[0, :3, 0] == 0).all()
    assert list(plate.pixels[280, :2, 0]) == [LARGEST_HALF, -LARGEST_HALF]
    assert plate.alpha is not None
    assert plate.alpha[5, 5] == 0


def test_all_nan_is_black(tmp_path: Path) -> None:
    empty = np.full((8, 8), math.nan, np.float32)
    plate = read_plate(write(tmp_path / "a.exr", {"R": empty, "G": empty, "B": empty}))
    assert not plate.pixels.any()


def test_only_the_headers_own_colour_facts(tmp_path: Path) -> None:
    chromaticities = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)
    told = {"chromaticities": chromaticities, "colorInteropID": "lin_ap1_scene", "owner": "somebody"}
    plate = read_plate(write(tmp_path / "a.exr", planes("R", "G", "B"), **told))
    assert set(plate.attributes) == {"chromaticities", "colorInteropID"}
    assert plate.attributes["chromaticities"] == pytest.approx(chromaticities)
    assert not read_plate(write(tmp_path / "b.exr", planes("R", "G", "B"))).attributes


def test_the_name_given_is_the_name_in_messages(tmp_path: Path) -> None:
    spooled = tmp_path / "0123abcd"
    spooled.write_bytes(write(tmp_path / "a.exr", planes("R", "G", "B")).read_bytes())
    assert read_plate(spooled, name="sh010.1001.exr").file_name == "sh010.1001.exr"
    with pytest.raises(BadRequest, match=r"^sh010\.1001\.exr: "):
        read_plate(spooled, name="sh010.1001.exr", layer="x")


@pytest.mark.parametrize("name", ["plate.EXR", "plate", "plate.exr?a=b", "plate.1001", "a b%04d é.exr"])
def test_any_file_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(scanline_file(rgb(), (0, 0, 15, 15)))
    assert (read_plate(path).pixels == 0.5).all()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
def test_a_descriptor_by_its_path() -> None:
    descriptor = os.memfd_create("plate")
    try:
        os.write(descriptor, scanline_file(rgb(), (0, 0, 15, 15)))
        assert (read_plate(f"/proc/self/fd/{descriptor}", name="plate.exr").pixels == 0.5).all()
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("tile", [0, 32])
def test_truncated_says_how_many_scanlines_are_left(tmp_path: Path, tile: int) -> None:
    path = tmp_path / "a.exr"
    buffer = OpenImageIO.ImageBuf(stacked())
    if tile:
        buffer.set_write_tiles(tile, tile)
    assert buffer.write(str(path))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadImage, match=rf"a\.exr: truncated .* first (\d+) of {HEIGHT} scanlines") as caught:
        read_plate(path)
    left = int(str(caught.value).split(" first ")[1].split()[0])
    assert HEIGHT // 4 < left <= HEIGHT // 2


def test_a_missing_last_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.exr"
    path.write_bytes(scanline_file(rgb(), (0, 0, 15, 15))[:-1])
    with pytest.raises(BadImage, match="only the first 15 of 16 scanlines"):
        read_plate(path)


def test_a_header_without_pixels(tmp_path: Path) -> None:
    path = tmp_path / "a.exr"
    path.write_bytes(start() + header() + struct.pack("<16Q", *[0] * 16))
    with pytest.raises(BadImage):
        read_plate(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match=r"gone\.exr: can't be read \(No such file"):
        read_plate(tmp_path / "gone.exr")
