"""The parameters of a job: what to compute from a plate, and how.

They travel as fields of the ``submit`` message. Both sides check them with :meth:`Parameters.from_fields`,
so a wrong value is refused in the host, before a plate is sent.
"""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Mapping

from .errors import BadRequest
from .fields import Check, boolean, number, sequence, text

LAYER_NAME = r"[a-z][a-z0-9]*(_[a-z0-9]+)*"
"""Lower-case words joined by underscores. 60 characters leave room for ``.A`` within Blender's 63."""

LIKE_A_LAYER = "use lower-case words joined by underscores, like left_arm"

MOST_LAYERS = 240
"""Below the 256 channels that the images' limits allow, with room for ``R, G, B, A`` and Cryptomatte."""


def _levels(name: str, value: Any) -> tuple[float, float]:
    pair = sequence(number(0.0, 1.0), 2)(name, value)
    if len(pair) != 2 or pair[0] >= pair[1]:
        raise BadRequest(f"{name} is {value!r}", "give two numbers, black point below white point")
    return pair[0], pair[1]


@dataclass(frozen=True)
class MatteSettings:
    """How a matte's edge is finished. ``choke`` and ``blur`` in plate pixels; ``levels`` (black, white)."""

    edges: str = field(default="off", metadata={"check": text(choices=("off", "fast", "best"))})
    choke: float = field(default=0.0, metadata={"check": number(-100.0, 100.0)})
    blur: float = field(default=0.0, metadata={"check": number(0.0, 200.0)})
    levels: tuple[float, float] = field(default=(0.0, 1.0), metadata={"check": _levels})


def _mattes(name: str, value: Any) -> MatteSettings:
    if isinstance(value, MatteSettings):
        return value
    if not isinstance(value, dict):
        raise BadRequest(f"{name} is {value!r}", "give a JSON object")
    return MatteSettings(**_checked(MatteSettings, value, f"{name}."))


@dataclass(frozen=True)
class Parameters:
    """Everything that may be said about a job. The defaults are the protocol's own.

    ``layers`` empty means every label of the engine and ``person``. ``colour_space`` and ``plate_layer``
    empty mean: found by evidence in the file. ``exposure`` is in stops, or ``"auto"``; ``deadline`` in
    seconds from submission, 0 for none.
    """

    layers: tuple[str, ...] = field(
        default=(), metadata={"check": sequence(text(60, LAYER_NAME, like=LIKE_A_LAYER), MOST_LAYERS)}
    )
    people: str = field(default="together", metadata={"check": text(choices=("together", "apart"))})
    engine: str = field(default="auto", metadata={"check": text(64, r"[a-z][a-z0-9-]*")})
    precision: str = field(default="fp32", metadata={"check": text(choices=("fp32", "bf16"))})
    resolution: float = field(default=1.0, metadata={"check": number(0.5, 2.0)})
    plate_layer: str = field(default="", metadata={"check": text(255)})
    colour_space: str = field(default="", metadata={"check": text(128)})
    view: str = field(default="auto", metadata={"check": text(choices=("auto", "srgb", "aces"))})
    exposure: float | str = field(default=0.0, metadata={"check": number(-20.0, 20.0, word="auto")})
    unpremult: bool = field(default=False, metadata={"check": boolean})
    mattes: MatteSettings = field(default=MatteSettings(), metadata={"check": _mattes})
    beauty: bool = field(default=False, metadata={"check": boolean})
    cryptomatte: bool = field(default=False, metadata={"check": boolean})
    priority: str = field(
        default="interactive", metadata={"check": text(choices=("interactive", "normal", "batch"))}
    )
    deadline: float = field(default=0.0, metadata={"check": number(0.0, 86400.0)})
    user: str = field(default="", metadata={"check": text(64)})

    @classmethod
    def from_fields(cls, given: Mapping[str, Any]) -> Parameters:
        """Parameters from a message's fields; what is unknown is ignored, as the protocol wants it.

        :raises BadRequest: a value that is not of its field's kind or out of its range.
        """
        return cls(**_checked(cls, given))

    @classmethod
    def from_keywords(cls, given: Mapping[str, Any]) -> Parameters:
        """Parameters from a caller's keyword arguments, where an unknown name is a mistake.

        :raises BadRequest: an unknown name (with the nearest one), or a wrong value.
        """
        names = [each.name for each in fields(cls)]
        for name in given:
            if name not in names:
                near = difflib.get_close_matches(name, names, 1)
                hint = f"did you mean {near[0]}?" if near else "choose from " + ", ".join(names)
                raise BadRequest(f"there is no parameter {name!r}", hint)
        return cls.from_fields(given)

    def as_fields(self) -> dict[str, Any]:
        """All parameters as JSON-ready fields."""
        return asdict(self)

    def pixel_fields(self) -> dict[str, Any]:
        """The fields that a result's pixels depend on: all but those for scheduling. JSON-ready, sorted."""
        scheduling = ("priority", "deadline", "user")
        return {name: value for name, value in sorted(self.as_fields().items()) if name not in scheduling}


def _checked(cls: Any, given: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    checked = {}
    for each in fields(cls):
        if each.name in given:
            check: Check = each.metadata["check"]
            checked[each.name] = check(prefix + each.name, given[each.name])
    return checked
