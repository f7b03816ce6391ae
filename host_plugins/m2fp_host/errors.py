"""Every error that a job can end with: one tree, one closed set of codes.

    M2FPError
    ├── BadRequest          bad_request         a field of the request is wrong
    ├── VersionMismatch     version             client and daemon speak different protocol majors
    ├── Unauthorised        unauthorised        the daemon does not know this key
    ├── TooLarge            too_large           the plate is beyond the daemon's limits
    ├── BadImage            bad_image           the plate can't be read
    ├── PathDenied          path_denied         the daemon may not, or can't, open this path
    ├── Busy                busy                the queue or the spool is full
    ├── Draining            draining            the daemon is shutting down
    ├── Cancelled           cancelled           somebody cancelled the job
    ├── Timeout             timeout             no answer within the time allowed
    │   └── NoDaemon        timeout             nobody listens at the endpoint
    ├── WorkerCrashed       worker_crashed      the worker process died on this job
    ├── Poisoned            poisoned            this plate has killed more than one worker
    ├── EngineUnavailable   engine_unavailable  the engine asked for is not installed here
    ├── WeightsMissing      weights_missing     the engine's weights are not installed here
    ├── OutOfMemory         out_of_memory       the worker ran out of memory
    └── Internal            internal            a fault of ours

Over the wire an error is the JSON of :meth:`M2FPError.as_dict`; :func:`from_dict` turns it back into the
same class, and an unknown code from a newer daemon into :class:`Internal`.
"""

from __future__ import annotations

from typing import Any, Mapping

_LONGEST = 2000
"""Characters of a message on the wire; the receiver takes 8192."""


class M2FPError(Exception):
    """What is wrong (``message``), what to do about it (``hint``), whether trying again may help."""

    code = "internal"
    retryable = False

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}: {self.hint}" if self.hint else self.message

    def as_dict(self) -> dict[str, Any]:
        """The error as fields of the protocol's ``error`` message."""
        return {
            "code": self.code,
            "message": _presentable(self.message),
            "hint": _presentable(self.hint),
            "retryable": self.retryable,
        }


def _presentable(text: str) -> str:
    """A file's own names get into messages: no control characters, and no pages of them."""
    text = "".join(each if each.isprintable() else " " for each in text)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


class BadRequest(M2FPError):
    code = "bad_request"


class VersionMismatch(M2FPError):
    code = "version"


class Unauthorised(M2FPError):
    code = "unauthorised"


class TooLarge(M2FPError):
    code = "too_large"


class BadImage(M2FPError):
    code = "bad_image"


class PathDenied(M2FPError):
    code = "path_denied"


class Busy(M2FPError):
    code = "busy"
    retryable = True


class Draining(M2FPError):
    code = "draining"
    retryable = True


class Cancelled(M2FPError):
    code = "cancelled"


class Timeout(M2FPError):
    code = "timeout"
    retryable = True


class NoDaemon(Timeout):
    """Nobody answers at the endpoint. Raised by the client; never sent."""


class WorkerCrashed(M2FPError):
    code = "worker_crashed"
    retryable = True


class Poisoned(M2FPError):
    code = "poisoned"


class EngineUnavailable(M2FPError):
    code = "engine_unavailable"


class WeightsMissing(M2FPError):
    code = "weights_missing"


class OutOfMemory(M2FPError):
    code = "out_of_memory"


class Internal(M2FPError):
    code = "internal"


_BY_CODE: dict[str, type[M2FPError]] = {
    kind.code: kind
    for kind in (
        BadRequest,
        VersionMismatch,
        Unauthorised,
        TooLarge,
        BadImage,
        PathDenied,
        Busy,
        Draining,
        Cancelled,
        Timeout,
        WorkerCrashed,
        Poisoned,
        EngineUnavailable,
        WeightsMissing,
        OutOfMemory,
        Internal,
    )
}


def from_dict(fields: Mapping[str, Any]) -> M2FPError:
    """The error that ``fields`` (of an ``error`` message, from an untrusted peer) describe."""
    kind = _BY_CODE.get(str(fields.get("code", "")), Internal)
    return kind(str(fields.get("message", "no reason given")), str(fields.get("hint", "")))
