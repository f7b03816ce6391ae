"""The daemon's jobs: from submission to the last byte of the masks.

Everything that happens to a job happens here; :mod:`front` only reads messages and calls. An answer to a
client goes through the ``send`` callable, which may find the client gone.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from m2fp_host.errors import (
    BadRequest,
    Cancelled,
    Draining,
    M2FPError,
    Timeout,
    WorkerCrashed,
    from_dict,
)
from m2fp_host.messages import BusyReply, Chunk, ErrorReply, Message, Progress, Pull, Queued, Result, Submit
from m2fp_host.protocol import CHUNK_BYTES

from ..worker.messages import Done, Failed, Run, Stage
from .admission import admit
from .job import Job, State
from .log import log
from .scheduler import Scheduler
from .settings import Settings
from .spool import Spool, cannot_write
from .supervisor import Supervisor, WorkerEvent
from .upload import Upload

Send = Callable[..., bool]


class Jobs:
    """All jobs by their id, and what moves them on: clients' messages, the worker's events, time."""

    def __init__(self, settings: Settings, spool: Spool, supervisor: Supervisor, send: Send) -> None:
        self._settings = settings
        self._spool = spool
        self._supervisor = supervisor
        self._send = send
        self._jobs: dict[str, Job] = {}
        self._waiting = Scheduler()
        self._running: Job | None = None
        self._heard: dict[bytes, float] = {}
        self._count = 0
        self.draining = False

    @property
    def queued(self) -> int:
        return len(self._waiting)

    @property
    def quiet(self) -> bool:
        """Nothing runs, and every result has been fetched or has waited long enough."""
        fresh = time.monotonic() - self._settings.hand_over_seconds
        return self._running is None and not any(
            job.state is not State.FINISHED or job.finished > fresh for job in self._jobs.values()
        )

    def heard(self, client: bytes) -> None:
        """A client gave a sign of life."""
        self._heard[client] = time.monotonic()

    def submit(self, client: bytes, submit: Submit) -> None:
        """A new job, or one that its client submits again after a lost connection."""
        known = self._jobs.get(submit.job_id)
        if known is not None:
            self._welcome_back(known, client, submit)
            return
        try:
            job = self._admit(client, submit)
        except M2FPError as error:
            self._send(client, _reply(submit.job_id, error))
            log.info("job", job=submit.job_id, outcome=error.code, message=error.message)
            return
        if job is not None and job.upload is not None:
            self._send(client, job.upload.resume())
        elif job is not None:
            self._queue(job)

    def chunk(self, client: bytes, chunk: Chunk, data: memoryview) -> None:
        """A piece of a plate."""
        job = self._jobs.get(chunk.job_id)
        if job is None or job.client != client or job.upload is None or job.state is not State.UPLOADING:
            return  # of a job cancelled or refused in the meantime
        try:
            go = job.upload.write(chunk, data)
        except M2FPError as error:
            self._end(job, error)
        except OSError as fault:
            self._end(job, cannot_write(self._spool.folder, fault))
        else:
            if go is not None:
                self._send(client, go)
            if job.upload.complete:
                self._queue(job)

    def pull(self, client: bytes, pull: Pull) -> None:
        """Send pieces of a result. A client that was too slow to take them all pulls again."""
        job = self._jobs.get(pull.job_id)
        if job is None or job.state is not State.FINISHED:
            error = BadRequest(f"there is no result of job {pull.job_id}", "submit the job again")
            self._send(client, _reply(pull.job_id, error))
            return
        with open(self._spool.path(job.masks_file), "rb") as masks:
            for index in range(pull.credit):
                offset = pull.offset + index * CHUNK_BYTES
                masks.seek(offset)
                data = masks.read(CHUNK_BYTES)
                if not data or not self._send(client, Chunk(job_id=job.job_id, offset=offset), data):
                    return

    def cancel(self, job_id: str) -> None:
        """The job is not wanted any more. One that nobody knows is as good as cancelled."""
        job = self._jobs.get(job_id)
        if job is not None:
            self._end(job, Cancelled(f"cancelled: {job.submit.name}"))

    def bye(self, job_id: str) -> None:
        """The client has what it came for."""
        job = self._jobs.get(job_id)
        if job is not None and job.state is State.FINISHED:
            self._forget(job)

    def tick(self) -> None:
        """What the worker has to tell, what time has ended, and the next job."""
        now = time.monotonic()
        for event in self._supervisor.events(now):
            self._take(event)
        for job in list(self._jobs.values()):
            self._expire(job, now)
        if self._supervisor.trouble is not None:
            while (waiting := self._waiting.next()) is not None:
                self._end(waiting, from_dict(self._supervisor.trouble))
        self._supervisor.tick(now)
        if self._supervisor.idle and (job_next := self._waiting.next()) is not None:
            self._run(job_next, now)

    def drain(self) -> None:
        """Take no new jobs; tell those that wait. What runs is finished and handed over."""
        self.draining = True
        for job in list(self._jobs.values()):
            if job.state in (State.UPLOADING, State.QUEUED):
                self._end(
                    job, Draining("the daemon is shutting down", "submit the job again when it is back")
                )

    def close(self) -> None:
        """Tell the clients of unfinished jobs that nothing will come."""
        for job in list(self._jobs.values()):
            if job.state is not State.FINISHED:
                self._end(job, Draining("the daemon has shut down", "submit the job again when it is back"))

    def _admit(self, client: bytes, submit: Submit) -> Job | None:
        if self.draining:
            raise Draining("the daemon is shutting down", "submit the job again when it is back")
        parameters = admit(submit, self._settings)
        self._count += 1
        job = Job(self._count, client, submit, parameters, time.monotonic())
        full_house = len(self._jobs) >= self._settings.most_jobs
        if full_house or not self._spool.reserve(job.plate_file, submit.bytes):
            what = "the queue is full" if full_house else "the spool is full"
            self._send(client, BusyReply(job_id=submit.job_id, retry_after=1.0, message=what))
            return None
        self._jobs[job.job_id] = job
        if submit.source == "bytes":
            try:
                path = self._spool.path(job.plate_file)
                job.upload = Upload(job.job_id, path, submit.bytes, submit.sha256)
            except OSError as fault:
                self._forget(job)
                raise cannot_write(self._spool.folder, fault) from None
        return job

    def _welcome_back(self, job: Job, client: bytes, submit: Submit) -> None:
        if submit != job.submit:
            error = BadRequest(
                f"job {submit.job_id} is another job already", "give each job an id of its own"
            )
            self._send(client, _reply(submit.job_id, error))
            return
        job.client = client
        if job.state is State.UPLOADING and job.upload is not None:
            self._send(client, job.upload.resume())
        elif job.state is State.FINISHED:
            self._send_result(job)
        else:
            position = self._waiting.position(job) if job.state is State.QUEUED else 0
            self._send(client, Queued(job_id=job.job_id, position=position))

    def _queue(self, job: Job) -> None:
        job.state, job.queued = State.QUEUED, time.monotonic()
        self._waiting.add(job)
        self._send(job.client, Queued(job_id=job.job_id, position=self._waiting.position(job)))

    def _run(self, job: Job, now: float) -> None:
        job.state, job.started = State.RUNNING, now
        self._running = job
        by_path = job.submit.source == "path"
        spooled = self._spool.path(job.plate_file)
        self._supervisor.run(
            Run(
                job=job.number,
                plate=job.submit.path if by_path else spooled,
                name=job.submit.name or os.path.basename(job.submit.path),
                masks=self._spool.path(job.masks_file),
                sha256=job.submit.sha256,
                roots=list(self._settings.roots) if by_path else None,
                scratch=spooled,
                plate_bytes=self._settings.plate_bytes,
                parameters=job.parameters.as_fields(),
            ),
            kill_at=now + self._settings.job_seconds,
        )

    def _take(self, event: WorkerEvent) -> None:
        job = self._running
        if job is None:
            return
        if isinstance(event, Stage):
            progress = Progress(job_id=job.job_id, stage=event.stage, fraction=event.fraction)
            self._send(job.client, progress)
            return
        self._running = None
        if self._jobs.get(job.job_id) is not job:
            self._clean(job)  # cancelled while it ran
        elif isinstance(event, Done):
            self._finish(job, event)
        elif isinstance(event, Failed):
            self._end(job, from_dict(event.error))
        elif time.monotonic() - job.started >= self._settings.job_seconds:
            self._end(job, Timeout(f"{job.submit.name} took longer than {self._settings.job_seconds:g} s"))
        else:
            self._end(
                job,
                WorkerCrashed(
                    f"the worker died on {job.submit.name} ({event.reason})",
                    "try once more; if it dies again the plate is at fault",
                ),
            )

    def _finish(self, job: Job, done: Done) -> None:
        job.state, job.finished = State.FINISHED, time.monotonic()
        job.bytes, job.sha256, job.report = done.bytes, done.sha256, done.report
        job.report["stages"] = {"queue": job.started - job.queued, **done.report.get("stages", {})}
        self._spool.remove(job.plate_file)
        self._spool.book(job.masks_file, done.bytes)
        self._log(job, "done")
        self._send_result(job)

    def _send_result(self, job: Job) -> None:
        result = Result(job_id=job.job_id, bytes=job.bytes, sha256=job.sha256, report=job.report)
        self._send(job.client, result)

    def _expire(self, job: Job, now: float) -> None:
        silent = now - self._heard.get(job.client, job.submitted)
        if job.state is State.FINISHED:
            if now - job.finished > self._settings.keep_seconds:
                self._forget(job)
        elif now > job.overdue:
            self._end(job, Timeout(f"{job.submit.name} was not done by its deadline"))
        elif silent > self._settings.silence_seconds:
            self._end(job, Timeout(f"the client of {job.submit.name} has not been heard of"))

    def _end(self, job: Job, error: M2FPError) -> None:
        """The job is over without a result: tell its client, forget it."""
        self._send(job.client, _reply(job.job_id, error))
        self._log(job, error.code, message=error.message)
        self._forget(job)

    def _forget(self, job: Job) -> None:
        self._jobs.pop(job.job_id, None)
        self._waiting.remove(job)
        if job is self._running:
            self._supervisor.abandon(time.monotonic() + self._settings.cancel_seconds)
        else:
            self._clean(job)
        owners = {each.client for each in self._jobs.values()}
        self._heard = {client: heard for client, heard in self._heard.items() if client in owners}

    def _clean(self, job: Job) -> None:
        if job.upload is not None:
            job.upload.close()
        self._spool.remove(job.plate_file)
        self._spool.remove(job.masks_file)

    def _log(self, job: Job, outcome: str, **more: Any) -> None:
        log.info(
            "job",
            job=job.job_id,
            plate=job.submit.name,
            user=job.parameters.user,
            source=job.submit.source,
            bytes=job.submit.bytes,
            outcome=outcome,
            engine=job.report.get("engine", ""),
            stages={stage: round(seconds, 4) for stage, seconds in job.report.get("stages", {}).items()},
            seconds=round(time.monotonic() - job.submitted, 4),
            **more,
        )


def _reply(job_id: str, error: M2FPError) -> Message:
    return ErrorReply(job_id=job_id, **error.as_dict())
