"""The reference's own pre-processing, against Pillow and the arithmetic of ModelScope's pipeline."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from m2fp_server.engines.m2fp import SEVERAL, SINGLE
from m2fp_server.engines.m2fp.framing import Frame, Framing
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
def test_several_people_are_resized_to_640_by_pillow(size: tuple[int, int], expected: tuple[int, int]) -> None:
    image = plate(*size)
    picture, place = reference_picture(image, SEVERAL.framing)
    assert short_edge_640(*size) == expected
    # torchvision's ToTensor divides by 255, the pipeline multiplies again.
    exact = torch.from_numpy(resized(image, *expected).copy()).permute(2, 0, 1).to(torch.float32).div(255) * 255.0
    assert picture.dtype == torch.float32
    assert torch.equal(picture, exact)
    padded = -(-expected[0] // 32) * 32, -(-expected[1] // 32) * 32
    assert place == Placement(size, padded, (0, 0, *expected))


def test_sizes_are_the_reference_s_for_plates_of_every_shape() -> None:
    """Many, so the pictures have a single colour and only their sizes are looked at."""
    generator = np.random.default_rng(1)
    for height, width in generator.integers(20, 300, (60, 2)):
        picture, _ = reference_picture(np.zeros((height, width, 3), np.uint8), SEVERAL.framing)
        assert picture.shape[1:] == short_edge_640(int(height), int(width))


def centred(image: Pixels, height: int, width: int) -> tuple[Pixels, tuple[int, int, int, int]]:
    """``image`` at this size in the middle of 384x512 of 128, and its box; half pixels go to the left and top.

    Where both halves are 0 nothing is padded at all, though a row or a column may be missing.
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
        pytest.param((1, 10000), (0, 384), id="a line", marks=pytest.mark.xfail(strict=True)),
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


@pytest.mark.parametrize("size", [(511, 384), (512, 383), (511, 383), (1022, 766), (1022, 768)])
def test_a_single_row_or_column_too_few_is_not_padded(size: tuple[int, int]) -> None:
    """The reference's own quirk: half of one is 0, and 0 on the left and top means no padding."""
    fitted = (511, 383) if size[0] > 512 else size
