from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from m2fp_host.errors import BadRequest
from m2fp_server.images.colour_evidence import space_of
from m2fp_server.images.colour_space import LINEAR_REC709, RAW, SRGB
from m2fp_server.images.plate import Attribute, Plate
from m2fp_server.images.window import Window

AP1 = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)
P3 = (0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329)
EVERYTHING: dict[str, Attribute] = {
    "acesImageContainerFlag": 1,
    "colorInteropID": "lin_rec2020_scene",
    "oiio:ColorSpace": "lin_adobergb",
    "chromaticities": AP1,
}


def plate(attributes: Mapping[str, Attribute], file_name: str = "") -> Plate:
    window = Window(0, 0, 2, 2)
    return Plate(np.zeros((2, 2, 3), np.float32), None, window, window, 1.0, attributes, file_name)


def test_the_order_of_evidence() -> None:
    """Each piece counts only when all those before it are gone."""
    attributes, name = dict(EVERYTHING), "sh010_logc4.1001.exr"
    found = [space_of(plate(attributes, name), "sRGB").name]
    for key in EVERYTHING:
        found.append(space_of(plate(attributes, name)).name)
        del attributes[key]
    found.append(space_of(plate(attributes, name)).name)
    found.append(space_of(plate(attributes)).name)
    assert found == [
        SRGB,
        "ACES2065-1",
        "Linear Rec.2020",
        "Linear AdobeRGB",
        "ACEScg",
        "ARRI LogC4",
        LINEAR_REC709,
    ]


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"acesImageContainerFlag": 1}, "acesImageContainerFlag"),
        ({"colorInteropID": "lin_ap1_scene"}, "colorInteropID is 'lin_ap1_scene'"),
        ({"chromaticities": AP1}, "chromaticities are those of ACEScg"),
        ({}, "nothing in the file"),
    ],
)
def test_the_sentence_says_what_was_found(attributes: dict[str, Attribute], words: str) -> None:
    assert words in space_of(plate(attributes)).evidence


def test_header_facts_that_say_nothing_are_passed_over() -> None:
    attributes: dict[str, Attribute] = {
        "acesImageContainerFlag": 0,
        "colorInteropID": "unknown",
        "ColorSpace": "Show LUT 7",
        "chromaticities": (0.7, 0.3, 0.2, 0.6, 0.1, 0.1, 0.3, 0.3),
    }
    assert space_of(plate(attributes, "a_acescg.exr")).name == "ACEScg"


def test_chromaticities_as_writers_round_them() -> None:
    rounded = tuple(round(value, 3) for value in P3)
    assert space_of(plate({"chromaticities": rounded})).name == "Linear P3-D65"


@pytest.mark.parametrize(
    ("file_name", "space"),
    [
        ("faces_v01.exr", LINEAR_REC709),
        ("sh010_plate_acescg.1001.exr", "ACEScg"),
        ("sh010 ACES - ACEScg v2.exr", "ACEScg"),
        ("sh010_srgb_to_lin_ap1.exr", "ACEScg"),
        ("sh010_lin_srgb.exr", LINEAR_REC709),
        ("sh010_srgb.exr", SRGB),
        ("raw_scan.exr", LINEAR_REC709),
        ("/show/acescg/sh010.exr", LINEAR_REC709),
        ("S-Log3 S-Gamut3.Cine.1001.exr", "S-Log3 S-Gamut3.Cine"),
    ],
)
def test_file_names(file_name: str, space: str) -> None:
    assert space_of(plate({}, file_name)).name == space


def test_a_role_takes_only_linear_evidence() -> None:
    assert space_of(plate({"chromaticities": AP1}), "scene_linear").name == "ACEScg"
    assert space_of(plate({}, "a_logc4.exr"), "scene_linear").name == LINEAR_REC709


def test_data_is_taken_as_it_stands() -> None:
    assert space_of(plate({"colorInteropID": "data"})).name == RAW


def test_unknown_requests_are_refused_even_when_the_file_knows_better() -> None:
    with pytest.raises(BadRequest, match="colour_space is 'LogC9'"):
        space_of(plate(EVERYTHING), "LogC9")
