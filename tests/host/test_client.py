"""The client alone: what it does when there is no daemon, or a daemon that misbehaves."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zmq

from m2fp_host import Client
from m2fp_host.errors import (
    BadImage,
    BadRequest,
    Busy,
    Cancelled,
    Internal,
    NoDaemon,
    Timeout,
    TooLarge,
    VersionMismatch,
)
from m2fp_host.messages import (
    FROM_CLIENT,
    BusyReply,
    Bye,
    Cancel,
    Chunk,
    Go,
    Hello,
    Message,
    Ping,
    Pong,
    Pull,
    Result,
    Submit,
    Welcome,
)
from m2fp_host.protocol import pack, unpack

Reply = Callable[[Message], list[list[Any]]]


@pytest.fixture
def nowhere() -> str:
    """An endpoint where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{free.getsockname()[1]}"


class ScriptedDaemon:
    """A ROUTER that answers as a test says; ``heard`` is what it was told."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self.heard: list[Message] = []
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self.endpoint = f"tcp://127.0.0.1:{self._socket.bind_to_random_port('tcp://127.0.0.1')}"
        self.deaf = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def hears(self, kind: type[Message]) -> bool:
        """Whether a message of ``kind`` arrives, soon: the client need not wait until we have read it."""
        end = time.monotonic() + 10
        while not any(isinstance(message, kind) for message in self.heard):
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._socket.close(0)
        self._context.term()

    def _serve(self) -> None:
        while not self._stop.is_set():
            if self.deaf.is_set():
                self._stop.wait(0.02)
            elif self._socket.poll(20):
                client, *frames = self._socket.recv_multipart()
                message, _ = unpack(frames, FROM_CLIENT)
                if message is not None:
                    self.heard.append(message)
                    for answer in self._reply(message):
                        self._socket.send_multipart([client, *answer])


@pytest.fixture
def scripted() -> Iterator[Callable[[Reply], ScriptedDaemon]]:
    daemons: list[ScriptedDaemon] = []

    def start(reply: Reply) -> ScriptedDaemon:
        daemons.append(ScriptedDaemon(reply))
        return daemons[-1]

    yield start
    for daemon in daemons:
        daemon.close()


def polite(message: Message) -> list[list[Any]]:
    """Greets, and never does any work."""
    if isinstance(message, Hello):
        return [pack(Welcome(minor=0, boot_id="b"))]
    return [pack(Pong(boot_id="b"))] if isinstance(message, Ping) else []


def test_no_daemon_says_how_to_start_one(nowhere: str, plate: Path) -> None:
    began = time.monotonic()
    with Client(nowhere) as client, pytest.raises(NoDaemon) as caught:
        client.parse(plate)
    assert 2.5 < time.monotonic() - began < 6
    assert caught.value.message == f"no daemon at {nowhere}"
    assert caught.value.hint.startswith("start it with ")
    assert caught.value.hint.endswith(f"m2fp serve --endpoint {nowhere}")


def test_a_daemon_that_never_answers_is_no_daemon(
    scripted: Callable[[Reply], ScriptedDaemon], plate: Path
) -> None:
    silent = scripted(lambda message: [])
    with Client(silent.endpoint, connect_timeout=0.3) as client, pytest.raises(NoDaemon):
        client.parse(plate)


def test_a_daemon_of_another_version_is_named(
    scripted: Callable[[Reply], ScriptedDaemon], plate: Path
) -> None:
    newer = scripted(lambda message: [[b"M2FP9", b'{"type":"welcome"}']])
    with Client(newer.endpoint) as client, pytest.raises(VersionMismatch, match="version 9"):
        client.parse(plate)


def test_waiting_ends_with_the_time_out(scripted: Callable[[Reply], ScriptedDaemon], plate: Path) -> None:
    idle = scripted(polite)
    with Client(idle.endpoint) as client, pytest.raises(Timeout, match=r"plate\.exr"):
        client.parse(plate, timeout=0.3)
    assert idle.hears(Cancel)


def test_cancel_is_seen_at_once(scripted: Callable[[Reply], ScriptedDaemon], plate: Path) -> None:
    idle = scripted(polite)
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    began = time.monotonic()
    with Client(idle.endpoint) as client, pytest.raises(Cancelled):
        client.parse(plate, cancel=cancel)
    assert time.monotonic() - began < 5


def test_a_daemon_that_stops_reading_does_not_hold_a_cancel_up(
    scripted: Callable[[Reply], ScriptedDaemon],
) -> None:
    daemon: list[ScriptedDaemon] = []

    def deaf(message: Message) -> list[list[Any]]:
        if isinstance(message, Submit):
            daemon[0].deaf.set()
            return [pack(Go(job_id=message.job_id, offset=0, credit=64))]
        return polite(message)

    daemon.append(scripted(deaf))
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    began = time.monotonic()
    with Client(daemon[0].endpoint) as client, pytest.raises(Cancelled):
        client.parse(bytes(64 << 20), cancel=cancel)
    assert time.monotonic() - began < 5


def test_a_plate_beyond_the_daemons_limit_is_not_sent(
    scripted: Callable[[Reply], ScriptedDaemon], plate: Path
) -> None:
    small = scripted(lambda message: [pack(Welcome(minor=0, boot_id="b", limits={"plate_bytes": 10}))])
    with Client(small.endpoint) as client, pytest.raises(TooLarge, match="at most 10"):
        client.parse(plate)
    assert not any(isinstance(message, Submit) for message in small.heard)


def test_a_busy_daemon_is_not_asked_without_pause(
    scripted: Callable[[Reply], ScriptedDaemon], plate: Path
) -> None:
    def busy(message: Message) -> list[list[Any]]:
        if isinstance(message, Submit):
            return [pack(BusyReply(job_id=message.job_id, retry_after=0))]
        return polite(message)

    daemon = scripted(busy)
    with Client(daemon.endpoint) as client, pytest.raises(Busy, match="busy"):
        client.parse(plate, timeout=1)
    assert 1 <= sum(isinstance(message, Submit) for message in daemon.heard) <= 6


def test_close_from_another_thread_ends_a_call(
    scripted: Callable[[Reply], ScriptedDaemon], plate: Path
) -> None:
    client = Client(scripted(polite).endpoint)
    threading.Timer(0.2, client.close).start()
    with pytest.raises(Cancelled):
        client.parse(plate)
    with pytest.raises(Cancelled, match="closed"):
        client.parse(plate)


def test_damaged_masks_are_not_kept(
    scripted: Callable[[Reply], ScriptedDaemon], plate: Path, tmp_path: Path
) -> None:
    def lie(message: Message) -> list[list[Any]]:
        if isinstance(message, Submit):
            return [pack(Result(job_id=message.job_id, bytes=3, sha256="0" * 64, report={}))]
        if isinstance(message, Pull):
            return [pack(Chunk(job_id=message.job_id, offset=0), b"bad")]
        return polite(message)

    out = tmp_path / "masks.exr"
    with Client(scripted(lie).endpoint) as client, pytest.raises(Internal, match="damaged"):
        client.parse(plate, out=out)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["plate.exr"]


def test_a_chunk_that_got_lost_is_pulled_again(
    scripted: Callable[[Reply], ScriptedDaemon], plate: Path
) -> None:
    data = b"masks"
    pulled: list[int] = []

    def forgetful(message: Message) -> list[list[Any]]:
        if isinstance(message, Submit):
            sha256 = hashlib.sha256(data).hexdigest()
            return [pack(Result(job_id=message.job_id, bytes=len(data), sha256=sha256, report={}))]
        if isinstance(message, Pull):
            pulled.append(message.offset)
            return [pack(Chunk(job_id=message.job_id, offset=0), data)] if len(pulled) > 1 else []
        return polite(message)

    with Client(scripted(forgetful).endpoint) as client:
        assert client.parse(plate, timeout=20).data == data
    assert pulled == [0, 0]


def test_plate_is_sent_as_asked_for(scripted: Callable[[Reply], ScriptedDaemon]) -> None:
    """Credit is honoured: no chunk beyond what go grants, and a resumed upload starts at go's offset."""
    data = bytes(range(256)) * (3 << 12)  # 3 MiB

    def grant(message: Message) -> list[list[Any]]:
        if isinstance(message, Submit):
            return [pack(Go(job_id=message.job_id, offset=1 << 20, credit=1))]
        return polite(message)

    daemon = scripted(grant)
    with Client(daemon.endpoint) as client, pytest.raises(Timeout):
        client.parse(data, timeout=1)
    assert daemon.hears(Chunk)
    assert [chunk.offset for chunk in daemon.heard if isinstance(chunk, Chunk)] == [1 << 20]
    assert not any(isinstance(message, Bye) for message in daemon.heard)


