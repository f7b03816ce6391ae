"""The reference's own pre-processing, against Pillow and the arithmetic of ModelScope's pipeline."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from m2fp_server.engines.m2fp import SEVERAL, SINGLE
from m2fp_server.engines.m2fp.framing import Canvas, Frame, Framing
from m2fp_server.engines.m2fp.reference_picture import reference_picture
from m2fp_server.network.hard_result import Placement

Pixels = npt.NDArray[np.uint8]


def plate(height: int, width: int) -> Pixels:
    return np.random.default_rng(height * 10000 + width).integers(0, 256, (height, width, 3), np.uint8)


def resized(image: Pixels, height: int, width: int) -> Pixels:
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))


def short_edge_640(height: int, width: int) -> tuple[int, int]:
    """The short edge becomes 640 exactly; if the long one then is above 1333, both shrink."""
    scale = 640.0 / min(height, width)
    sides = (640.0, scale * width) if height < width else (scale * height, 640.0)
    if max(sides) > 1333:
        shrink = 1333 * 1.0 / max(sides)
        sides = (sides[0] * shrink, sides[1] * shrink)
    return int(sides[0] + 0.5), int(sides[1] + 0.5)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1080, 1920), (640, 1138)),
        ((2160, 3840), (640, 1138)),
        ((1920, 1080), (1138, 640)),
        ((512, 512), (640, 640)),
        ((3, 5), (640, 1067)),
        ((31, 40), (640, 826)),
        ((100, 900), (148, 1333)),
        ((900, 100), (1333, 148)),
        ((1, 1), (640, 640)),
        # Where a short edge of 640 to rounding would give another size.
        ((77, 434), (237, 1333)),
        ((434, 77), (1333, 237)),
    ],
)
def test_several_people_are_resized_to_640_by_pillow(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    image = plate(*size)
    picture, place = reference_picture(image, SEVERAL.framing)
    assert short_edge_640(*size) == expected
    # torchvision's ToTensor divides by 255, the pipeline multiplies again.
    exact = (
        torch.from_numpy(resized(image, *expected).copy()).permute(2, 0, 1).to(torch.float32).div(255) * 255.0
    )
    assert picture.dtype == torch.float32
    assert torch.equal(picture, exact)
    padded = -(-expected[0] // 32) * 32, -(-expected[1] // 32) * 32
    assert place == Placement(size, padded, (0, 0, *expected))


def test_sizes_are_the_reference_s_for_plates_of_every_shape() -> None:
    """Many, so the pictures have a single colour and only their sizes are looked at."""
    generator = np.random.default_rng(1)
    for height, width in generator.integers(20, 300, (30, 2)):
        picture, _ = reference_picture(np.zeros((height, width, 3), np.uint8), SEVERAL.framing)
        assert picture.shape[1:] == short_edge_640(int(height), int(width))


def centred(image: Pixels, height: int, width: int) -> tuple[Pixels, tuple[int, int, int, int]]:
    """``image`` at this size in the middle of 384x512 of 128, and its box.

    Where nothing is missing on the left and top, nothing is padded at all.
    """
    small = image if image.shape[:2] == (height, width) else resized(image, height, width)
    top, left = (512 - height) // 2, (384 - width) // 2
    box = (top, left, top + height, left + width)
    if top == left == 0:
        return small, box
    canvas = np.full((512, 384, 3), 128, np.uint8)
    canvas[top : top + height, left : left + width] = small
    return canvas, box


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        pytest.param((1080, 1920), (216, 384), id="1080p"),
        pytest.param((2160, 3840), (216, 384), id="UHD"),
        pytest.param((1920, 1080), (512, 288), id="portrait"),
        pytest.param((1000, 1000), (384, 384), id="square"),
        pytest.param((600, 590), (390, 384), id="taller than wide, yet the width decides"),
        pytest.param((1000, 1010), (380, 384), id="wider than tall"),
        pytest.param((700, 300), (512, 219), id="only too tall"),
        pytest.param((300, 700), (164, 384), id="only too wide"),
        pytest.param((513, 384), (512, 383), id="too tall by a row"),
        pytest.param((512, 385), (510, 384), id="too wide by a column"),
        pytest.param((512, 384), (512, 384), id="as the canvas"),
        pytest.param((100, 60), (100, 60), id="smaller"),
        pytest.param((31, 17), (31, 17), id="smaller than a stride"),
        pytest.param((3, 5), (3, 5), id="tiny"),
        pytest.param((2, 300), (2, 300), id="a strip"),
    ],
)
def test_one_person_is_centred_in_the_canvas(size: tuple[int, int], fitted: tuple[int, int]) -> None:
    image = plate(*size)
    picture, place = reference_picture(image, SINGLE.framing)
    expected, box = centred(image, *fitted)
    assert picture.dtype == torch.float32
    assert np.array_equal(picture.permute(1, 2, 0).numpy(), expected)
    assert place == Placement(size, (512, 384), box)


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((511, 384), (511, 384)),
        ((512, 383), (512, 383)),
        ((511, 383), (511, 383)),
        ((513, 384), (512, 383)),
        ((1022, 766), (512, 383)),
    ],
)
def test_a_single_row_or_column_too_few_is_not_padded(size: tuple[int, int], fitted: tuple[int, int]) -> None:
    """A quirk of the reference's: half of one is 0, and 0 on the left and top means no padding."""
    image = plate(*size)
    picture, place = reference_picture(image, SINGLE.framing)
    assert picture.shape == (3, *fitted)
    assert np.array_equal(picture.permute(1, 2, 0).numpy(), centred(image, *fitted)[0])
    assert place == Placement(size, (512, 384), (0, 0, *fitted))


