"""What the fake's node classes do to pixels."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hosts.nuke.fake_nuke.pixels.client import Pixels, PixelsError
from hosts.nuke.pixel_ops import op, planes, read
from support.exr import write_pixels

RGBA = ("rgba.red", "rgba.green", "rgba.blue", "rgba.alpha")
A_COLOUR, B_COLOUR = (0.5, 0.25, 0.125, 0.75), (1.0, 2.0, 0.5, 0.5)


@pytest.fixture(scope="module")
def pixels() -> Iterator[Pixels]:
    with Pixels(sys.executable) as one:
        yield one


def constant(id_: int, colour: tuple[float, ...], size: tuple[int, int] = (6, 4)) -> dict[str, Any]:
    return op(id_, "Constant", color=list(colour), channels="rgba", format=[*size, 1])


B, A = constant(1, B_COLOUR), constant(2, A_COLOUR)


def colour(pixels: Pixels, *ops: dict[str, Any]) -> tuple[float, ...]:
    return tuple(pixels.sample(ops, name, 1, 1) for name in RGBA)


def test_copy_takes_its_pairs_from_input_one(pixels: Pixels) -> None:
    copied = op(
        3,
        "Copy",
        1,
        2,
        from0="rgba.red",
        to0="rgba.alpha",
        from1="rgba.green",
        to1="hair.alpha",
        from2="nothing.alpha",
        to2="rgba.red",
    )
    assert colour(pixels, B, A, copied) == (0, 2, 0.5, 0.5)
    assert pixels.sample([B, A, copied], "hair.alpha", 1, 1) == 0.25
    assert pixels.validate([B, A, copied])["channels"] == [*RGBA, "hair.alpha"]


def test_copy_from_none_is_black_and_to_none_does_nothing(pixels: Pixels) -> None:
    assert colour(pixels, B, A, op(3, "Copy", 1, 2, from0="none", to0="rgba.alpha"))[3] == 0
    assert colour(pixels, B, A, op(3, "Copy", 1, 2, from0="rgba.red", to0="none")) == B_COLOUR
    assert colour(pixels, B, A, op(3, "Copy", 1, 2)) == (*B_COLOUR[:3], A_COLOUR[3])


def test_copy_without_a_connection_is_black(pixels: Pixels) -> None:
    assert colour(pixels, B, op(3, "Copy", 1, None, from0="hair.alpha", to0="rgba.alpha"))[3] == 0
    only_a = op(3, "Copy", None, 2, from0="rgba.red", to0="rgba.alpha")
    assert colour(pixels, A, only_a) == (0, 0, 0, 0.5)
    assert pixels.validate([A, only_a])["format"] == [6, 4, 1.0]


@pytest.mark.parametrize(("which", "expected"), [(0, 1.0), (1, 0.5), (9, 0.5), (-1, 1.0)])
def test_switch(pixels: Pixels, which: int, expected: float) -> None:
    assert colour(pixels, B, A, op(3, "Switch", 1, 2, which=which))[0] == expected


@pytest.mark.parametrize(
    ("operation", "red", "alpha"),
    [
        ("over", 0.5 + 1 * 0.25, 0.75 + 0.5 * 0.25),
        ("under", 0.5 * 0.5 + 1, 0.75 * 0.5 + 0.5),
        ("plus", 1.5, 1.25),
        ("mask", 0.75, 0.375),
        ("in", 0.25, 0.375),
        ("out", 0.25, 0.375),
        ("stencil", 0.25, 0.125),
        ("copy", 0.5, 0.75),
        ("multiply", 0.5, 0.375),
        ("max", 1, 0.75),
        ("min", 0.5, 0.5),
        ("from", 0.5, -0.25),
        ("minus", -0.5, 0.25),
    ],
)
def test_merge(pixels: Pixels, operation: str, red: float, alpha: float) -> None:
    merged = colour(pixels, B, A, op(3, "Merge2", 1, 2, operation=operation))
    assert (merged[0], merged[3]) == (red, alpha)


def test_merge_brings_other_layers_along_only_when_asked(pixels: Pixels) -> None:
    layered = op(4, "Copy", 2, 2, from0="rgba.red", to0="hair.alpha")
    plain = op(5, "Merge2", 1, 4)
    also = op(5, "Merge2", 1, 4, also_merge="all")
    assert "hair.alpha" not in pixels.validate([B, A, layered, plain])["channels"]
    assert pixels.sample([B, A, layered, also], "hair.alpha", 1, 1) == 0.5
    assert colour(pixels, B, A, layered, also) == colour(pixels, B, A, layered, plain)


def test_merge_keyed_by_a_matte_leaves_black_outside(pixels: Pixels) -> None:
    """The gizmo's ``keyed``: the plate where the matte is."""
    matte = op(3, "Copy", 1, 2, from0="rgba.red", to0="rgba.alpha")
    keyed = op(4, "Merge2", 1, 3, operation="mask")
    assert colour(pixels, B, A, matte, keyed) == (0.5, 1, 0.25, 0.25)


