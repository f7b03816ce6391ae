from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2fp_host.errors import BadRequest
from m2fp_server.images.channel_names import LONGEST_CHANNEL, channel_of, check_layer, layer_of


@pytest.mark.parametrize(
    ("label", "layer"),
    [
        ("UpperClothes", "upper_clothes"),
        ("Torso-skin", "torso_skin"),
        ("Left-arm", "left_arm"),
        ("Hair", "hair"),
        ("left_arm", "left_arm"),
        ("Right shoe", "right_shoe"),
    ],
)
def test_labels_become_layers(label: str, layer: str) -> None:
    assert layer_of(label) == layer


def test_a_matte_is_the_alpha_of_its_layer() -> None:
    assert channel_of("hair") == "hair.A"


@pytest.mark.parametrize(
    "layer",
    ["", "Hair", "left.arm", "left-arm", "3_hair", "_hair", "hair_", "a__b", "haar é", "hair\n", "h" * 62],
)
def test_invalid_layers_are_refused_by_name(layer: str) -> None:
    with pytest.raises(BadRequest, match=re.escape(repr(layer))):
        check_layer(layer)


def test_the_longest_layer_fits_blender() -> None:
    assert len(channel_of("h" * 61)) == LONGEST_CHANNEL == 63


@given(st.text(max_size=80))
def test_any_label_gives_a_valid_channel_or_our_error(label: str) -> None:
    try:
        layer = layer_of(label)
    except BadRequest:
        return
    channel = channel_of(layer)
    assert channel.count(".") == 1
    assert len(channel) <= LONGEST_CHANNEL
    assert not channel[0].isdigit()
    assert layer_of(layer) == layer
