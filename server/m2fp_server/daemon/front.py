"""The front: one loop that answers messages and looks after jobs, until it is told to stop."""

from __future__ import annotations

import secrets
import signal
import time
from collections.abc import Callable
from types import FrameType

from m2fp_host.errors import Internal
from m2fp_host.messages import (
    Bye,
    Cancel,
    Chunk,
    Hello,
    Message,
    Ping,
    Pong,
    Pull,
    Status,
    StatusReply,
    Submit,
    Welcome,
)
from m2fp_host.protocol import CHUNK_BYTES, CREDIT, MINOR

from .. import __version__
from .clients import Clients
from .door import Door
from .job import reply
from .jobs import Jobs
from .log import log
from .results import Results
from .settings import Settings
from .spool import Spool
from .supervisor import Supervisor
from .worker_process import WorkerProcess

TICK = 0.1


class Front:
    """The daemon, from binding its endpoint to the last result handed over."""

    def __init__(self, settings: Settings) -> None:
        """:raises BadRequest: the endpoint or the spool can't be had."""
        self._settings = settings
        self._boot_id = secrets.token_hex(8)
        self._started = time.monotonic()
        self._door = Door(settings.endpoint)
        try:
            self._spool = Spool(settings.spool, settings.spool_bytes)
        except BaseException:
            self._door.close()
            raise
        self._supervisor = Supervisor(
            lambda report: WorkerProcess(
                settings.engine,
                settings.threads,
                self._spool.fresh_scratch(),
                report,
                commercial_only=settings.commercial_only,
            ),
            self._door.ring,
        )
        self._clients = Clients(memory=settings.keep_seconds)
        self._results = Results(settings, self._spool, self._clients, self._door.send)
        self._jobs = Jobs(
            settings, self._spool, self._supervisor, self._results, self._clients, self._door.send
        )
        self._stop = False

    @property
    def endpoint(self) -> str:
        """Where it listens, with the port that a ``*`` became."""
        return self._door.endpoint

    @property
    def ready(self) -> bool:
        """A warm worker is there and new jobs are taken."""
        return self._supervisor.warm and not self._jobs.draining

    @property
    def _state(self) -> str:
        if self._supervisor.trouble is not None:
            return "no worker"
        return "ready" if self.ready else "listening"

    def stop(self, *_: int | FrameType | None) -> None:
        """Drain and come to an end; a signal's handler, and safe from any thread."""
        self._stop = True
        self._door.ring()

    def run(self, announce: Callable[[str], None]) -> None:
        """Serve until :meth:`stop`.

        ``announce`` is called with ``"listening"``, then with ``"ready"`` once a worker is warm; with
        ``"no worker"`` when none can be had; and again when that changes.
        """
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        log.info("listening", endpoint=self.endpoint, version=__version__, spool=str(self._spool.folder))
        announce("listening")
        state = "listening"
        try:
            while not self._stop:
                self._turn()
                if (now := self._state) != state:
                    state = now
                    seconds = round(time.monotonic() - self._started, 2)
                    log.info(state, endpoint=self.endpoint, seconds=seconds, trouble=self._supervisor.trouble)
                    announce(state)
            self._drain()
        finally:
            self._jobs.close()
            self._results.close()
            self._supervisor.close()
            self._door.close()
            self._spool.close()
            log.info("stopped", endpoint=self.endpoint)

    def _drain(self) -> None:
        log.info("draining")
        self._jobs.drain()
        end = time.monotonic() + self._settings.drain_seconds
        while (self._jobs.running or self._results.fetching) and time.monotonic() < end:
            self._turn()

    def _turn(self) -> None:
        self._jobs.tick()
        for client, message, payload in self._door.messages(TICK):
            self._clients.heard(client)
            try:
                self._answer(client, message, payload)
            except Exception as fault:  # noqa: BLE001 (one client's message must not end the others' jobs)
                log.exception("message", type=message.TYPE)
                error = Internal(
                    f"the daemon failed on {message.TYPE!r} ({fault})", "see its log, and report it"
                )
                self._door.send(client, reply(str(getattr(message, "job_id", "")), error))

    def _answer(self, client: bytes, message: Message, payload: memoryview) -> None:
        if isinstance(message, Chunk):
            self._jobs.chunk(client, message, payload)
        elif isinstance(message, Pull):
            self._results.pull(client, message)
        elif isinstance(message, Submit):
            self._jobs.submit(client, message)
        elif isinstance(message, Cancel):
            self._jobs.cancel(client, message.job_id)
        elif isinstance(message, Bye):
            self._results.forget(message.job_id)
        elif isinstance(message, Ping):
            self._door.send(client, Pong(boot_id=self._boot_id))
        elif isinstance(message, Hello):
            self._door.send(client, self._welcome())
        elif isinstance(message, Status):
            self._door.send(client, self._status())

    def _welcome(self) -> Welcome:
        limits = {
            "chunk_bytes": CHUNK_BYTES,
            "credit": CREDIT,
            "plate_bytes": self._settings.plate_bytes,
        }
        return Welcome(
            minor=MINOR,
            boot_id=self._boot_id,
            version=__version__,
            limits=limits,
            models=tuple(self._supervisor.models),
            roots=self._settings.roots,
        )

    def _status(self) -> StatusReply:
        return StatusReply(
            ready=self.ready,
            draining=self._jobs.draining,
            queue=self._jobs.queued,
            workers=(self._supervisor.describe(),),
            models=tuple(self._supervisor.models),
            version=__version__,
            uptime=time.monotonic() - self._started,
        )
