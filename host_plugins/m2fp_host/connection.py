"""One ZeroMQ connection to the daemon, for one thread.

No call here waits without a time-out, and closing never lingers, so that the host can always quit.
"""

from __future__ import annotations

import contextlib
import time
from typing import Any

import zmq
import zmq.utils.monitor

from .errors import BadRequest
from .lost import LostError
from .messages import FROM_DAEMON, Message
from .patience import TICK, Patience
from .protocol import pack, unpack
from .sockets import make_socket

LAST_WORD_MS = 200
DEAF_SECONDS = 10.0


class Connection:
    """A DEALER socket and a watch on it, so that a dead daemon is seen at once and not by silence."""

    def __init__(self, context: zmq.Context[Any], endpoint: str) -> None:
        self._socket = make_socket(context, zmq.DEALER, endpoint)
        self._monitor = self._socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(self._monitor, zmq.POLLIN)
        try:
            self._socket.connect(endpoint)
        except zmq.ZMQError as fault:
            self.close()
            raise BadRequest(
                f"{endpoint!r} is no endpoint ({fault})", "write it like tcp://127.0.0.1:47115"
            ) from None

    def send(self, patience: Patience, message: Message, payload: Any = None) -> None:
        """Send one message.

        :raises LostError: the daemon is not connected, or takes nothing for 10 s.
        :raises Cancelled: see :meth:`Patience.check`, as :class:`Timeout`.
        """
        if not self.wait_writable(patience, DEAF_SECONDS):
            raise LostError
        try:
            self._socket.send_multipart(pack(message, payload), zmq.NOBLOCK, copy=payload is None)
        except zmq.Again:
            raise LostError from None

    def send_last(self, message: Message) -> None:
        """Send a message whose loss does no harm, if the daemon still listens."""
        with contextlib.suppress(zmq.ZMQError):
            self._socket.send_multipart(pack(message), zmq.NOBLOCK)

    def receive(self, timeout: float) -> tuple[Message | None, Any] | None:
        """The next message and its payload, or ``None`` after ``timeout`` seconds without one.

        :raises LostError: the daemon closed the connection.
        :raises M2FPError: what came is not of our protocol or its version.
        """
        ready = dict(self._poller.poll(max(0, int(timeout * 1000))))
        if self._socket in ready:
            frames = self._socket.recv_multipart(zmq.NOBLOCK, copy=False)
            return unpack([frame.buffer for frame in frames], FROM_DAEMON)
        if self._monitor in ready:
            zmq.utils.monitor.recv_monitor_message(self._monitor)
            raise LostError
        return None

    def wait_writable(self, patience: Patience, seconds: float) -> bool:
        """Wait until the daemon is connected and takes a message; ``False`` if not within ``seconds``."""
        end = time.monotonic() + seconds
        while not self._socket.poll(int(TICK * 1000), zmq.POLLOUT):
            patience.check()
            if time.monotonic() > end:
                return False
        return True

    def close(self) -> None:
        """Close without waiting; a last word (``bye``, ``cancel``) has 200 ms to leave in the background."""
        self._socket.disable_monitor()
        self._monitor.close(0)
        self._socket.close(LAST_WORD_MS)
