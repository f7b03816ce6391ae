"""Upsampling: what holds for any planes at any size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from m2fp_server.mattes.upsample import BAND_ROWS, rounded_down, upsampled_bands, with_margins

Planes = NDArray[np.float32]
Image = NDArray[np.float16]

STEP = 1 / 2048
"""Half's own step just below 1: what rounding down may take away."""
FLOAT = 2.0**-16
"""Room for float32's last bits in where a pixel's centre lies on a grid of 24 cells."""

# However slow the machine is today.
at_leisure = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

sizes = st.tuples(st.integers(1, 150), st.integers(1, 150))


@st.composite
def planes(draw: st.DrawFn) -> Planes:
    """``(L, gh, gw)``, 0 to 1, summing to at most 1; with layers that are 0 and pixels that are solid."""
    count, height, width = draw(st.integers(1, 6)), draw(st.integers(1, 24)), draw(st.integers(1, 24))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    # Low powers give ties, high ones give pixels that belong to one part alone, as a network's do.
    weights = random.random((count + 1, height, width)) ** draw(st.sampled_from([0.1, 1, 20, 400]))
    weights[0] += 1e-9
    made = np.asarray(weights / weights.sum(0), np.float32)[1:]
    made[random.random(count) < 0.2] = 0
    return np.where(made.sum(0) > 1, made * np.float32(0.999), made)


def upsampled(given_planes: Planes, width: int, height: int, rows: int = BAND_ROWS) -> Image:
    """All bands as ``(height, width, L)``."""
    bands = list(upsampled_bands(given_planes, width, height, rows))
    assert all(len(band) <= rows for band in bands)
    return np.concatenate(bands)


@at_leisure
@given(planes(), sizes)
def test_values_stay_in_0_to_1_and_parts_sum_to_at_most_1(made: Planes, size: tuple[int, int]) -> None:
    image = upsampled(made, *size)
    assert image.shape == (size[1], size[0], len(made))
    assert image.dtype == np.float16
    assert image.min() >= 0
    assert image.max() <= 1
    assert image.astype(np.float64).sum(2).max() <= 1


@at_leisure
@given(planes(), sizes)
def test_it_is_a_bilinear_resize_of_the_whole(made: Planes, size: tuple[int, int]) -> None:
    """As OpenCV does it, to within half's step, rounded down and never up."""
    image = upsampled(made, *size)
    for index, plane in enumerate(made):
        whole = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), np.float64)
        whole = whole.reshape(size[1], size[0])
        difference = whole - image[:, :, index].astype(np.float64)
        assert difference.max() <= STEP + FLOAT
        assert difference.min() >= -FLOAT


@at_leisure
@given(planes(), sizes, st.integers(1, 200))
def test_the_size_of_bands_changes_nothing(made: Planes, size: tuple[int, int], rows: int) -> None:
    """But the last bit of OpenCV's arithmetic, which may be the one that decides about rounding."""
    whole, banded = (upsampled(made, *size, rows=each).astype(np.float64) for each in (BAND_ROWS, rows))
    np.testing.assert_allclose(banded, whole, atol=STEP, rtol=0)


@at_leisure
@given(planes(), sizes)
def test_a_layer_is_the_same_whichever_others_are_asked_for(made: Planes, size: tuple[int, int]) -> None:
    together = upsampled(made, *size)
    for index in range(len(made)):
        np.testing.assert_array_equal(
            upsampled(made[index : index + 1], *size)[:, :, 0], together[:, :, index]
        )


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_flat_plane_stays_as_flat_as_it_was(value: float) -> None:
    image = upsampled(np.full((1, 80, 45), value, np.float32), 1080, 1921)
    assert (image == value).all()


@at_leisure
@given(arrays(np.float32, st.integers(1, 50), elements=st.floats(0, 1, width=32)))
def test_rounding_down_never_rounds_up_nor_loses_more_than_a_step(values: NDArray[np.float32]) -> None:
    difference = values.astype(np.float64) - rounded_down(values).astype(np.float64)
    assert difference.min() >= 0
    assert difference.max() < STEP


def test_rounding_keeps_0_and_1() -> None:
    np.testing.assert_array_equal(rounded_down(np.array([0, 1], np.float32)), [0, 1])


@pytest.mark.parametrize(
    "margins",
    [
        pytest.param({}, id="none"),
        pytest.param({"left": 3}, id="left"),
        pytest.param({"right": 2}, id="right"),
        pytest.param({"above": 5}, id="above"),
        pytest.param({"below": 2 * BAND_ROWS + 1}, id="below, more than a band"),
        pytest.param({"left": 1, "right": 2, "above": 3, "below": 4}, id="all around"),
    ],
)
def test_margins_place_the_picture_in_a_frame_of_zeros(margins: dict[str, Any]) -> None:
    around = {"left": 0, "right": 0, "above": 0, "below": 0} | margins
    picture = np.random.default_rng(2).random((10, 7, 2)).astype(np.float16)
    frame = np.concatenate(list(with_margins(in_bands(picture, 4), **around, width=7)))
    expected = np.pad(
        picture, ((around["above"], around["below"]), (around["left"], around["right"]), (0, 0))
    )
    np.testing.assert_array_equal(frame, expected)


def in_bands(picture: Image, rows: int) -> Iterator[Image]:
    return (picture[top : top + rows] for top in range(0, len(picture), rows))
