"""Sizes of pictures, and where they lie in what the network looks at."""

from __future__ import annotations

import math

import pytest

from m2fp_server.engines.m2fp import SEVERAL, SINGLE
from m2fp_server.engines.m2fp.framing import CELL, Frame, Framing
from m2fp_server.network.m2fp import STRIDE

FRAMINGS = {"several people": SEVERAL.framing, "one person": SINGLE.framing}

PLATES = [
    (1920, 1080),
    (3840, 2160),
    (4096, 2160),
    (1080, 1920),
    (1024, 1024),
    (1, 10000),
    (10000, 1),
    (3, 5),
    (5, 3),
    (1, 1),
    (31, 31),
    (640, 1333),
    (1828, 1332.5),
    (2.5, 1.25),
]
"""Width, height; fractions come from pixels that are not square."""

RESOLUTIONS = (0.5, 0.73, 1.0, 1.3, 2.0)


@pytest.mark.parametrize(
    ("plate", "resolution", "expected"),
    [
        ((1920, 1080), 1.0, (1136, 640)),
        ((3840, 2160), 1.0, (1136, 640)),
        ((4096, 2160), 1.0, (1212, 640)),
        ((1080, 1920), 1.0, (640, 1136)),
        ((1024, 1024), 1.0, (640, 640)),
        ((1920, 1080), 0.5, (568, 320)),
        ((1920, 1080), 2.0, (2276, 1280)),
        ((1000, 3000), 1.0, (444, 1332)),
        ((1, 10000), 1.0, (4, 1332)),
        ((10000, 1), 0.5, (668, 4)),
        ((3, 5), 1.0, (640, 1068)),
    ],
)
def test_several_people_s_short_edge_is_640_and_the_long_one_at_most_1333(
    plate: tuple[float, float], resolution: float, expected: tuple[int, int]
) -> None:
    assert SEVERAL.framing.picture_size(*plate, resolution) == expected


@pytest.mark.parametrize(
    ("plate", "resolution", "expected"),
    [
        ((1920, 1080), 1.0, (384, 216)),
        ((3840, 2160), 1.0, (384, 216)),
        ((1080, 1920), 1.0, (288, 512)),
        ((1024, 1024), 1.0, (384, 384)),
        ((768, 1024), 1.0, (384, 512)),
        ((768, 1024), 0.5, (192, 256)),
        ((768, 1024), 2.0, (768, 1024)),
        ((1, 10000), 1.0, (4, 512)),
        ((10000, 1), 1.0, (384, 4)),
        ((10000, 1), 0.5, (192, 4)),
        ((3, 5), 1.0, (308, 512)),
    ],
)
def test_one_person_is_fitted_into_384_by_512(
    plate: tuple[float, float], resolution: float, expected: tuple[int, int]
) -> None:
    assert SINGLE.framing.picture_size(*plate, resolution) == expected


@pytest.mark.parametrize("framing", FRAMINGS.values(), ids=FRAMINGS)
@pytest.mark.parametrize("plate", PLATES)
@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_a_picture_is_of_whole_cells_and_lies_in_a_frame_of_whole_strides(
    framing: Framing, plate: tuple[float, float], resolution: float
) -> None:
    width, height = framing.picture_size(*plate, resolution)
    assert min(width, height) >= CELL == 4
    assert width % CELL == height % CELL == 0
    frame = framing.frame(width, height)
    assert frame.width % STRIDE == frame.height % STRIDE == 0
    assert frame.left % CELL == frame.top % CELL == 0
    assert frame.left >= 0
    assert frame.top >= 0
    assert frame.left + width <= frame.width
    assert frame.top + height <= frame.height


@pytest.mark.parametrize("framing", FRAMINGS.values(), ids=FRAMINGS)
@pytest.mark.parametrize("plate", PLATES)
@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_a_picture_keeps_the_plate_s_proportions(
    framing: Framing, plate: tuple[float, float], resolution: float
) -> None:
    """Each side is within half a cell of what one scale gives, or the smallest there is."""
    sides = framing.picture_size(*plate, resolution)
    scales = [
        ((side - CELL / 2) / length if side > CELL else 0, (side + CELL / 2) / length)
        for side, length in zip(sides, plate, strict=True)
    ]
    assert max(least for least, _ in scales) <= min(most for _, most in scales)


@pytest.mark.parametrize("plate", PLATES)
@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_several_people_are_padded_on_the_right_and_below_by_less_than_a_stride(
    plate: tuple[float, float], resolution: float
) -> None:
    width, height = SEVERAL.framing.picture_size(*plate, resolution)
    frame = SEVERAL.framing.frame(width, height)
    assert (frame.left, frame.top) == (0, 0)
    assert frame.width - width < STRIDE
    assert frame.height - height < STRIDE


def test_1080p_as_the_published_model_sees_it() -> None:
    """640x1138 there; 640x1136 here; both are padded to the same."""
    assert SEVERAL.framing.frame(1136, 640) == Frame(640, 1152)
    assert SEVERAL.framing.padding is None


@pytest.mark.parametrize("plate", PLATES)
@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_one_person_is_centred_in_a_canvas_of_three_by_four(
    plate: tuple[float, float], resolution: float
) -> None:
    width, height = SINGLE.framing.picture_size(*plate, resolution)
    frame = SINGLE.framing.frame(width, height)
    # Half a cell that a picture's side is rounded by can be half a stride of the canvas.
    assert abs(frame.width - 384 * resolution) <= STRIDE
    assert abs(frame.height - 512 * resolution) <= STRIDE
    assert abs(frame.width - width - 2 * frame.left) < 2 * CELL
    assert abs(frame.height - height - 2 * frame.top) < 2 * CELL


def test_the_canvas_of_the_published_model() -> None:
    assert SINGLE.framing.frame(384, 512) == Frame(512, 384)
    assert SINGLE.framing.frame(384, 216) == Frame(512, 384, top=148)
    assert SINGLE.framing.frame(288, 512) == Frame(512, 384, left=48)
    assert SINGLE.framing.frame(4, 512) == Frame(512, 384, left=188)
    assert SINGLE.framing.padding == 128 / 255


def test_a_canvas_is_no_larger_than_its_picture_needs() -> None:
    """A width or height that comes out at a whole stride is not rounded up to the next."""
    for strides in range(1, 60):
        side = strides * STRIDE
        assert SINGLE.framing.frame(side, CELL).width == side
        assert SINGLE.framing.frame(CELL, side).height == side
        assert SINGLE.framing.frame(CELL, side).width == math.ceil(strides * 3 / 4) * STRIDE
        assert SINGLE.framing.frame(side, CELL).height == math.ceil(strides * 4 / 3) * STRIDE