@pytest.mark.parametrize("size", [(511, 300), (400, 383)])
def test_a_single_row_or_column_is_padded_where_more_is(size: tuple[int, int]) -> None:
    image = plate(*size)
    picture, _ = reference_picture(image, SINGLE.framing)
    assert picture.shape == (3, 512, 384)
    assert np.array_equal(picture.permute(1, 2, 0).numpy(), centred(image, *size)[0])


@pytest.mark.parametrize(("size", "fitted"), [((300, 310), (100, 103)), ((310, 300), (100, 96))])
def test_a_canvas_may_be_wide(size: tuple[int, int], fitted: tuple[int, int]) -> None:
    _, place = reference_picture(plate(*size), Canvas(200, 100, None))
    top, left, bottom, right = place.box
    assert (bottom - top, right - left) == fitted
    assert (top, left) == (0, (200 - fitted[1]) // 2)


@pytest.mark.parametrize("framing", [SEVERAL.framing, SINGLE.framing], ids=["several people", "one person"])
@pytest.mark.parametrize("size", [(1, 10000), (10000, 1)])
def test_of_a_line_the_reference_makes_nothing(framing: Framing, size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="must be > 0"):
        reference_picture(plate(*size), framing)


class Elsewhere:
    """A framing that the reference does not know."""

    padding = None

    def picture_size(self, width: float, height: float, resolution: float) -> tuple[int, int]:
        raise NotImplementedError

    def frame(self, width: int, height: int) -> Frame:
        raise NotImplementedError


def test_a_framing_that_the_reference_has_not_is_named() -> None:
    with pytest.raises(TypeError, match="Elsewhere"):
        reference_picture(plate(8, 8), Elsewhere())


@pytest.mark.parametrize("framing", [SEVERAL.framing, SINGLE.framing], ids=["several people", "one person"])
def test_the_plate_is_not_changed(framing: Framing) -> None:
    image = plate(384, 300)
    before = image.copy()
    reference_picture(image, framing)[0].zero_()
    assert np.array_equal(image, before)


def test_a_plate_may_lie_in_memory_in_any_way() -> None:
    image = plate(600, 400)
    for framing in (SEVERAL.framing, SINGLE.framing):
        expected, _ = reference_picture(image, framing)
        for odd in (np.asfortranarray(image), np.pad(image, ((0, 0), (3, 4), (0, 0)))[:, 3:403]):
            assert torch.equal(reference_picture(odd, framing)[0], expected)
    turned = plate(300, 200)[::-1]
    expected, _ = reference_picture(turned.copy(), SINGLE.framing)
    assert torch.equal(reference_picture(turned, SINGLE.framing)[0], expected)
