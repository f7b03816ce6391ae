from __future__ import annotations

import OpenImageIO
import pytest

from m2fp_host.errors import BadRequest
from m2fp_server.images import ocio
from m2fp_server.images.colour_space import (
    LINEAR_REC709,
    RAW,
    SRGB,
    ColourSpace,
    find_space,
    is_linear_unsaid,
    is_unsaid,
    known_names,
    require_space,
)


@pytest.mark.parametrize(
    ("said", "space"),
    [
        ("linear", LINEAR_REC709),
        ("Linear Rec.709", LINEAR_REC709),
        ("Linear Rec.709 (sRGB)", LINEAR_REC709),
        ("lin_rec709", LINEAR_REC709),
        ("lin_rec709_scene", LINEAR_REC709),
        ("Utility - Linear - sRGB", LINEAR_REC709),
        ("ACES - ACEScg", "ACEScg"),
        ("acescg", "ACEScg"),
        ("lin_ap1_scene", "ACEScg"),
        ("ACES - ACES2065-1", "ACES2065-1"),
        ("scene_linear (ACES - ACEScg)", "ACEScg"),
        ("sRGB", SRGB),
        ("srgb_rec709_scene", SRGB),
        ("Utility - sRGB - Texture", SRGB),
        ("  utility-SRGB-texture ", SRGB),
        ("srgb_rec709_display", "sRGB - Display"),
        ("rec709", "Camera Rec.709"),
        ("Input - ARRI - V3 LogC (EI800) - Wide Gamut", "ARRI LogC3 (EI800)"),
        ("Input - ARRI - V3 LogC (EI400) - Wide Gamut", "ARRI LogC3 (EI800)"),
        ("AlexaV3LogC", "ARRI LogC3 (EI800)"),
        ("ARRI LogC4", "ARRI LogC4"),
        ("S-Log3", "S-Log3 S-Gamut3.Cine"),
        ("Filmic sRGB", SRGB),
        ("Non-Color", RAW),
        ("data", RAW),
        ("raw", RAW),
    ],
)
def test_what_hosts_say(said: str, space: str) -> None:
    assert find_space(said) == space


def test_every_alias_leads_to_a_space_of_the_configuration() -> None:
    assert set(known_names().values()) == set(ocio.names())


def test_no_alias_of_ours_shadows_one_of_the_configuration() -> None:
    for space, aliases in ocio.names().items():
        for name in (space, *aliases):
            assert find_space(name) == space, name


@pytest.mark.parametrize("typo", ["ACEScgg", "Linear Rec709 sRBG", "LogC5", "?"])
def test_unknown_names_get_the_nearest_three(typo: str) -> None:
    with pytest.raises(BadRequest, match="no such colour space") as caught:
        require_space(typo)
    assert caught.value.hint.count("'") == 6
    if typo == "ACEScgg":
        assert "'ACEScg'" in caught.value.hint


def test_saying_nothing() -> None:
    assert all(is_unsaid(name) for name in ("", "auto", "Default", "unknown"))
    assert is_linear_unsaid("scene_linear")
    assert not is_unsaid("linear")


def test_kinds_agree_with_the_configuration() -> None:
    config = OpenImageIO.ColorConfig(ocio.CONFIG)
    for name in ocio.names():
        space = ColourSpace(name, "")
        assert not (space.is_scene_linear and space.is_display_referred), name
        linear_light = space.is_scene_linear or name == "CIE XYZ-D65 - Display-referred"
        assert config.isColorSpaceLinear(name) == linear_light, name
        if config.getColorSpaceFamilyByName(name) == "Display":
            assert space.is_display_referred, name
