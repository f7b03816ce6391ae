"""A job as the daemon sees it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

from m2fp_host.messages import Submit
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
    finished: float = 0.0
    bytes: int = 0
    sha256: str = ""
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def job_id(self) -> str:
        return self.submit.job_id

    @property
    def plate_file(self) -> str:
        """The plate's name in the spool: ours, never the client's."""
        return f"{self.number:08d}.plate.exr"

    @property
    def masks_file(self) -> str:
        return f"{self.number:08d}.masks.exr"

    @property
    def overdue(self) -> float:
        """The time at which the client's own deadline has passed."""
        return self.submitted + self.parameters.deadline if self.parameters.deadline else float("inf")
