"""One job from submission to masks, over as many connections as it takes."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any, Callable

from .errors import Busy, Internal, TooLarge, from_dict
from .files import MasksSink, PlateSource
from .lost import LostError, no_daemon
from .messages import (
    BusyReply,
    Bye,
    Cached,
    Cancel,
    Chunk,
    ErrorReply,
    Go,
    Hello,
    Message,
    Ping,
    Progress,
    Pull,
    Queued,
    Result,
    Submit,
    Welcome,
)
from .parameters import Parameters
from .patience import TICK, Patience
from .protocol import CHUNK_BYTES, CREDIT, MINOR

if TYPE_CHECKING:
    from .connection import Connection

PING_EVERY = 2.0
PULL_AGAIN = 2.0
"""Seconds without a chunk after which it is asked for once more: a daemon drops what can't leave at once."""

SILENCE = 10.0
"""Seconds without a word from the daemon after which the connection counts as lost."""

SHORTEST_PAUSE = 0.2
"""Seconds between submissions of a job that the daemon is too busy for."""

OnProgress = Callable[[str, float], None]


def greet(connection: Connection, endpoint: str, timeout: float, patience: Patience) -> Welcome:
    """Shake hands. ``timeout`` in seconds.

    :raises NoDaemon: nobody answered in time.
    """
    end = time.monotonic() + min(timeout, patience.left)
    while time.monotonic() < end:
        try:
            welcome = _shake_hands(connection, end, patience)
        except LostError:
            continue  # it went away meanwhile; another may come in its place
        if welcome is not None:
            return welcome
    patience.check_stopped()
    raise no_daemon(endpoint)


def _shake_hands(connection: Connection, end: float, patience: Patience) -> Welcome | None:
    if not connection.wait_writable(patience, end - time.monotonic()):
        return None
    connection.send(patience, Hello(minor=MINOR, client="m2fp_host"))
    while time.monotonic() < end:
        patience.check_stopped()
        received = connection.receive(TICK)
        message = received[0] if received else None
        if isinstance(message, ErrorReply):
            raise from_dict(message.as_fields())
        if isinstance(message, Welcome):
            return message
    return None


