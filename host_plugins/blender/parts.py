"""The body parts that an artist can pick, known without a daemon, and their layers in the masks."""

from __future__ import annotations

PERSON = "person"
"""The layer of whole people: 1 minus background."""

PARTS = (
    PERSON,
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
    "torso_skin",
    "jumpsuits",
)
"""``torso_skin`` and ``jumpsuits`` are never in the same engine: the model of one person has the latter."""

MOST_PEOPLE = 8

_ONE_PERSON = "m2fp-single"


def layer_of(part: str, person: int = 0) -> str:
    """The masks' layer of a part: of everybody (0), or of one person from 1 to :data:`MOST_PEOPLE`."""
    return f"p{person}_{part}" if person else part


def layers_for(engine: str, person: int) -> tuple[str, ...]:
    """The layers that hold every part. Of everybody: none named, which means all that the engine has."""
    if not person:
        return ()
    unknown = "torso_skin" if engine == _ONE_PERSON else "jumpsuits"
    return tuple(layer_of(part, person) for part in PARTS if part != unknown)
