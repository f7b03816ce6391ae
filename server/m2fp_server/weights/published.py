"""The published M2FP models: where they are, what their classes are called, whose terms they are under."""

from __future__ import annotations

from dataclasses import dataclass

from m2fp_host.errors import BadRequest

LICENCE = "CC BY-NC 4.0"
"""Of the repository of the paper (Yang, Jia, Li, Song, arXiv 2301.00394)."""

LICENCE_NOTE = (
    f"The M2FP paper's repository is under {LICENCE}; read the model card's own terms before commercial use."
)

CIHP = (
    "background",
    "hat",
    "hair",
    "glove",
    "sunglasses",
    "upper_clothes",
    "dress",
    "coat",
    "socks",
    "pants",
    "torso_skin",
    "scarf",
    "skirt",
    "face",
    "left_arm",
    "right_arm",
    "left_leg",
    "right_leg",
    "left_shoe",
    "right_shoe",
)
"""CIHP's classes in CIHP's order. Left and right are the person's own."""

_LIP = tuple("jumpsuits" if label == "torso_skin" else label for label in CIHP)


@dataclass(frozen=True)
class Published:
    """One published model. ``labels``: our names of its classes in order, background first.

    ``whole_person``: behind them it has one more class, a person as a whole, which is no label.
    """

    model: str
    hub_id: str
    labels: tuple[str, ...]
    whole_person: bool
    revision: str = "v1.0.1"
    licence: str = LICENCE

    @property
    def classes(self) -> int:
        """Classes of its head, without "nothing"."""
        return len(self.labels) + self.whole_person

    @property
    def card(self) -> str:
        """Where its model card can be read."""
        return f"https://modelscope.cn/models/{self.hub_id}"


MULTIPLE = Published("multiple", "damo/cv_resnet101_image-multiple-human-parsing", CIHP, whole_person=True)
"""Several people, trained on CIHP."""

SINGLE = Published("single", "damo/cv_resnet101_image-single-human-parsing", _LIP, whole_person=False)
"""One person, trained on LIP."""

PUBLISHED = {each.model: each for each in (MULTIPLE, SINGLE)}

ALIASES = {"damo/cv_resnet101_image-parsing_m2fp": MULTIPLE}
"""Ids that are written about and do not exist on the hub."""


def published(model: str) -> Published:
    """The published model called ``model``: ``multiple`` or ``single``.

    :raises BadRequest: there is no such model.
    """
    if model not in PUBLISHED:
        raise BadRequest(f"there is no M2FP model {model[:80]!r}", "choose from " + ", ".join(PUBLISHED))
    return PUBLISHED[model]


def named(name: str) -> tuple[Published, str]:
    """The model that ``name`` (or an id on the hub, or an alias) means, and what to tell about the name.

    :raises BadRequest: it means none.
    """
    if name in ALIASES:
        found = ALIASES[name]
        return found, f"{name} does not exist on the hub: taking {found.hub_id}"
    by_id = {each.hub_id: each for each in PUBLISHED.values()}
    return by_id.get(name) or published(name), ""


def of_classes(classes: int) -> Published | None:
    """The published model with so many classes (without "nothing")."""
    return next((each for each in PUBLISHED.values() if each.classes == classes), None)
