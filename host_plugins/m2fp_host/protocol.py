"""Framing: a message is two or three ZeroMQ frames.

    frame 0   b"M2FP" and the protocol's major version in decimal, b"M2FP1"
    frame 1   a JSON object in UTF-8, at most 256 KiB, with the message's ``type``
    frame 2   only with ``chunk``: at most 1 MiB of a file

A newer minor version only adds fields and messages; who does not know a field ignores it.
"""

from __future__ import annotations

import json
import re
from typing import Any, Mapping, NoReturn, Sequence

from .errors import BadRequest, VersionMismatch
from .messages import JOB_ID, Chunk, Message

MAGIC = b"M2FP"
MAJOR = 1
MINOR = 0

CHUNK_BYTES = 1 << 20
HEADER_BYTES = 1 << 18
CREDIT = 8
"""Chunks under way at once: enough to hide a round trip, small enough to keep both sides flat."""

_FIRST_FRAME = MAGIC + str(MAJOR).encode()


def pack(message: Message, payload: Any = None) -> list[Any]:
    """The frames of ``message``; ``payload`` (bytes-like) is the third frame of a ``chunk``."""
    header = json.dumps(message.as_fields(), separators=(",", ":"), allow_nan=False).encode()
    if len(header) > HEADER_BYTES:
        raise BadRequest(
            f"the header of {message.TYPE!r} has {len(header)} bytes", f"at most {HEADER_BYTES} are allowed"
        )
    return [_FIRST_FRAME, header] if payload is None else [_FIRST_FRAME, header, payload]


def unpack(frames: Sequence[Any], known: Mapping[str, type[Message]]) -> tuple[Message | None, Any]:
    """The message in ``frames`` (from an untrusted peer) and its payload, ``b""`` where it has none.

    ``known`` maps type names to classes: :data:`~m2fp_host.messages.FROM_CLIENT` or ``FROM_DAEMON``. A type
    that is not in it gives ``None``: a newer peer's message, to be ignored.

    :raises VersionMismatch: the peer speaks another major version.
    :raises BadRequest: the frames are not a message of this protocol.
    """
    if not frames or bytes(frames[0][: len(MAGIC)]) != MAGIC or len(frames[0]) > 16:
        raise BadRequest("these bytes are not M2FP's", "check that both sides are M2FP Bridge")
    if bytes(frames[0]) != _FIRST_FRAME:
        theirs = bytes(frames[0][len(MAGIC) :]).decode("ascii", "replace")
        raise VersionMismatch(
            f"the peer speaks version {theirs} of the protocol, this side version {MAJOR}",
            "update the older of the two",
        )
    if len(frames) not in (2, 3):
        raise BadRequest(f"a message of {len(frames)} frames", "send two, or three with a chunk")
    header = _header(frames[1])
    kind = known.get(str(header.get("type")))
    if kind is None:
        return None, b""
    payload = frames[2] if len(frames) == 3 else b""
    fits = 0 < len(payload) <= CHUNK_BYTES if kind is Chunk else len(frames) == 2
    if not fits:
        raise BadRequest(
            f"{kind.TYPE!r} with {len(payload)} bytes of payload",
            f"a chunk carries 1 to {CHUNK_BYTES} bytes, any other message none",
        )
    return kind.from_fields(header), payload


def job_id_in(frames: Sequence[Any]) -> str:
    """The job that a message which can't be understood was about, if so much can be read; else empty."""
    try:
        job_id = _header(frames[1]).get("job_id")
    except (BadRequest, IndexError):
        return ""
    return job_id if isinstance(job_id, str) and re.fullmatch(JOB_ID, job_id) else ""


def _header(frame: Any) -> dict[str, Any]:
    if len(frame) > HEADER_BYTES:
        raise BadRequest(f"a header of {len(frame)} bytes", f"at most {HEADER_BYTES} are allowed")
    try:
        header = json.loads(bytes(frame).decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as fault:
        raise BadRequest(f"a header that is not JSON ({fault})", "send a JSON object in UTF-8") from None
    if not isinstance(header, dict):
        raise BadRequest("a header that is not a JSON object", "send a JSON object in UTF-8")
    return header


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
