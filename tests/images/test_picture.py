from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from m2fp_host.errors import BadRequest
from m2fp_server.images.picture import picture_of, resize_to_picture, unpremultiply
from m2fp_server.images.plate import Plate
from m2fp_server.images.window import Window


def plate(pixels: NDArray[np.float32], alpha: NDArray[np.float32] | None = None) -> Plate:
    window = Window(0, 0, pixels.shape[1], pixels.shape[0])
    return Plate(pixels, alpha, window, window, file_name="a.exr")


def test_shrinking_is_the_mean_of_the_light() -> None:
    pixels = np.random.default_rng(1).random((60, 90, 3)).astype(np.float32)
    small = resize_to_picture(pixels, 30, 20)
    expected = pixels.reshape(20, 3, 30, 3, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(small, expected, atol=1e-5)


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 50), st.integers(1, 50))
def test_any_size_to_any_size_keeps_a_flat_picture_flat(
    rows: int, columns: int, width: int, height: int
) -> None:
    pixels = np.full((rows, columns, 3), 0.25, np.float32)
    small = resize_to_picture(pixels, width, height)
    assert small.shape == (height, width, 3)
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, 0.25, atol=1e-6)


def test_one_firefly_does_not_whiten_its_cell() -> None:
    pixels = np.full((640, 640, 3), 0.18, np.float32)
    pixels[100, 100] = 65504.0
    pixels[200, 200] = -65504.0
    before = pixels.copy()
    small = resize_to_picture(pixels, 64, 64)
    assert small.max() < 0.4
    assert small.min() > 0.0
    np.testing.assert_array_equal(pixels, before)


def test_a_plate_in_physical_units_keeps_its_contrast() -> None:
    pixels = np.full((64, 64, 3), 500.0, np.float32)
    pixels[:, 32:] = 2000.0
    small = resize_to_picture(pixels, 8, 8)
    assert small.max() == pytest.approx(2000)
    assert small.min() == pytest.approx(500)


def test_unpremultiply() -> None:
    alpha = np.array([[1.0, 0.5, 0.0, -0.5, 1e-6]], np.float32)
    pixels = np.full((1, 5, 3), 0.25, np.float32)
    straight = unpremultiply(pixels, alpha)
    assert straight.dtype == np.float32
    np.testing.assert_allclose(straight[0, :, 0], [0.25, 0.5, 0.25, 0.25, 0.25])


def test_the_picture_of_a_premultiplied_plate() -> None:
    alpha = np.full((32, 32), 0.5, np.float32)
    pixels = np.full((32, 32, 3), 0.09, np.float32)
    straight = picture_of(plate(pixels, alpha), (8, 8), exposure=0.0, unpremult=True)
    expected = picture_of(plate(pixels * 2), (8, 8), exposure=0.0)
    np.testing.assert_allclose(straight.pixels, expected.pixels, atol=1e-5)
    without = picture_of(plate(pixels), (8, 8), exposure=0.0, unpremult=True)
    assert without.pixels.mean() < straight.pixels.mean()


def test_a_picture_says_how_it_came_about() -> None:
    picture = picture_of(plate(np.full((32, 48, 3), 0.09, np.float32)), (24, 16), exposure="auto")
    assert picture.pixels.shape == (16, 24, 3)
    assert picture.colour_space == "Linear Rec.709 (sRGB)"
    assert picture.exposure == pytest.approx(1.0)
    assert picture.evidence == "nothing in the file says otherwise"
    with pytest.raises(BadRequest):
        picture_of(plate(np.zeros((4, 4, 3), np.float32)), (4, 4), colour_space="nonsense")
