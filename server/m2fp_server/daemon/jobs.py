"""The daemon's jobs, from submission to the worker's last word on them.

Everything that happens to an unfinished job happens here; :mod:`front` only reads messages and calls, and
:mod:`results` has what is finished. An answer to a client goes through the ``send`` callable, which may find
the client gone.
"""

from __future__ import annotations

import os
import time

from m2fp_host.errors import BadRequest, Cancelled, Draining, M2FPError, Timeout, WorkerCrashed, from_dict
from m2fp_host.messages import BusyReply, Chunk, Progress, Queued, Submit

from ..worker.messages import Done, Failed, Run, Stage
from .admission import admit
from .clients import Clients
from .job import Job, State, reply
from .log import log_job
from .results import Results, Send
from .scheduler import Scheduler
from .settings import Settings
from .spool import Spool, cannot_write
from .supervisor import Supervisor, WorkerEvent
from .upload import Upload

_BACK = "submit the job again when it is back"


class Jobs:
    """Unfinished jobs by their id, and what moves them on: clients' messages, the worker's events, time."""

    def __init__(
        self,
        settings: Settings,
        spool: Spool,
        supervisor: Supervisor,
        results: Results,
        clients: Clients,
        send: Send,
    ) -> None:
        self._settings = settings
        self._spool = spool
        self._supervisor = supervisor
        self._results = results
        self._clients = clients
        self._send = send
        self._jobs: dict[str, Job] = {}
        self._waiting = Scheduler()
        self._running: Job | None = None
        self._count = 0
        self.draining = False

    @property
    def queued(self) -> int:
        return len(self._waiting)

    @property
    def running(self) -> bool:
        return self._running is not None

    def submit(self, client: bytes, submit: Submit) -> None:
        """A new job, or one that its client submits again after a lost connection."""
        known = self._jobs.get(submit.job_id) or self._results.get(submit.job_id)
        try:
            if known is not None:
                self._welcome_back(known, client, submit)
            else:
                self._admit(client, submit)
        except M2FPError as error:
            self._send(client, reply(submit.job_id, error))
            log_job(submit, error.code, 0.0, {}, error.message)

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
            job.moved = time.monotonic()
            if go is not None:
                self._send(client, go)
            if job.upload.complete:
                self._queue(job)

    def cancel(self, client: bytes, job_id: str) -> None:
        """The job is not wanted any more, whatever its state, even if nobody knows it."""
        job = self._jobs.get(job_id)
        if job is not None:
            self._end(job, Cancelled(f"cancelled: {job.submit.name}"))
        else:
            self._results.forget(job_id)
            self._send(client, reply(job_id, Cancelled("cancelled: it was over, or unknown")))

    def tick(self) -> None:
        """What the worker has to tell, what time has ended, and the next job."""
        now = time.monotonic()
        for event in self._supervisor.events(now):
            self._take(event)
        for job in list(self._jobs.values()):
            self._expire(job, now)
        self._results.expire(now)
        self._clients.forget_silent(now)
        if self._supervisor.trouble is not None:
            while (waiting := self._waiting.next()) is not None:
                self._end(waiting, from_dict(self._supervisor.trouble))
        self._supervisor.tick(now)
        if self._supervisor.idle and not self._results.full and (chosen := self._waiting.next()) is not None:
            self._run(chosen, now)

    def drain(self) -> None:
        """Take no new jobs; tell those that wait. What runs is finished."""
        self.draining = True
        for job in list(self._jobs.values()):
            if job is not self._running:
                self._end(job, Draining("the daemon is shutting down", _BACK))

    def close(self) -> None:
        """Tell the clients of unfinished jobs that nothing will come."""
        for job in list(self._jobs.values()):
            self._end(job, Draining("the daemon has shut down", _BACK))

    def _admit(self, client: bytes, submit: Submit) -> None:
        if self.draining:
            raise Draining("the daemon is shutting down", _BACK)
        parameters = admit(submit, self._settings)
        self._count += 1
        now = time.monotonic()
        job = Job(self._count, client, submit, parameters, submitted=now, moved=now)
        try:
            full_house = len(self._jobs) >= self._settings.most_jobs
            if full_house or not self._spool.reserve(job.number, submit.bytes):
                what = "the queue is full" if full_house else "the spool is full"
                self._send(client, BusyReply(job_id=submit.job_id, retry_after=1.0, message=what))
                return
            if submit.source == "bytes":
                plate = self._spool.plate(job.number)
                job.upload = Upload(job.job_id, plate, submit.bytes, submit.sha256)
        except OSError as fault:
            self._spool.remove(job.number)
            raise cannot_write(self._spool.folder, fault) from None
        self._jobs[job.job_id] = job
        if job.upload is not None:
            self._send(client, job.upload.resume())
        else:
            self._queue(job)

    def _welcome_back(self, job: Job, client: bytes, submit: Submit) -> None:
        if submit != job.submit:
            raise BadRequest(f"job {submit.job_id} is another job already", "give each job an id of its own")
        job.client = client
        if job.state is State.UPLOADING and job.upload is not None:
            self._send(client, job.upload.resume())
        elif job.state is State.FINISHED:
            self._results.offer(job)
        else:
            self._tell_position(job)

    def _queue(self, job: Job) -> None:
        job.state, job.queued = State.QUEUED, time.monotonic()
        self._waiting.add(job)
        self._tell_position(job)

    def _tell_position(self, job: Job) -> None:
        ahead = self._waiting.position(job) + self.running if job.state is State.QUEUED else 0
        self._send(job.client, Queued(job_id=job.job_id, position=ahead))

    def _run(self, job: Job, now: float) -> None:
        job.state, job.started = State.RUNNING, now
        self._running = job
        by_path = job.submit.source == "path"
        spooled = self._spool.plate(job.number)
        self._supervisor.run(
            Run(
                job=job.number,
                plate=job.submit.path if by_path else spooled,
                name=job.submit.name or os.path.basename(job.submit.path),
                masks=self._spool.masks(job.number),
                sha256=job.submit.sha256,
                roots=list(self._settings.roots) if by_path else None,
                scratch=spooled,
                plate_bytes=job.submit.bytes,
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
            self._spool.remove(job.number)  # cancelled while it ran
        elif isinstance(event, Done):
            del self._jobs[job.job_id]
            self._results.put(job, event)
        elif isinstance(event, Failed):
            self._end(job, from_dict(event.error))
        elif time.monotonic() - job.started >= self._settings.job_seconds:
            longest = f"{self._settings.job_seconds:g} s"
            self._end(job, Timeout(f"{job.submit.name} took longer than {longest}", "use a smaller plate"))
        else:
            self._end(
                job,
                WorkerCrashed(
                    f"the worker died on {job.submit.name} ({event.reason})",
                    "try once more; if it dies again the plate is at fault",
                ),
            )

    def _expire(self, job: Job, now: float) -> None:
        silent = self._clients.silence(job.client, now) > self._settings.silence_seconds
        stuck = job.state is State.UPLOADING and now - job.moved > self._settings.silence_seconds
        if now > job.overdue:
            self._end(job, Timeout(f"{job.submit.name} was not done by its deadline", "allow more time"))
        elif silent or stuck:
            what = "has not been heard of" if silent else "does not send it"
            self._end(job, Timeout(f"the client of {job.submit.name} {what}", "submit the job again"))

    def _end(self, job: Job, error: M2FPError) -> None:
        """The job is over without a result: tell its client, forget it."""
        self._send(job.client, reply(job.job_id, error))
        log_job(job.submit, error.code, time.monotonic() - job.submitted, job.report, error.message)
        del self._jobs[job.job_id]
        self._waiting.remove(job)
        if job is self._running:  # its files go when the worker has let go of them
            self._supervisor.abandon(time.monotonic() + self._settings.cancel_seconds)
        else:
            self._spool.remove(job.number)
