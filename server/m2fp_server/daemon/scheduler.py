"""Who is next. A pure object: no sockets, no clock, no pixels."""

from __future__ import annotations

from collections import OrderedDict

from .job import Job


class Scheduler:
    """First come, first served."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Job] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, job: Job) -> None:
        self._waiting[job.job_id] = job

    def remove(self, job: Job) -> None:
        """Forget a job; harmless if it does not wait."""
        self._waiting.pop(job.job_id, None)

    def next(self) -> Job | None:
        """Take the job to run now, if any waits."""
        return self._waiting.popitem(last=False)[1] if self._waiting else None

    def position(self, job: Job) -> int:
        """How many jobs are ahead of ``job``."""
        return list(self._waiting).index(job.job_id)
