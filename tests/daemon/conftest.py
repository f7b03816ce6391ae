"""Daemons with odd settings, and a client that speaks the protocol by hand."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq

from m2fp_host.messages import FROM_DAEMON, Hello, Message, Submit
from m2fp_host.protocol import MINOR, pack, unpack
from m2fp_server.cli.private_daemon import PrivateDaemon
from support.plates import write_plate

JOB = "0123456789abcdef"


class Wire:
    """A DEALER. ``send`` takes a message or raw frames; ``receive`` skips progress."""

    def __init__(self, endpoint: str) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.connect(endpoint)

    def send(self, message: Message | list[Any], payload: Any = None) -> None:
        frames = message if isinstance(message, list) else pack(message, payload)
        self._socket.send_multipart(frames)

    def receive(self, seconds: float = 20.0) -> Message | None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and self._socket.poll(int(left * 1000)):
            message, self.payload = unpack(self._socket.recv_multipart(), FROM_DAEMON)
            if message is not None and message.TYPE != "progress":
                return message
        return None

    def ask(self, message: Message | list[Any], payload: Any = None) -> Message | None:
        self.send(message, payload)
        return self.receive()

    def close(self) -> None:
        self._socket.close(0)
        self._context.term()


@pytest.fixture
def wires() -> Iterator[Callable[[str], Wire]]:
    """Opens connections; each is greeted already."""
    opened: list[Wire] = []

    def open_wire(endpoint: str) -> Wire:
        wire = Wire(endpoint)
        opened.append(wire)
        welcome = wire.ask(Hello(minor=MINOR))
        assert welcome is not None
        assert welcome.TYPE == "welcome"
        return wire

    yield open_wire
    for wire in opened:
        wire.close()


@pytest.fixture
def wire(daemon: PrivateDaemon, wires: Callable[[str], Wire]) -> Wire:
    """A connection to the session's daemon."""
    return wires(daemon.endpoint)


@pytest.fixture
def submit_bytes() -> Callable[..., Submit]:
    """Makes the submit of a plate's bytes."""

    def make(data: bytes, job_id: str = JOB, **more: Any) -> Submit:
        fields = {"source": "bytes", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), **more}
        return Submit(job_id=job_id, **fields)

    return make


@pytest.fixture(scope="session")
def long_plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plate that takes seconds with all its layers: time to interfere."""
    return write_plate(tmp_path_factory.mktemp("long") / "long.exr", 3000, 2000)