def test_bad_plates_are_refused_before_anything_is_sent(nowhere: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty.exr"
    empty.touch()
    with Client(nowhere) as client:
        with pytest.raises(BadImage, match="No such file"):
            client.parse(tmp_path / "absent.exr")
        with pytest.raises(BadImage, match="empty"):
            client.parse(empty)
        for nonsense in (None, 5, "a\0b.exr", memoryview(b"abcd")[::2]):
            with pytest.raises(BadRequest):
                client.parse(nonsense)
        with pytest.raises(BadRequest, match="out is no path"):
            client.parse(empty, out=5)
        with pytest.raises(BadRequest, match="is no file"):
            client.parse(empty, out=tmp_path)
        os.mkfifo(tmp_path / "pipe.exr")
        with pytest.raises(BadImage, match="it is no file"):
            client.parse(tmp_path / "pipe.exr")
        with pytest.raises(BadRequest, match="did you mean layers"):
            client.parse(empty, layer=["hair"])


def test_plate_and_masks_may_not_be_one_file(nowhere: str, plate: Path) -> None:
    before = plate.read_bytes()
    with Client(nowhere) as client, pytest.raises(BadRequest, match="same file"):
        client.parse(plate, out=plate)
    assert plate.read_bytes() == before


def test_an_endpoint_that_is_none(plate: Path) -> None:
    with Client("localhost:47115") as client, pytest.raises(BadRequest, match="is no endpoint"):
        client.parse(plate)


def test_a_python_without_pyzmq_is_told_so() -> None:
    program = (
        "import sys; sys.modules['zmq'] = None\n"
        "import m2fp_host\n"
        "try: m2fp_host.Client().parse(b'plate')\n"
        "except m2fp_host.M2FPError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "install the package pyzmq" in done.stdout


@pytest.mark.parametrize("daemonic", [True, False])
def test_the_host_can_quit_at_once(
    daemonic: bool, scripted: Callable[[Reply], ScriptedDaemon], plate: Path
) -> None:
    """A host that quits in the middle of a job, politely or not, is gone within a second or so."""
    program = (
        "import sys, threading, time, m2fp_host\n"
        "client = m2fp_host.Client(sys.argv[1])\n"
        "def work():\n"
        "    try: client.parse(sys.argv[2])\n"
        "    except m2fp_host.M2FPError: pass\n"
        f"threading.Thread(target=work, daemon={daemonic}).start()\n"
        "time.sleep(0.5)\n" + ("" if daemonic else "client.close()\n") + "print(time.time())\n"
    )
    command = [sys.executable, "-c", program, scripted(polite).endpoint, str(plate)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env=os.environ)
    assert time.time() - float(done.stdout) < 5
    assert done.stderr == ""
