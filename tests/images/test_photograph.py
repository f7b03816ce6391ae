from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenEXR
import OpenImageIO
import pytest
from numpy.typing import NDArray

from m2fp_host.errors import BadImage
from m2fp_server.images.exr_reader import read_plate
from m2fp_server.images.photograph import plate_from_photograph
from m2fp_server.images.picture import picture_of

RNG = np.random.default_rng(2)
SMOOTH = cv2.GaussianBlur(RNG.random((24, 36, 3)), (0, 0), 4)
PICTURE = ((SMOOTH - SMOOTH.min()) / (SMOOTH.max() - SMOOTH.min())).astype(np.float32)


def save(path: Path, pixels: NDArray[Any], kind: Any, **attributes: Any) -> Path:
    height, width, channels = pixels.shape
    spec = OpenImageIO.ImageSpec(width, height, channels, kind)
    for key, value in attributes.items():
        spec.attribute(key.replace("__", ":"), value)
    file = OpenImageIO.ImageOutput.create(str(path))
    assert file is not None
    assert file.open(str(path), spec), file.geterror()
    assert file.write_image(np.ascontiguousarray(pixels))
    assert file.close()
    return path


def shown(path: Path, size: tuple[int, int]) -> NDArray[np.float32]:
    """The display picture of the plate at ``path``: what the photograph showed."""
    return picture_of(read_plate(path), size, exposure=0.0).pixels


@pytest.mark.parametrize(
    ("ending", "kind", "tolerance"),
    [
        ("png", OpenImageIO.UINT8, 0.004),
        ("png", OpenImageIO.UINT16, 0.001),
        ("tif", OpenImageIO.UINT8, 0.004),
        ("tif", OpenImageIO.UINT16, 0.001),
        ("jpg", OpenImageIO.UINT8, 0.06),
    ],
)
def test_encoded_pictures_come_back_as_they_looked(
    tmp_path: Path, ending: str, kind: Any, tolerance: float
) -> None:
    path = save(tmp_path / f"a.{ending}", PICTURE, kind)
    plate_from_photograph(path, tmp_path / "out.exr")
    np.testing.assert_allclose(shown(tmp_path / "out.exr", (36, 24)), PICTURE, atol=tolerance)
    with OpenEXR.File(str(tmp_path / "out.exr")) as file:
        assert file.header()["colorInteropID"] == "lin_rec709_scene"
        assert file.channels()["RGB"].pixels.dtype == np.float16


def test_a_float_tiff_is_linear_already(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tif", PICTURE * 8, OpenImageIO.FLOAT)
    plate_from_photograph(path, tmp_path / "out.exr")
    np.testing.assert_allclose(read_plate(tmp_path / "out.exr").pixels, PICTURE * 8, rtol=1e-3, atol=1e-4)


def test_grey(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", PICTURE[..., :1], OpenImageIO.UINT8)
    plate_from_photograph(path, tmp_path / "out.exr")
    display = shown(tmp_path / "out.exr", (36, 24))
    np.testing.assert_allclose(display, PICTURE[..., :1].repeat(3, axis=2), atol=0.004)


def test_alpha_is_multiplied_in(tmp_path: Path) -> None:
    rgba = np.dstack([PICTURE, np.full((24, 36), 0.5, np.float32)])
    path = save(tmp_path / "a.png", rgba, OpenImageIO.UINT16, oiio__UnassociatedAlpha=1)
    plate_from_photograph(path, tmp_path / "out.exr")
    plate = read_plate(tmp_path / "out.exr")
    assert plate.alpha is not None
    np.testing.assert_allclose(plate.alpha, 0.5, atol=1e-3)
    straight = picture_of(plate, (36, 24), exposure=0.0, unpremult=True)
    np.testing.assert_allclose(straight.pixels, PICTURE, atol=0.002)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_agrees_with_openimageios_own(tmp_path: Path, orientation: int) -> None:
    path = save(tmp_path / "a.tif", PICTURE, OpenImageIO.UINT16, Orientation=orientation)
    plate_from_photograph(path, tmp_path / "out.exr")
    upright = OpenImageIO.ImageBufAlgo.reorient(OpenImageIO.ImageBuf(str(path)))
    expected = np.asarray(upright.get_pixels(OpenImageIO.FLOAT), np.float32)
    height, width = expected.shape[:2]
    np.testing.assert_allclose(shown(tmp_path / "out.exr", (width, height)), expected, atol=0.001)


def test_the_ending_does_not_matter(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", PICTURE, OpenImageIO.UINT8).rename(tmp_path / "a.jpeg")
    plate_from_photograph(path, tmp_path / "out.exr")
    assert read_plate(tmp_path / "out.exr").pixels.shape == (24, 36, 3)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "neither JPEG, PNG nor TIFF"),
        (b"GIF89a" + bytes(50), "neither JPEG, PNG nor TIFF"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "can't be decoded"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "can't be decoded"),
        (b"II*\0" + bytes(50), "can't be decoded"),
    ],
)
def test_rubbish_is_one_clear_error(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(BadImage, match=rf"a\.png: {words}"):
        plate_from_photograph(path, tmp_path / "out.exr")
    assert [found.name for found in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_a_truncated_picture(tmp_path: Path, ending: str) -> None:
    path = save(tmp_path / f"a.{ending}", PICTURE, OpenImageIO.UINT8)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadImage, match=f"a.{ending}"):
        plate_from_photograph(path, tmp_path / "plate.exr")
    assert not (tmp_path / "plate.exr").exists()


def test_a_photograph_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match="can't be read"):
        plate_from_photograph(tmp_path / "gone.jpg", tmp_path / "out.exr")
