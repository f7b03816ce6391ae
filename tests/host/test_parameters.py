from __future__ import annotations

import json
from typing import Any

import pytest

from m2fp_host import MatteSettings, Parameters
from m2fp_host.errors import BadRequest


def test_defaults_are_the_protocols() -> None:
    assert Parameters.from_fields({}) == Parameters()
    assert Parameters().layers == ()
    assert Parameters().people == "together"


def test_survives_json() -> None:
    given = Parameters.from_keywords(
        {"layers": ["hair"], "exposure": "auto", "mattes": {"edges": "fast", "levels": [0.1, 0.9]}}
    )
    assert Parameters.from_fields(json.loads(json.dumps(given.as_fields()))) == given
    assert given.mattes == MatteSettings(edges="fast", levels=(0.1, 0.9))


def test_unknown_on_the_wire_is_ignored_and_in_a_call_is_a_mistake() -> None:
    assert Parameters.from_fields({"hologram": 1}) == Parameters()
    with pytest.raises(BadRequest, match="did you mean layers"):
        Parameters.from_keywords({"layer": ["hair"]})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"layers": ["Hair"]}, r"layers\[0\] is 'Hair'"),
        ({"layers": ["hair.A"]}, "like left_arm"),
        ({"layers": ["x" * 61]}, "at most 60"),
        ({"layers": ["a"] * 241}, "at most 240"),
        ({"people": "alone"}, "together, apart"),
        ({"resolution": 4}, "0.5 to 2"),
        ({"resolution": 10**400}, "0.5 to 2"),
        ({"exposure": "bright"}, "or 'auto'"),
        ({"exposure": float("nan")}, "number"),
        ({"unpremult": 1}, "true or false"),
        ({"mattes": {"levels": [0.9, 0.1]}}, "black point below white point"),
        ({"mattes": {"edges": "sharp"}}, "mattes.edges is 'sharp'"),
        ({"mattes": 3}, "JSON object"),
        ({"user": "a\0b"}, "user is"),
    ],
)
def test_wrong_values_name_their_field(given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        Parameters.from_fields(given)


def test_pixel_fields_leave_scheduling_out() -> None:
    fields = Parameters.from_keywords({"priority": "batch", "user": "me", "beauty": True}).pixel_fields()
    assert fields["beauty"] is True
    assert not {"priority", "user", "deadline"} & set(fields)
    assert list(fields) == sorted(fields)