class TryLaterError(Exception):
    """The daemon is busy; ``seconds`` from now it may not be."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class Conversation:
    """What one job needs to remember while connections come and go."""

    def __init__(
        self,
        plate: PlateSource,
        masks: MasksSink,
        parameters: Parameters,
        patience: Patience,
        on_progress: OnProgress | None,
    ) -> None:
        self._plate = plate
        self._masks = masks
        self._parameters = parameters
        self._patience = patience
        self._on_progress = on_progress
        self._job_id = uuid.uuid4().hex
        self._by_path = bool(plate.path)
        self._submitted = self._sent = self._result_at = self._fed = 0.0
        self._result: Result | None = None
        self._over = False  # the daemon has said its last word on the job

    def run(
        self,
        open_connection: Callable[[float], tuple[Connection, Welcome]],
        close_connection: Callable[[Connection], None],
        first: float,
        later: float,
    ) -> dict[str, Any]:
        """Converse until the masks are complete; the job's report.

        ``open_connection(timeout)`` makes a connection and shakes hands, ``close_connection`` ends it.
        ``first`` and ``later`` are time-outs in seconds, for the first connection and for those after a
        loss.
        """
        timeout = first
        while True:
            connection, welcome = open_connection(timeout)
            timeout = later
            try:
                return self._attempt(connection, welcome)
            except LostError:
                time.sleep(TICK)
            except TryLaterError as busy:
                self._pause(busy)
            except BaseException:
                if not self._over:
                    connection.send_last(Cancel(job_id=self._job_id))
                raise
            finally:
                close_connection(connection)

    def _attempt(self, connection: Connection, welcome: Welcome) -> dict[str, Any]:
        self._over = False
        self._result = None
        self._submit(connection, welcome)
        heard = pinged = time.monotonic()
        while True:
            now = time.monotonic()
            self._patience.check()
            if now - heard > SILENCE:
                raise LostError
            if now - pinged > PING_EVERY:
                connection.send(self._patience, Ping())
                pinged = now
            if self._result is not None and now - self._fed > PULL_AGAIN:
                self._pull(connection, self._masks.offset, CREDIT)
            received = connection.receive(TICK)
            if received is None:
                continue
            heard = now
            message, payload = received
            if message is not None and self._take(connection, message, payload):
                return self._finish(connection)

    def _submit(self, connection: Connection, welcome: Welcome) -> None:
        self._submitted = self._submitted or time.monotonic()
        self._by_path = self._by_path and any(_below(self._plate.path, root) for root in welcome.roots)
        most = welcome.limits.get("plate_bytes")
        if isinstance(most, int) and self._plate.bytes > most:
            raise TooLarge(
                f"the plate {self._plate.name} has {self._plate.bytes} bytes",
                f"the daemon takes at most {most}: crop it or compress it",
            )
        connection.send(
            self._patience,
            Submit(
                job_id=self._job_id,
                source="path" if self._by_path else "bytes",
                path=self._plate.path if self._by_path else "",
                bytes=self._plate.bytes,
                sha256="" if self._by_path else self._plate.sha256(self._patience.check),
                name=self._plate.name,
                parameters=self._parameters.as_fields(),
            ),
        )

    def _take(self, connection: Connection, message: Message, payload: Any) -> bool:
        """React to one message; ``True`` once the masks are complete."""
        if getattr(message, "job_id", self._job_id) not in (self._job_id, ""):
            return False
        if isinstance(message, Go):
            self._send_chunks(connection, message)
        elif isinstance(message, Queued):
            self._sent = self._sent or time.monotonic()
            self._tell("queue", 0.1)
        elif isinstance(message, Progress):
            self._tell(message.stage, 0.1 + 0.8 * message.fraction)
        elif isinstance(message, (Result, Cached)):
            self._result = message
            self._result_at = time.monotonic()
            self._sent = self._sent or self._result_at
            self._masks.begin(message.bytes, message.sha256)
            self._pull(connection, self._masks.offset, CREDIT)
        elif isinstance(message, Chunk):
            return self._keep_chunk(connection, message, payload)
        elif isinstance(message, BusyReply):
            self._over = True
            raise TryLaterError(message.message or "the daemon is busy", message.retry_after)
        elif isinstance(message, ErrorReply):
            self._fail(message)
        return False

    def _send_chunks(self, connection: Connection, go: Go) -> None:
        for offset in range(go.offset, go.offset + go.credit * CHUNK_BYTES, CHUNK_BYTES):
            if offset >= self._plate.bytes:
                break
            data = self._plate.read(offset, CHUNK_BYTES)
            connection.send(self._patience, Chunk(job_id=self._job_id, offset=offset), data)
            self._tell("send", 0.1 * min(1.0, (offset + len(data)) / self._plate.bytes))

    def _pull(self, connection: Connection, offset: int, credit: int) -> None:
        self._fed = time.monotonic()
        connection.send(self._patience, Pull(job_id=self._job_id, offset=offset, credit=credit))

    def _keep_chunk(self, connection: Connection, chunk: Chunk, payload: Any) -> bool:
        if self._result is None or chunk.offset != self._masks.offset:
            return False  # sent again after a second pull: already here
        self._fed = time.monotonic()
        self._masks.write(payload)
        if self._masks.complete:
            return True
        ahead = self._masks.offset + (CREDIT - 1) * CHUNK_BYTES
        if ahead < self._masks.bytes:
            self._pull(connection, ahead, 1)
        self._tell("receive", 0.9 + 0.1 * self._masks.offset / self._masks.bytes)
        return False

    def _fail(self, reply: ErrorReply) -> None:
        error = from_dict(reply.as_fields())
        if error.code == "path_denied" and self._by_path:
            self._by_path = False  # the daemon sees other folders than we do: send the bytes instead
            self._job_id = uuid.uuid4().hex
            raise LostError
        self._over = True
        raise error

    def _finish(self, connection: Connection) -> dict[str, Any]:
        if self._result is None:
            raise Internal("masks without a result")
        self._over = True
        connection.send_last(Bye(job_id=self._job_id))
        report = dict(self._result.report)
        report["transfer"] = "path" if self._by_path else "bytes"
        stages = report.get("stages")
        report["stages"] = {
            "send": max(0.0, self._sent - self._submitted),
            **(stages if isinstance(stages, dict) else {}),
            "receive": time.monotonic() - self._result_at,
        }
        self._tell("done", 1.0)
        return report

    def _pause(self, busy: TryLaterError) -> None:
        resume = time.monotonic() + max(SHORTEST_PAUSE, busy.seconds)
        if resume > self._patience.end:
            raise Busy(str(busy), "try again later, or allow more time") from None
        self._tell("busy", 0.0)
        while time.monotonic() < resume:
            self._patience.check()
            time.sleep(TICK)

    def _tell(self, stage: str, fraction: float) -> None:
        if self._on_progress is not None:
            self._on_progress(stage, fraction)


def _below(path: str, root: str) -> bool:
    return path.startswith(root.rstrip("/\\") + ("\\" if "\\" in root else "/"))
