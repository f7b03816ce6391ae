from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2fp_host.errors import BadRequest
from m2fp_server.images.channel_names import LONGEST_CHANNEL, channel_of, check_layer


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
def test_any_name_gives_a_valid_channel_or_our_error(layer: str) -> None:
    try:
        channel = channel_of(layer)
    except BadRequest:
        return
    assert channel.count(".") == 1
    assert len(channel) <= LONGEST_CHANNEL
    assert not channel[0].isdigit()
