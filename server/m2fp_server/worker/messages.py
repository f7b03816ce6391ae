"""What the daemon and its worker say to each other: one JSON object a line, over a pair of pipes.

Daemon to worker: :class:`Run`, :class:`Abandon`. Worker to daemon: :class:`Ready`, :class:`Stage`,
:class:`Done`, :class:`Failed`. Both ends are ours, but a worker has decoded strangers' images: the daemon
takes a line that is none of these as the worker's death.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Run:
    """Compute. ``plate``: a file of the spool, or, with ``roots``, a path that the client named.

    ``scratch`` is where a named plate is copied to; ``masks`` is where the result goes. ``sha256`` is the
    plate's where the daemon knows it. ``parameters`` are the fields of ``m2fp_host.parameters.Parameters``.
    """

    job: int
    plate: str
    name: str
    masks: str
    sha256: str = ""
    roots: list[str] | None = None
    scratch: str = ""
    plate_bytes: int = 0
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Abandon:
    """Stop working on ``job`` at the next step; harmless when it is over."""

    job: int


@dataclass(frozen=True)
class Ready:
    """The engines are warm. ``models`` as in the protocol's ``welcome``."""

    models: list[dict[str, Any]]


@dataclass(frozen=True)
class Stage:
    """``job`` has reached ``stage``, at ``fraction`` of its way."""

    job: int
    stage: str
    fraction: float


@dataclass(frozen=True)
class Done:
    """The masks lie where they should: ``bytes`` long, with this hash."""

    job: int
    bytes: int
    sha256: str
    report: dict[str, Any]


@dataclass(frozen=True)
class Failed:
    """``error`` as :meth:`m2fp_host.errors.M2FPError.as_dict` gives it."""

    job: int
    error: dict[str, Any]


WorkerMessage = Run | Abandon | Ready | Stage | Done | Failed
_KINDS: dict[str, type[WorkerMessage]] = {
    kind.__name__.lower(): kind for kind in (Run, Abandon, Ready, Stage, Done, Failed)
}


_IN_JSON: dict[str, type | tuple[type, ...]] = {
    "int": int,
    "float": (int, float),
    "str": str,
    "dict[str, Any]": dict,
    "list[dict[str, Any]]": list,
    "list[str] | None": (list, type(None)),
}
"""What a field of each type is in JSON, by the type as it is written above."""


def to_line(message: WorkerMessage) -> bytes:
    """One line of JSON with the message's ``type``."""
    header = {"type": type(message).__name__.lower(), **asdict(message)}
    return json.dumps(header, separators=(",", ":")).encode() + b"\n"


def from_line(line: bytes) -> WorkerMessage:
    """The message in a line.

    :raises ValueError: it is none of ours.
    """
    try:
        header = json.loads(line)
    except RecursionError:
        raise ValueError("brackets in brackets without end") from None
    if not isinstance(header, dict):
        raise ValueError("not a JSON object")
    kind = _KINDS.get(str(header.pop("type", "")))
    if kind is None or set(header) != {each.name for each in fields(kind)}:
        raise ValueError(f"not a worker's message: {line[:200]!r}")
    for each in fields(kind):
        if not isinstance(header[each.name], _IN_JSON[str(each.type)]):
            raise ValueError(f"{each.name} is no {each.type}: {line[:200]!r}")
    return kind(**header)