def test_merge_joins_boxes_and_keeps_the_format_of_b(pixels: Pixels) -> None:
    wide = constant(2, A_COLOUR, (10, 2))
    for bbox, expected in (("union", [0, 0, 10, 4]), ("A", [0, 0, 10, 2]), ("intersection", [0, 0, 6, 2])):
        found = pixels.validate([B, wide, op(3, "Merge2", 1, 2, bbox=bbox)])
        assert (found["bbox"], found["format"]) == (expected, [6, 4, 1.0])
    with pytest.raises(PixelsError, match="Merge2 by 'burn'"):
        pixels.validate([B, A, op(3, "Merge2", 1, 2, operation="burn")])


def test_channel_merge(pixels: Pixels) -> None:
    joined = op(3, "ChannelMerge", 1, 2, operation="union", A="rgba.red", B="alpha", output="hair.alpha")
    assert pixels.sample([B, A, joined], "hair.alpha", 1, 1) == 0.5 + 0.5 - 0.25
    assert colour(pixels, B, A, op(3, "ChannelMerge", 1, 2, operation="multiply"))[3] == 0.375


def test_shuffle(pixels: Pixels) -> None:
    swapped = op(3, "Shuffle", 1, red="alpha", green="black", blue="white", alpha="red")
    assert colour(pixels, B, swapped) == (0.5, 0, 1, 1)
    layered = op(3, "Copy", 1, 2, from0="rgba.red", to0="hair.alpha")
    shown = op(4, "Shuffle", 3, in_="hair", red="alpha", green="alpha", blue="alpha", alpha="alpha")
    assert colour(pixels, B, A, layered, shown) == (0.5,) * 4
    into = op(4, "Shuffle", 3, out="alpha", alpha="green")
    assert colour(pixels, B, A, layered, into) == (*B_COLOUR[:3], 2)
    with pytest.raises(PixelsError, match="Shuffle from 'red2'"):
        pixels.validate([B, op(3, "Shuffle", 1, red="red2")])


def test_remove_and_keep(pixels: Pixels) -> None:
    assert pixels.validate([B, op(3, "Remove", 1, channels="alpha")])["channels"] == list(RGBA[:3])
    assert pixels.validate([B, op(3, "Remove", 1, operation="keep", channels="alpha")])["channels"] == [
        "rgba.alpha"
    ]
    assert pixels.sample([B, op(3, "Remove", 1, channels="rgba")], "rgba.red", 1, 1) == 0


def test_premult_and_unpremult(pixels: Pixels) -> None:
    assert colour(pixels, B, op(3, "Premult", 1)) == (0.5, 1, 0.25, 0.5)
    assert colour(pixels, B, op(3, "Premult", 1), op(4, "Unpremult", 3)) == B_COLOUR
    empty = constant(1, (0.5, 0.5, 0.5, 0))
    assert colour(pixels, empty, op(3, "Unpremult", 1)) == (0.5, 0.5, 0.5, 0)


