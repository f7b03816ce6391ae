"""The protocol's messages: plain values, each with its type's name on the wire and a check per field.

Client to daemon: :class:`Hello`, :class:`Submit`, :class:`Chunk`, :class:`Pull`, :class:`Cancel`,
:class:`Ping`, :class:`Bye`, :class:`Status`. Daemon to client: :class:`Welcome`, :class:`Go`,
:class:`Queued`, :class:`Progress`, :class:`Cached`, :class:`Result`, :class:`Chunk`, :class:`BusyReply`,
:class:`ErrorReply`, :class:`Pong`, :class:`StatusReply`.

Both transfers are pulled: the receiver names an offset and how many chunks it is ready to take (its credit),
the sender sends just those. So neither side buffers, and after a lost connection the receiver simply asks
again from the offset it has. ``docs/protocol.md`` explains the conversation.
"""

from __future__ import annotations

from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any, ClassVar, Mapping

from .errors import BadRequest
from .fields import Check, boolean, integer, mapping, number, sequence, text
from .parameters import Parameters

MOST_BYTES = 1 << 40
MOST_CREDIT = 64

_MISSING: Any = object()


def _field(check: Check, default: Any = _MISSING) -> Any:
    if default is _MISSING:
        return field(metadata={"check": check})
    if default == {}:
        return field(default_factory=dict, metadata={"check": check})
    return field(default=default, metadata={"check": check})


_PARAMETERS = tuple(each.name for each in fields(Parameters))
JOB_ID = r"[A-Za-z0-9-]{8,64}"
_job_id = text(64, JOB_ID)
_sha256 = text(64, r"([0-9a-f]{64})?")
_offset = integer(0, MOST_BYTES)


@dataclass(frozen=True)
class Message:
    """What all messages share: to and from the fields of a JSON header."""

    TYPE: ClassVar[str] = ""

    def as_fields(self) -> dict[str, Any]:
        """The header's fields, ``type`` included."""
        return dict(asdict(self), type=self.TYPE)

    @classmethod
    def from_fields(cls, header: Mapping[str, Any]) -> Message:
        """The message that an untrusted header describes; unknown fields are ignored.

        :raises BadRequest: a field is missing or of the wrong kind.
        """
        values = {}
        for each in fields(cls):
            if each.name in header:
                values[each.name] = each.metadata["check"](each.name, header[each.name])
        try:
            return cls(**values)
        except TypeError:
            needed = [each.name for each in fields(cls) if each.default is each.default_factory is MISSING]
            absent = ", ".join(name for name in needed if name not in values)
            raise BadRequest(
                f"message {cls.TYPE!r} lacks {absent}", "it needs " + ", ".join(needed)
            ) from None


@dataclass(frozen=True)
class Hello(Message):
    """The first message of a connection: who asks, and the protocol's minor version it knows."""

    TYPE: ClassVar[str] = "hello"
    minor: int = _field(integer(0, 1 << 30))
    client: str = _field(text(128), "")


@dataclass(frozen=True)
class Welcome(Message):
    """The daemon's answer to :class:`Hello`.

    ``boot_id`` is new at each start of a daemon: a client that sees a new one submits its jobs again.
    ``limits``: ``chunk_bytes``, ``credit``, ``plate_bytes``. ``models``: a list of engines, each with
    ``name``, ``labels``, ``weights``, ``licence``. ``roots``: folders below which a plate may be a path.
    """

    TYPE: ClassVar[str] = "welcome"
    minor: int = _field(integer(0, 1 << 30))
    boot_id: str = _field(text(64))
    version: str = _field(text(64), "")
    limits: dict[str, Any] = _field(mapping, {})
    models: tuple[dict[str, Any], ...] = _field(sequence(mapping, 64), ())
    roots: tuple[str, ...] = _field(sequence(text(4096), 256), ())


@dataclass(frozen=True)
class Submit(Message):
    """A job. ``job_id`` is the client's own, unguessable, and makes submitting again harmless.

    ``source`` is ``"bytes"`` (then ``bytes`` and ``sha256`` of the file are announced here and the file is
    sent in chunks) or ``"path"`` (then ``path`` is absolute, as the daemon sees it). The fields of
    :class:`~m2fp_host.parameters.Parameters` stand in the same header; they are kept in ``parameters``.
    """

    TYPE: ClassVar[str] = "submit"
    job_id: str = _field(_job_id)
    source: str = _field(text(choices=("bytes", "path")))
    path: str = _field(text(4096), "")
    bytes: int = _field(integer(0, MOST_BYTES), 0)
    sha256: str = _field(_sha256, "")
    name: str = _field(text(255), "")
    parameters: dict[str, Any] = _field(mapping, {})

    def as_fields(self) -> dict[str, Any]:
        own = super().as_fields()
        return dict(own.pop("parameters"), **own)

    @classmethod
    def from_fields(cls, header: Mapping[str, Any]) -> Message:
        # Only the parameters there are: what nobody knows must not live as long as the job.
        known = {name: header[name] for name in _PARAMETERS if name in header}
        return super().from_fields(dict(header, parameters=known))


