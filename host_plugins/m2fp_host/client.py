"""The client that every host uses: a plate in, masks out."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .conversation import Conversation, OnProgress, greet
from .endpoint import default_endpoint
from .errors import BadRequest, Cancelled, Internal
from .files import MasksSink, PlateSource
from .lost import LostError, no_daemon
from .messages import Status, StatusReply
from .parameters import Parameters
from .patience import TICK, Patience

if TYPE_CHECKING:
    from .connection import Connection
    from .messages import Welcome


@dataclass(frozen=True)
class Masks:
    """What a job gave: the layered EXR, in the file ``path`` or as ``data``, and the job's ``report``.

    ``report``: ``engine``, ``weights`` (sha256), ``licence``, ``channels``, ``colour_space``, ``exposure``,
    ``warnings``, ``transfer`` (``path`` or ``bytes``) and ``stages`` (seconds: send, queue, read, colour,
    network, mattes, write, receive).
    """

    path: str = ""
    data: bytes | None = None
    report: dict[str, Any] = field(default_factory=dict)


class Client:
    """Talks to the daemon at ``endpoint`` (default: ``M2FP_ENDPOINT``, else this machine's).

    Usable from any thread, by several at once: each call has a connection of its own. zmq is imported at the
    first call, so that a host starts quickly and without it.

    :param connect_timeout: seconds to wait for a daemon before saying that there is none.
    :param reconnect_timeout: seconds to wait for a daemon that went away in the middle of a job.
    :param timeout: seconds that one job may take altogether.

    >>> with Client() as client:                                               # doctest: +SKIP
    ...     client.parse("plate.1001.exr", out="masks.1001.exr", layers=["hair", "face"])
    """

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        connect_timeout: float = 3.0,
        reconnect_timeout: float = 10.0,
        timeout: float = 600.0,
    ) -> None:
        self.endpoint = endpoint or default_endpoint()
        self._connect_timeout = connect_timeout
        self._reconnect_timeout = reconnect_timeout
        self._timeout = timeout
        self._closed = threading.Event()
        self._state = threading.Condition()
        self._context: Any = None
        self._calls = 0

    def parse(
        self,
        plate: Any,
        out: Any = None,
        *,
        on_progress: OnProgress | None = None,
        cancel: Any = None,
        timeout: float | None = None,
        **parameters: Any,
    ) -> Masks:
        """Body parts of ``plate`` as a layered EXR.

        :param plate: an EXR file's bytes, or its path. A path below one of the daemon's roots is only named
            to it; any other plate is sent.
        :param out: where to write the masks (temporary file beside it, then rename); ``None``: in memory.
        :param on_progress: called in this thread with the stage's name and the share done, 0 to 1.
        :param cancel: an object with ``is_set()``, such as ``threading.Event``, looked at 20 times a second.
        :param timeout: seconds, instead of the client's own.
        :param parameters: fields of :class:`~m2fp_host.parameters.Parameters`.
        :raises M2FPError: any of the tree in :mod:`m2fp_host.errors`; nothing is half-written then.
        """
        checked = Parameters.from_keywords(parameters)
        sink = MasksSink(out)
        source = PlateSource(plate)

        def stopped() -> bool:
            return self._closed.is_set() or bool(cancel is not None and cancel.is_set())

        patience = Patience(self._timeout if timeout is None else timeout, stopped, source.name)
        try:
            if source.path and os.path.realpath(source.path) == os.path.realpath(sink.out):
                raise BadRequest(f"plate and masks are the same file {sink.out}", "write the masks elsewhere")
            report = self._converse(source, sink, checked, on_progress, patience)
            data = sink.commit()
        finally:
            sink.discard()
            source.close()
        return Masks(path=sink.out, data=data, report=report)

    def status(self) -> StatusReply:
        """How the daemon is: queue, workers, engines, version.

        :raises NoDaemon: nobody answers at the endpoint.
        """
        patience = Patience(2 * self._connect_timeout, self._closed.is_set, "its status")
        connection, _ = self._open(self._connect_timeout, patience)
        try:
            connection.send(patience, Status())
            while True:
                patience.check()
                received = connection.receive(TICK)
                if received and isinstance(received[0], StatusReply):
                    return received[0]
        except LostError:
            raise no_daemon(self.endpoint) from None
        finally:
            self._close(connection)

    def close(self) -> None:
        """End every call under way (they raise ``Cancelled``) and let the host quit; about 0.3 s at most."""
        self._closed.set()
        with self._state:
            idle = self._state.wait_for(lambda: self._calls == 0, timeout=1.0)
            if self._context is not None and idle:
                self._context.term()  # returns once last words have left: LAST_WORD_MS
                self._context = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _converse(
        self,
        source: PlateSource,
        sink: MasksSink,
        parameters: Parameters,
        on_progress: OnProgress | None,
        patience: Patience,
    ) -> dict[str, Any]:
        def open_connection(timeout: float) -> tuple[Connection, Welcome]:
            return self._open(timeout, patience)

        conversation = Conversation(source, sink, parameters, patience, on_progress)
        return conversation.run(open_connection, self._close, self._connect_timeout, self._reconnect_timeout)

    def _open(self, timeout: float, patience: Patience) -> tuple[Connection, Welcome]:
        try:
            import zmq

            from .connection import Connection
        except ImportError as fault:
            raise Internal(
                f"this Python can't import zmq ({fault})", "install the package pyzmq for it"
            ) from None

        with self._state:
            if self._closed.is_set():
                raise Cancelled("this client is closed", "make a new one")
            if self._context is None:
                self._context = zmq.Context()
            connection = Connection(self._context, self.endpoint)
            self._calls += 1
        try:
            return connection, greet(connection, self.endpoint, timeout, patience)
        except BaseException:
            self._close(connection)
            raise

    def _close(self, connection: Connection) -> None:
        connection.close()
        with self._state:
            self._calls -= 1
            self._state.notify_all()