def test_grade_touches_only_its_channels(pixels: Pixels) -> None:
    layered = op(3, "Copy", 1, 2, from0="rgba.red", to0="hair.alpha")
    graded = op(4, "Grade", 3, multiply=2, add=0.125)
    assert colour(pixels, B, A, layered, graded) == (2.125, 4.125, 1.125, 0.5)
    assert pixels.sample([B, A, layered, graded], "hair.alpha", 1, 1) == 0.5
    assert colour(pixels, B, op(3, "Grade", 1, white=[2, 1, 1, 1], offset=-1.5)) == (0.5, 0.5, 0, 0.5)
    assert colour(pixels, B, op(3, "Grade", 1, channels="alpha", multiply="4")) == (1, 2, 0.5, 2)


def test_expression(pixels: Pixels) -> None:
    made = op(3, "Expression", 1, expr0="r*2 + max(g, 0.5)", expr3="(a > 0.25) * rgba.blue")
    assert colour(pixels, B, made) == (4, 2, 0.5, 0.5)
    ramp = op(3, "Expression", 1, expr0="x", channel0="hair.alpha")
    assert pixels.sample([B, ramp], "hair.alpha", 4.5, 1) == 4
    for wrong in ("__import__('os')", "r ? 1 : 0", "r +", "r.g.b"):
        with pytest.raises(PixelsError, match="not one that this fake can evaluate"):
            pixels.validate([B, op(3, "Expression", 1, expr0=wrong)])


def test_reformat(pixels: Pixels, tmp_path: Path) -> None:
    picture = np.random.default_rng(1).random((4, 6, 3)).astype(np.float16)
    source = read(1, write_pixels(tmp_path / "a.exr", picture))
    same = op(2, "Reformat", 1, format="6 4 0 0 6 4 1 small")
    np.testing.assert_array_equal(
        planes(pixels, [source, same], ["rgba.red"], tmp_path)["rgba.red"], picture[..., 0]
    )
    twice = op(2, "Reformat", 1, format=[12, 8, 1])
    found = planes(pixels, [source, twice], ["rgba.red"], tmp_path)["rgba.red"]
    np.testing.assert_array_equal(found, picture[..., 0].repeat(2, 0).repeat(2, 1))
    padded = op(2, "Reformat", 1, format=[8, 6, 1], resize="none")
    found = planes(pixels, [source, padded], ["rgba.red"], tmp_path)["rgba.red"]
    np.testing.assert_array_equal(found[1:5, 1:7], picture[..., 0])
    assert not found[0].any()
    with pytest.raises(PixelsError, match="'to box' can't be evaluated"):
        pixels.validate([source, op(2, "Reformat", 1, type="to box")])


def test_an_anamorphic_reformat_keeps_the_picture_in_shape(pixels: Pixels, tmp_path: Path) -> None:
    squeezed = op(1, "Constant", color=1, format=[6, 4, 2])
    found = pixels.validate([squeezed, op(2, "Reformat", 1, format=[12, 4, 1])])
    assert found["format"] == [12, 4, 1.0]
    assert found["bbox"] == [0, 0, 12, 4]


@pytest.mark.parametrize(
    "last", [op(3, "Copy", 1, 2, 1), op(3, "Merge2", 1, 2, 1), op(3, "Grade", 1, multiply=2, mix=0.5)]
)
def test_masks_and_mixes_are_refused_and_not_forgotten(pixels: Pixels, last: dict[str, Any]) -> None:
    with pytest.raises(PixelsError, match=r"(mask|mix).* can't be evaluated"):
        pixels.validate([B, A, last])


@pytest.mark.parametrize("class_", ["NoOp", "Dot", "Input", "Output", "Write", "FrameHold"])
def test_some_nodes_pass_through(pixels: Pixels, class_: str) -> None:
    assert colour(pixels, B, op(3, class_, 1)) == B_COLOUR


def test_metadata_is_that_of_b(pixels: Pixels, tmp_path: Path) -> None:
    plate = read(1, write_pixels(tmp_path / "plate.exr", np.zeros((4, 6, 3))))
    masks = read(2, write_pixels(tmp_path / "masks.exr", np.zeros((4, 6, 4))))
    ops = [plate, masks, op(3, "Copy", 1, 2), op(4, "Grade", 3, multiply=2)]
    assert pixels.validate(ops)["metadata"]["input/filename"] == str(tmp_path / "plate.exr")