@dataclass(frozen=True)
class Go(Message):
    """Daemon: send ``credit`` more chunks of the plate, the first of them at byte ``offset``."""

    TYPE: ClassVar[str] = "go"
    job_id: str = _field(_job_id)
    offset: int = _field(_offset)
    credit: int = _field(integer(1, MOST_CREDIT))


@dataclass(frozen=True)
class Chunk(Message):
    """Bytes of a plate or of a result, from ``offset`` on; the bytes are the message's third frame."""

    TYPE: ClassVar[str] = "chunk"
    job_id: str = _field(_job_id)
    offset: int = _field(_offset)


@dataclass(frozen=True)
class Pull(Message):
    """Client: send ``credit`` chunks of the result, the first of them at byte ``offset``."""

    TYPE: ClassVar[str] = "pull"
    job_id: str = _field(_job_id)
    offset: int = _field(_offset)
    credit: int = _field(integer(1, MOST_CREDIT))


@dataclass(frozen=True)
class Queued(Message):
    """The plate is complete and waits; ``position`` jobs are ahead of it."""

    TYPE: ClassVar[str] = "queued"
    job_id: str = _field(_job_id)
    position: int = _field(integer(0, 1 << 30))


@dataclass(frozen=True)
class Progress(Message):
    """A stage (``read``, ``colour``, ``network``, ``mattes``, ``write``) and the job's share done."""

    TYPE: ClassVar[str] = "progress"
    job_id: str = _field(_job_id)
    stage: str = _field(text(32))
    fraction: float = _field(number(0.0, 1.0))


@dataclass(frozen=True)
class Result(Message):
    """The layered EXR is ready to be pulled: its length, its sha256, and the job's report."""

    TYPE: ClassVar[str] = "result"
    job_id: str = _field(_job_id)
    bytes: int = _field(integer(1, MOST_BYTES))
    sha256: str = _field(_sha256)
    report: dict[str, Any] = _field(mapping)


@dataclass(frozen=True)
class Cached(Result):
    """A :class:`Result` that was there before the plate had to be sent."""

    TYPE: ClassVar[str] = "cached"


@dataclass(frozen=True)
class BusyReply(Message):
    """The job was not taken: submit it again after ``retry_after`` seconds."""

    TYPE: ClassVar[str] = "busy"
    job_id: str = _field(_job_id)
    retry_after: float = _field(number(0.0, 3600.0))
    message: str = _field(text(4096), "")


@dataclass(frozen=True)
class ErrorReply(Message):
    """The job's end without a result, or (without ``job_id``) a message that can't be understood."""

    TYPE: ClassVar[str] = "error"
    code: str = _field(text(64))
    message: str = _field(text(8192))
    hint: str = _field(text(8192), "")
    retryable: bool = _field(boolean, False)
    job_id: str = _field(text(64), "")


@dataclass(frozen=True)
class Cancel(Message):
    """Client: the job is not wanted any more, whatever its state."""

    TYPE: ClassVar[str] = "cancel"
    job_id: str = _field(_job_id)


@dataclass(frozen=True)
class Ping(Message):
    """Client: are you there? Also keeps the client's jobs alive."""

    TYPE: ClassVar[str] = "ping"


@dataclass(frozen=True)
class Pong(Message):
    """Daemon: yes, and I am still the same one."""

    TYPE: ClassVar[str] = "pong"
    boot_id: str = _field(text(64))


@dataclass(frozen=True)
class Bye(Message):
    """Client: I have what I came for; ``job_id``'s files may go."""

    TYPE: ClassVar[str] = "bye"
    job_id: str = _field(text(64), "")


@dataclass(frozen=True)
class Status(Message):
    """Client: how are you?"""

    TYPE: ClassVar[str] = "status"


@dataclass(frozen=True)
class StatusReply(Message):
    """How the daemon is: ``queue`` is a number of jobs, ``uptime`` in seconds."""

    TYPE: ClassVar[str] = "status"
    ready: bool = _field(boolean)
    draining: bool = _field(boolean)
    queue: int = _field(integer(0, 1 << 30))
    workers: tuple[dict[str, Any], ...] = _field(sequence(mapping, 1024), ())
    models: tuple[dict[str, Any], ...] = _field(sequence(mapping, 64), ())
    version: str = _field(text(64), "")
    uptime: float = _field(number(0.0, 1e12), 0.0)


FROM_CLIENT: dict[str, type[Message]] = {
    kind.TYPE: kind for kind in (Hello, Submit, Chunk, Pull, Cancel, Ping, Bye, Status)
}
_TO_CLIENT = (Welcome, Go, Queued, Progress, Cached, Result, Chunk, BusyReply, ErrorReply, Pong, StatusReply)
FROM_DAEMON: dict[str, type[Message]] = {kind.TYPE: kind for kind in _TO_CLIENT}
