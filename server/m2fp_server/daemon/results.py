"""Masks that are ready, until their clients have fetched them."""

from __future__ import annotations

import time
from collections.abc import Callable

from m2fp_host.errors import BadRequest, Draining, Internal
from m2fp_host.messages import Chunk, Pull, Result
from m2fp_host.protocol import CHUNK_BYTES

from ..worker.messages import Done
from .clients import Clients
from .job import Job, State, reply
from .log import log_job
from .settings import Settings
from .spool import Spool

Send = Callable[..., bool]


class Results:
    """Finished jobs by their id. Times are on the monotonic clock."""

    def __init__(self, settings: Settings, spool: Spool, clients: Clients, send: Send) -> None:
        self._settings = settings
        self._spool = spool
        self._clients = clients
        self._send = send
        self._jobs: dict[str, Job] = {}

    def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    @property
    def full(self) -> bool:
        """As much lies here as may: no more is to be computed before some has been fetched."""
        return sum(job.bytes for job in self._jobs.values()) >= self._settings.spool_bytes

    @property
    def fetching(self) -> bool:
        """Somebody may still be about to fetch, or fetches."""
        fresh = time.monotonic() - self._settings.hand_over_seconds
        return any(job.moved > fresh for job in self._jobs.values())

    def put(self, job: Job, done: Done) -> None:
        """A job is finished: keep its masks and offer them."""
        now = time.monotonic()
        job.state, job.moved = State.FINISHED, now
        job.bytes, job.sha256, job.report = done.bytes, done.sha256, done.report
        job.report["stages"] = {"queue": job.started - job.queued, **done.report.get("stages", {})}
        self._spool.drop_plate(job.number)
        self._spool.book(job.number, done.bytes)
        self._jobs[job.job_id] = job
        log_job(job.submit, "done", now - job.submitted, job.report)
        self.offer(job)

    def offer(self, job: Job) -> None:
        """Tell the client that its masks are ready."""
        result = Result(job_id=job.job_id, bytes=job.bytes, sha256=job.sha256, report=job.report)
        try:
            self._send(job.client, result)
        except (
            BadRequest
        ) as error:  # a report too long for a header, by a worker that decodes strangers' files
            self._send(job.client, reply(job.job_id, Internal(error.message, "report this, with the plate")))
            self.forget(job.job_id)

    def pull(self, client: bytes, pull: Pull) -> None:
        """Send pieces of masks, as many as the connection takes now; who misses one pulls again."""
        job = self._jobs.get(pull.job_id)
        if job is None:
            error = BadRequest(f"there is no result of job {pull.job_id}", "submit the job again")
            self._send(client, reply(pull.job_id, error))
            return
        job.moved = time.monotonic()
        with open(self._spool.masks(job.number), "rb") as masks:
            for index in range(pull.credit):
                offset = pull.offset + index * CHUNK_BYTES
                masks.seek(offset)
                data = masks.read(CHUNK_BYTES)
                if not data or not self._send(client, Chunk(job_id=job.job_id, offset=offset), data):
                    return

    def forget(self, job_id: str) -> None:
        """The masks are not needed any more; harmless if there are none."""
        job = self._jobs.pop(job_id, None)
        if job is not None:
            self._spool.remove(job.number)

    def expire(self, now: float) -> None:
        """Forget what nobody has pulled from for long; sooner, if room is short and the client silent."""
        for job in list(self._jobs.values()):
            left_alone = now - job.moved
            abandoned = self._clients.silence(job.client, now) > self._settings.silence_seconds
            if left_alone > self._settings.keep_seconds or (self.full and abandoned):
                self.forget(job.job_id)

    def close(self) -> None:
        """Tell those who have not fetched their masks that they can't any more."""
        for job in list(self._jobs.values()):
            error = Draining("the daemon has shut down", "submit the job again when it is back")
            self._send(job.client, reply(job.job_id, error))
            self.forget(job.job_id)
