"""The daemon's socket: messages in from anybody, messages out to whoever is still there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import zmq

from m2fp_host.errors import BadRequest, M2FPError
from m2fp_host.messages import FROM_CLIENT, ErrorReply, Message
from m2fp_host.protocol import job_id_in, pack, unpack
from m2fp_host.sockets import make_socket

from .ipc import claimed

MOST_AT_ONCE = 64
"""Messages taken before the loop looks after the worker again."""


class Door:
    """A ROUTER bound to ``endpoint``, and a bell that other threads may ring to end a wait."""

    def __init__(self, endpoint: str) -> None:
        """:raises BadRequest: the endpoint is taken, or can't be bound."""
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = make_socket(self._context, zmq.ROUTER, endpoint)
        self._socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self._claim: IO[bytes] | None = None
        self._bell, self._button = socket.socketpair()
        self._bell.setblocking(False)
        self._button.setblocking(False)
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(self._bell, zmq.POLLIN)
        try:
            if endpoint.startswith("ipc://"):
                self._claim = claimed(Path(endpoint.removeprefix("ipc://")))
            self._socket.bind(endpoint)
        except (zmq.ZMQError, OSError) as fault:
            self.close()
            raise BadRequest(
                f"can't listen at {endpoint} ({fault.strerror})",
                "is another daemon running there? Stop it, or choose another --endpoint",
            ) from None
        except BadRequest:
            self.close()
            raise
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def ring(self) -> None:
        """End a wait from any thread."""
        try:
            self._button.send(b"!")
        except (BlockingIOError, OSError):
            return  # it rings already, or the daemon is closing

    def messages(self, timeout: float) -> Iterator[tuple[bytes, Message, memoryview]]:
        """Wait up to ``timeout`` seconds; then what is there: the client's routing id, message, payload.

        Who sends what is no message of ours is answered with the reason.
        """
        ready = dict(self._poller.poll(int(timeout * 1000)))
        if self._bell.fileno() in ready:
            self._bell.recv(4096)
        for _ in range(MOST_AT_ONCE):
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return
            client = frames[0].bytes
            try:
                message, payload = unpack([frame.buffer for frame in frames[1:]], FROM_CLIENT)
            except M2FPError as error:
                job_id = job_id_in([frame.buffer for frame in frames[1:]])
                self.send(client, ErrorReply(job_id=job_id, **error.as_dict()))
                continue
            if message is not None:
                yield client, message, payload

    def send(self, client: bytes, message: Message, payload: Any = None) -> bool:
        """Send, without waiting; ``False`` if the client has gone or does not read."""
        try:
            self._socket.send_multipart([client, *pack(message, payload)], zmq.NOBLOCK, copy=payload is None)
        except zmq.ZMQError as fault:
            if fault.errno in (zmq.EHOSTUNREACH, zmq.EAGAIN):
                return False
            raise
        return True

    def close(self) -> None:
        self._socket.close(0)
        self._context.term()
        self._bell.close()
        self._button.close()
        if self._claim is not None:
            self._claim.close()
