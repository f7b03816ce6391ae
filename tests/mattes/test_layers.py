"""Which layer is made of what, and what becomes of one that can't be had."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from m2fp_server.engines.engine import Parsing
from m2fp_server.mattes.layers import layer_names, select_layers

LABELS = ("background", "hair", "face")


def parsing(people: int | None) -> Parsing:
    """Random probabilities on a grid of 5x7, owned by so many people."""
    random = np.random.default_rng(1)
    owned = None if people is None else shares(random.random((people + 1, 5, 7)))[:people]
    return Parsing(LABELS, shares(random.random((3, 5, 7))), owned, (0.9,) * (people or 0))


def shares(weights: NDArray[np.float64]) -> NDArray[np.float16]:
    return np.asarray(weights / weights.sum(0), np.float16)


def test_without_names_every_part_and_person_are_meant() -> None:
    assert layer_names(LABELS, (), "together") == ("hair", "face", "person")


def test_names_keep_their_order_and_come_once() -> None:
    assert layer_names(LABELS, ("face", "no_such", "face", "hair"), "together") == ("face", "no_such", "hair")


def test_people_apart_adds_all_eight_forms_of_each_layer() -> None:
    names = layer_names(LABELS, ("hair", "person"), "apart")
    expected = [f"p{number}_{name}" for number in range(1, 9) for name in ("hair", "person")]
    assert names == ("hair", "person", *expected)
    assert len(layer_names(LABELS, (), "apart")) == 3 * 9


def test_a_layer_of_one_person_is_not_taken_apart_again() -> None:
    names = layer_names(LABELS, ("p2_hair", "face"), "apart")
    assert names == ("p2_hair", "face", *(f"p{number}_face" for number in range(1, 9)))
    assert layer_names(LABELS, ("p2_hair", "hair"), "apart").count("p2_hair") == 1


def test_a_part_is_its_probability_and_person_all_but_background() -> None:
    seen = parsing(None)
    layers = select_layers(seen, ("person", "hair"))
    assert layers.names == ("person", "hair")
    assert layers.planes.dtype == np.float32
    np.testing.assert_array_equal(layers.planes[1], seen.probabilities[1].astype(np.float32))
    np.testing.assert_array_equal(layers.planes[0], 1 - seen.probabilities[0].astype(np.float32))
    assert layers.warnings == ()


def test_a_part_of_one_person_is_the_product_with_what_that_person_owns() -> None:
    seen = parsing(2)
    assert seen.people is not None
    layers = select_layers(seen, ("p2_hair", "p1_person"))
    hair, background = (seen.probabilities[index].astype(np.float32) for index in (1, 0))
    np.testing.assert_array_equal(layers.planes[0], hair * seen.people[1].astype(np.float32))
    np.testing.assert_array_equal(layers.planes[1], (1 - background) * seen.people[0].astype(np.float32))
    assert layers.warnings == ()


def test_person_is_never_negative_where_rounding_made_background_more_than_1() -> None:
    probabilities = np.zeros((3, 1, 1), np.float16)
    probabilities[0] = np.nextafter(np.float16(1), np.float16(2))
    assert select_layers(Parsing(LABELS, probabilities), ("person",)).planes.min() == 0


def test_background_is_no_matte() -> None:
    layers = select_layers(parsing(2), ("background",))
    assert layers.planes.max() == 0
    assert layers.warnings == ("background is no matte: it is 0 everywhere; invert person instead",)


@pytest.mark.parametrize("name", ["beard", "p1_beard", "p1_background", "p9_hair", "p0_hair"])
def test_a_label_that_the_engine_does_not_have_is_0_with_a_warning(name: str) -> None:
    layers = select_layers(parsing(2), (name, "hair"))
    assert layers.planes[0].max() == 0
    assert layers.planes[1].max() > 0
    (warning,) = layers.warnings
    assert warning.startswith(f"this engine has no label for {name}")
    assert warning.endswith(": 0 everywhere")


def test_a_mistyped_label_is_recognised() -> None:
    (warning,) = select_layers(parsing(2), ("hiar",)).warnings
    assert "did you mean hair?" in warning


def test_a_person_who_is_not_in_the_frame_is_0_with_a_warning() -> None:
    layers = select_layers(parsing(2), ("p3_hair", "p2_hair", "p8_face", "p3_face"))
    assert [plane.max() > 0 for plane in layers.planes] == [False, True, False, False]
    assert layers.warnings == ("2 people in this frame: p3_..., p8_... are 0 everywhere",)


def test_a_crowd_is_told_that_eight_have_layers() -> None:
    layers = select_layers(parsing(10), layer_names(LABELS, ("hair",), "apart"))
    assert all(plane.max() > 0 for plane in layers.planes)
    assert layers.warnings == ("10 people in this frame: only the first 8 have layers",)
    assert select_layers(parsing(10), ("hair",)).warnings == ()


def test_without_people_their_layers_are_0_with_one_warning() -> None:
    layers = select_layers(parsing(None), ("hair", "p1_hair", "p2_hair"))
    assert layers.planes[1:].max() == 0
    assert len(layers.warnings) == 1
    assert "can't tell people apart" in layers.warnings[0]


def test_planes_are_on_the_grid_even_when_nothing_is_known() -> None:
    assert select_layers(parsing(None), ("no_such",)).planes.shape == (1, 5, 7)
