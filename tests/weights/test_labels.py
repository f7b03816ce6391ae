"""Names of classes to labels: the published ones, others, hostile ones; and the published models by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2fp_host.errors import BadRequest
from m2fp_server.images.channel_names import check_layer
from m2fp_server.weights.labels import label_of, labels_of
from m2fp_server.weights.published import MULTIPLE, SINGLE, named, of_classes, published
from support.checkpoints import class_names


def test_the_published_names_are_our_labels() -> None:
    assert labels_of(class_names(21), 21, MULTIPLE) == (MULTIPLE.labels, [])
    assert labels_of(class_names(20), 20, SINGLE) == (SINGLE.labels, [])
    assert (len(MULTIPLE.labels), MULTIPLE.labels[10]) == (20, "torso_skin")
    assert (len(SINGLE.labels), SINGLE.labels[10]) == (20, "jumpsuits")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Background", "background"),
        ("UpperClothes", "upper_clothes"),
        ("Torso-skin", "torso_skin"),
        ("Left-arm", "left_arm"),
        ("right shoe", "right_shoe"),
        ("Face/Skin (front)", "face_skin_front"),
        ("TVScreen", "tv_screen"),
        ("hand2", "hand2"),
    ],
)
def test_words_are_joined_by_underscores(name: str, label: str) -> None:
    assert label_of(name) == label


@pytest.mark.parametrize(
    "name",
    ["", "-", "2hands", "Hair\n", "\x1b[31mHair", "Haïr", "发", "h" * 101, "a" * 59, "Person", "p1_hair"],
)
def test_what_can_name_no_layer_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"name|label"):
        label_of(name)


@given(st.text(max_size=120))
def test_whatever_comes_is_a_layer_or_refused(name: str) -> None:
    try:
        label = label_of(name)
    except ValueError:
        return
    assert check_layer(f"p8_{label}")


def test_an_unknown_name_is_taken_with_a_warning() -> None:
    names = class_names()
    names[5] = "SpaceSuit"
    labels, warnings = labels_of(names, 21, MULTIPLE)
    assert labels[5] == "space_suit"
    assert warnings == ["the class 'SpaceSuit' is none that we know: its layer is space_suit"]
    _, warnings = labels_of([*class_names()[:20], "Everybody"], 21, MULTIPLE)
    assert warnings == ["the last class 'Everybody' is taken for a person as a whole"]


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (None, "not a list of names"),
        ("Background", "not a list of names"),
        ([1] * 21, "not a list of names"),
        ([], "names 0 classes, and the checkpoint's class head has 21"),
        (class_names(20), "names 20 classes"),
        (["Hair"] * 10_000, "names 10000 classes"),
        (["Hat", *class_names()[1:]], "the first class is hat, not background"),
        ([*class_names()[:19], "hat", "Human"], "two classes are called hat"),
        ([*class_names()[:19], "Hat\0", "Human"], "not plain printable ASCII"),
    ],
)
def test_unusable_lists_are_refused(names: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        labels_of(names, 21, MULTIPLE)


def test_models_by_name_id_and_alias() -> None:
    assert published("single") is SINGLE
    assert named("multiple") == (MULTIPLE, "")
    assert named("damo/cv_resnet101_image-single-human-parsing") == (SINGLE, "")
    found, remark = named("damo/cv_resnet101_image-parsing_m2fp")
    assert found is MULTIPLE
    assert (
        remark == f"damo/cv_resnet101_image-parsing_m2fp does not exist on the hub: taking {MULTIPLE.hub_id}"
    )
    assert (of_classes(21), of_classes(20), of_classes(19)) == (MULTIPLE, SINGLE, None)
    with pytest.raises(BadRequest, match="'damo/other': choose from multiple, single"):
        named("damo/other")
