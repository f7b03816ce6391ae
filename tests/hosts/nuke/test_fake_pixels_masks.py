"""Masks that the product wrote, as the fake Nuke reads them: names, windows and values."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hosts.nuke.fake_nuke.pixels.client import Pixels
from hosts.nuke.pixel_ops import op, planes, read
from m2fp_server.images.layered_exr import write_layered
from m2fp_server.images.window import Window
from support.exr import read_masks, write_pixels

LAYERS = ("hair", "left_arm", "person")
NAMES = [f"{layer}.alpha" for layer in LAYERS]
DISPLAY = Window(0, 0, 20, 12)


@pytest.fixture(scope="module")
def pixels() -> Iterator[Pixels]:
    with Pixels(sys.executable) as one:
        yield one


def write_masks(path: Path, data: Window, seed: int = 3) -> np.ndarray[tuple[int, ...], np.dtype[np.float16]]:
    values = np.random.default_rng(seed).random((data.height, data.width, len(LAYERS))).astype(np.float16)
    write_layered(
        path,
        [f"{layer}.A" for layer in LAYERS],
        [values],
        data_window=data,
        display_window=DISPLAY,
        pixel_aspect=2.0,
        metadata={"m2fp/engine": "builtin", "cryptomatte/ab12cd3/name": "person"},
    )
    return values


def test_each_part_is_a_layer_with_its_exact_pixels(pixels: Pixels, tmp_path: Path) -> None:
    values = write_masks(tmp_path / "masks.1001.exr", DISPLAY)
    masks = read(1, tmp_path / "masks.1001.exr")
    found = pixels.validate([masks])
    assert sorted(found["channels"]) == NAMES
    assert found["format"] == [20, 12, 2.0]
    assert found["bbox"] == [0, 0, 20, 12]
    stored = planes(pixels, [masks], NAMES, tmp_path)
    for index, name in enumerate(NAMES):
        np.testing.assert_array_equal(stored[name], values[..., index], err_msg=name)


def test_metadata_has_nukes_keys(pixels: Pixels, tmp_path: Path) -> None:
    path = tmp_path / "masks.1001.exr"
    write_masks(path, DISPLAY)
    metadata = pixels.validate([read(1, path)])["metadata"]
    assert metadata["input/filename"] == str(path)
    assert (metadata["input/width"], metadata["input/height"]) == (20, 12)
    assert metadata["exr/m2fp/engine"] == "builtin"
    assert metadata["exr/cryptomatte/ab12cd3/name"] == "person"
    assert metadata["exr/colorInteropID"] == "data"


def test_overscan_keeps_its_place_and_gains_a_black_border(pixels: Pixels, tmp_path: Path) -> None:
    data = Window(-3, -2, 25, 15)
    values = write_masks(tmp_path / "masks.exr", data)
    masks = read(1, tmp_path / "masks.exr")
    # y up: the data window's lower edge is at 12 - 13 = -1
    assert pixels.validate([masks])["bbox"] == [-4, -2, 23, 15]
    whole = planes(pixels, [masks], NAMES, tmp_path, "bbox")["hair.alpha"]
    np.testing.assert_array_equal(whole[1:-1, 1:-1], values[..., 0])
    assert not whole[0].any()
    assert not whole[:, -1].any()
    inside = planes(pixels, [masks], NAMES, tmp_path)["hair.alpha"]
    np.testing.assert_array_equal(inside, values[2:14, 3:23, 0])


def test_the_gizmos_way_from_masks_to_a_matte_in_a_file(pixels: Pixels, tmp_path: Path) -> None:
    """Copy of one part to alpha over a plate with overscan, then a Write: a second reader finds it."""
    data = Window(-3, -2, 25, 15)
    values = write_masks(tmp_path / "masks.exr", data)
    plate = np.random.default_rng(5).random((15, 25, 3)).astype(np.float16)
    write_pixels(tmp_path / "plate.exr", plate, at=(-3, -2), display=(0, 0, 20, 12), pixel_aspect=2.0)
    ops = [
        read(1, tmp_path / "plate.exr"),
        read(2, tmp_path / "masks.exr"),
        op(3, "Copy", 1, 2, from0="left_arm.alpha", to0="rgba.alpha"),
    ]
    out = tmp_path / "out.exr"
    pixels.write(ops=ops, file=str(out), channels="rgba", raw=True)
    found = read_masks(out)
    assert found.data == (-3, -2, 25, 15)
    assert found.display == (0, 0, 20, 12)
    assert found.header["pixelAspectRatio"] == 2.0
    assert sorted(found.channels) == ["A", "B", "G", "R"]
    np.testing.assert_array_equal(found.channels["A"], values[..., 1])
    np.testing.assert_array_equal(found.channels["G"], plate[..., 1])
