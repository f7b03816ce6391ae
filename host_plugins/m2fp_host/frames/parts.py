"""The body parts that an artist can pick, known without a daemon, and their layers in the masks."""

from __future__ import annotations

PERSON = "person"
"""The layer of whole people: 1 minus background."""

_SHARED = (
    "hair",
    "face",
    "hat",
    "sunglasses",
    "scarf",
    "upper_clothes",
    "coat",
    "dress",
    "skirt",
    "pants",
    "socks",
    "glove",
    "left_arm",
    "right_arm",
    "left_leg",
    "right_leg",
    "left_shoe",
    "right_shoe",
)

_OWN = {"m2fp-single": "jumpsuits"}
"""The published model of one person has this label where the others have ``torso_skin``."""

PARTS = (PERSON, *_SHARED, "torso_skin", "jumpsuits")

MOST_PEOPLE = 8


def parts_of(engine: str) -> tuple[str, ...]:
    """The parts that ``engine`` (``auto`` too) has labels for, and ``person``."""
    return (PERSON, *_SHARED, _OWN.get(engine, "torso_skin"))


def layer_of(part: str, person: int = 0) -> str:
    """The masks' layer of a part: of everybody (0), or of one person from 1 to :data:`MOST_PEOPLE`."""
    return f"p{person}_{part}" if person else part


def layers_for(engine: str, person: int) -> tuple[str, ...]:
    """The layers to ask for that hold every part. Of everybody: none named, which means all there are."""
    if not person:
        return ()
    parts = parts_of(engine)
    return (*parts, *(layer_of(part, person) for part in parts))
