"""The fake's mapper of EXR channel names, against what Nuke's own reader does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosts.nuke.fake_nuke.pixels.exr_names import nuke_name


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("R", "rgba.red"),
        ("g", "rgba.green"),
        ("Blue", "rgba.blue"),
        ("ALPHA", "rgba.alpha"),
        ("Z", "depth.Z"),
        ("id", "other.id"),
        ("hair.A", "hair.alpha"),
        ("hair.a", "hair.alpha"),
        ("hair.Alpha", "hair.alpha"),
        ("left_arm.A", "left_arm.alpha"),
        ("left-arm.A", "left_arm.alpha"),
        ("left.arm.A", "left_arm.alpha"),
        ("upper clothes.A", "upper_clothes.alpha"),
        ("2hair.1A", "hair.alpha"),
        ("p1_hair.A", "p1_hair.alpha"),
        ("..hair..A", "other.hair__A"),  # three parts at most, and two are empty
        ("Ci.R", "rgba.red"),
        ("a.b.c.d", "a_b.c_d"),
        ("crypto00.R", "crypto00.red"),
        ("häår.A", "h____r.alpha"),
        ("123", "other.unnamed"),
        ("", "other.unnamed"),
        ("forward.u", "forward.u"),
    ],
)
def test_names_without_views(stored: str, expected: str) -> None:
    assert nuke_name(stored, []).full == expected


def test_a_layer_that_is_called_like_a_view_becomes_the_view() -> None:
    """The trap of ``left.arm.A``: in a stereo script it is the arm of the left view."""
    name = nuke_name("left.arm.A", ["left", "right"])
    assert (name.view, name.full) == ("left", "arm.alpha")
    assert nuke_name("left_arm.A", ["left", "right"]).full == "left_arm.alpha"


def test_a_view_may_stand_before_or_behind_the_layer_but_is_never_the_channel() -> None:
    assert nuke_name("hair.right.A", ["left", "right"]).full == "hair.alpha"
    assert nuke_name("hair.right.A", ["left", "right"]).view == "right"
    assert nuke_name("right.R", ["left", "right"]).full == "rgba.red"
    assert nuke_name("hair.right", ["left", "right"]).full == "hair.right"
    assert nuke_name("right", ["right"]).view == ""


@given(st.text(), st.lists(st.sampled_from(["left", "right", "main"])))
def test_whatever_the_file_says_the_result_is_a_layer_and_a_channel(stored: str, views: list[str]) -> None:
    layer, _, channel = nuke_name(stored, views).full.partition(".")
    for word in (layer, channel):
        assert word
        assert all(letter.isascii() and (letter.isalnum() or letter == "_") for letter in word)
