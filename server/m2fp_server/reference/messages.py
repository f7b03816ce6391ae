"""What our side and the module runner say to each other: one JSON object a line, arrays as ``.npy`` files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

LOGITS, MASKS, HARD_MASKS = "logits.npy", "masks.npy", "hard_masks.npy"
"""Files in :attr:`Picture.results`. Hard masks are ``(N, H, W)``, one bit each, packed along W."""


@dataclass(frozen=True)
class Picture:
    """Work on ``picture``, a ``.npy`` of ``(H, W, 3)`` uint8, display sRGB.

    ``whole``: as modelscope's pipeline does, else the network alone, on the picture as it is. ``results``:
    the folder that arrays are written to, empty for none.
    """

    picture: str
    whole: bool
    results: str = ""


@dataclass(frozen=True)
class Ready:
    """The model is loaded. ``versions`` by package; ``classes``: the labels' names as the model has them."""

    versions: dict[str, str]
    classes: list[str]


@dataclass(frozen=True)
class Done:
    """``costs``: CPU and wall seconds by stage. ``labels`` and ``scores``: one for each hard mask."""

    costs: dict[str, tuple[float, float]]
    peak_mb: float
    labels: list[str] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Failed:
    """``reason`` in the words of whatever went wrong."""

    reason: str


Message = Picture | Ready | Done | Failed
_KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in (Picture, Ready, Done, Failed)}


def to_line(message: Message) -> bytes:
    """One line of JSON with the message's ``type``."""
    return json.dumps({"type": type(message).__name__, **asdict(message)}).encode() + b"\n"


def from_line(line: bytes) -> Message:
    """The message of a line.

    :raises ValueError: it is none of the messages above.
    """
    try:
        fields: dict[str, Any] = json.loads(line)
        return _KINDS[fields.pop("type")](**fields)
    except (KeyError, TypeError, AttributeError) as fault:
        raise ValueError(f"not a message: {line[:200]!r}") from fault
