"""A job as the daemon sees it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

from m2fp_host.errors import M2FPError
from m2fp_host.messages import ErrorReply, Submit
from m2fp_host.parameters import Parameters

from .upload import Upload


class State(enum.Enum):
    """``UPLOADING -> QUEUED -> RUNNING -> FINISHED``; whatever fails or is cancelled is forgotten."""

    UPLOADING = "uploading"
    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"


@dataclass
class Job:
    """``number`` counts the daemon's jobs; ``client`` is the routing id of the connection that owns it.

    Times are on the monotonic clock, in seconds.
    """

    number: int
    client: bytes
    submit: Submit
    parameters: Parameters
    submitted: float
    state: State = State.UPLOADING
    upload: Upload | None = None
    queued: float = 0.0
    started: float = 0.0
    moved: float = 0.0
    """When the last piece of plate or masks moved, or the job reached the state it is in."""
    bytes: int = 0
    sha256: str = ""
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def job_id(self) -> str:
        return self.submit.job_id

    @property
    def overdue(self) -> float:
        """The time at which the client's own deadline has passed."""
        return self.submitted + self.parameters.deadline if self.parameters.deadline else float("inf")


def reply(job_id: str, error: M2FPError) -> ErrorReply:
    """The message that tells a client of a job's end."""
    return ErrorReply(job_id=job_id, **error.as_dict())
