"""The protocol from outside, message by message, with a client that may misbehave."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from m2fp_host.messages import (
    Bye,
    Cancel,
    Chunk,
    ErrorReply,
    Go,
    Message,
    Ping,
    Pong,
    Pull,
    Queued,
    Result,
    Status,
    StatusReply,
    Submit,
)
from m2fp_host.protocol import CHUNK_BYTES
from support.plates import write_plate

Make = Callable[..., Submit]


@pytest.fixture
def job() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def big_plate(tmp_path: Path) -> bytes:
    """Over two chunks long."""
    data = write_plate(tmp_path / "big.exr", 1024, 768, compression="none").read_bytes()
    assert len(data) > 2 * CHUNK_BYTES
    return data


def code(message: Message | None) -> str:
    assert isinstance(message, ErrorReply), message
    assert message.message
    return message.code


def chunks(data: bytes, job: str, start: int = 0) -> list[tuple[Chunk, bytes]]:
    return [
        (Chunk(job_id=job, offset=offset), data[offset : offset + CHUNK_BYTES])
        for offset in range(start, len(data), CHUNK_BYTES)
    ]


def fetch(wire: Any, result: Result) -> bytes:
    data = b""
    while len(data) < result.bytes:
        chunk = wire.ask(Pull(job_id=result.job_id, offset=len(data), credit=1))
        assert chunk.offset == len(data)
        data += wire.payload
    assert hashlib.sha256(data).hexdigest() == result.sha256
    return data


def test_a_job_by_hand(wire: Any, submit_bytes: Make, big_plate: bytes, job: str) -> None:
    assert wire.ask(submit_bytes(big_plate, job)) == Go(job_id=job, offset=0, credit=8)
    for chunk, data in chunks(big_plate, job):
        wire.send(chunk, data)
    assert isinstance(wire.receive(), Queued)
    result = wire.receive()
    assert isinstance(result, Result)
    assert fetch(wire, result)[:4] == b"\x76\x2f\x31\x01"
    wire.send(Bye(job_id=job))
    assert code(wire.ask(Pull(job_id=job, offset=0, credit=1))) == "bad_request"


def test_a_lost_upload_goes_on_where_it_was(
    wire: Any, wires: Callable[[str], Any], daemon: Any, submit_bytes: Make, big_plate: bytes, job: str
) -> None:
    submit = submit_bytes(big_plate, job)
    wire.ask(submit)
    first, *rest = chunks(big_plate, job)
    wire.send(*first)
    assert isinstance(wire.ask(Ping()), Pong)  # so the chunk has been taken
    again = wires(daemon.endpoint)
    assert again.ask(submit) == Go(job_id=job, offset=CHUNK_BYTES, credit=8)
    again.send(*first)  # sent twice: passed over
    for chunk, data in rest:
        again.send(chunk, data)
    assert isinstance(again.receive(), Queued)
    assert isinstance(again.receive(), Result)


def test_a_finished_job_submitted_again_is_not_computed_again(
    wire: Any, wires: Callable[[str], Any], daemon: Any, submit_bytes: Make, plate: Path, job: str
) -> None:
    data = plate.read_bytes()
    submit = submit_bytes(data, job)
    wire.ask(submit)
    wire.ask(*chunks(data, job)[0])
    result = wire.receive()
    again = wires(daemon.endpoint)
    assert again.ask(submit) == result
    assert fetch(again, result)


def test_an_id_can_not_be_taken_for_another_job(wire: Any, submit_bytes: Make, plate: Path, job: str) -> None:
    wire.ask(submit_bytes(plate.read_bytes(), job))
    assert code(wire.ask(submit_bytes(b"another plate", job))) == "bad_request"


def test_a_damaged_upload_is_refused(wire: Any, submit_bytes: Make, plate: Path, job: str) -> None:
    data = plate.read_bytes()
    wire.ask(submit_bytes(data, job))
    reply = wire.ask(Chunk(job_id=job, offset=0), data[:-1] + b"?")
    assert code(reply) == "bad_request"
    assert "not those that were announced" in reply.message


@pytest.mark.parametrize("offset", [1, CHUNK_BYTES])
def test_a_chunk_that_nobody_asked_for_ends_the_job(
    wire: Any, submit_bytes: Make, plate: Path, job: str, offset: int
) -> None:
    wire.ask(submit_bytes(plate.read_bytes(), job))
    assert code(wire.ask(Chunk(job_id=job, offset=offset), b"x")) == "bad_request"


def test_a_stranger_can_not_send_into_a_job(
    wire: Any, wires: Callable[[str], Any], daemon: Any, submit_bytes: Make, plate: Path, job: str
) -> None:
    data = plate.read_bytes()
    wire.ask(submit_bytes(data, job))
    stranger = wires(daemon.endpoint)
    stranger.send(Chunk(job_id=job, offset=0), b"x" * len(data))
    assert isinstance(stranger.ask(Ping()), Pong)
    assert isinstance(wire.ask(*chunks(data, job)[0]), Queued)
    assert isinstance(wire.receive(), Result)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([b""], "bad_request"),
        ([b"GET / HTTP/1.1"], "bad_request"),
        ([b"M2FP1", b"{"], "bad_request"),
        ([b"M2FP1", b'{"type":"submit"}'], "bad_request"),
        ([b"M2FP2", b'{"type":"hello"}'], "version"),
    ],
)
def test_rubbish_is_answered_and_the_daemon_goes_on(wire: Any, frames: list[bytes], expected: str) -> None:
    assert code(wire.ask(frames)) == expected
    assert isinstance(wire.ask(Ping()), Pong)


def test_submit_checks_its_parameters(wire: Any, submit_bytes: Make, job: str) -> None:
    reply = wire.ask(submit_bytes(b"x", job, parameters={"layers": ["HAIR"]}))
    assert code(reply) == "bad_request"
    assert "layers[0]" in reply.message
    assert code(wire.ask(Submit(job_id=job, source="bytes", bytes=1))) == "bad_request"
    assert code(wire.ask(submit_bytes(b"", job))) == "bad_request"


def test_a_plate_beyond_the_limit_is_refused_before_it_is_sent(
    wire: Any, submit_bytes: Make, job: str
) -> None:
    assert code(wire.ask(submit_bytes(b"x", job, bytes=2 << 30))) == "too_large"


def test_paths_outside_the_root_are_denied(wire: Any, plate: Path, root: Path, job: str) -> None:
    link = root / f"{job}.exr"
    link.symlink_to(plate)
    for path in (str(plate), "plate.exr", f"{root}/../plate.exr", str(link), str(root), f"{root}/absent.exr"):
        submit = Submit(job_id=uuid.uuid4().hex, source="path", path=path, bytes=1 << 20)
        wire.send(submit)
        reply = wire.receive()
        if isinstance(reply, Queued):
            reply = wire.receive()
        assert code(reply) == "path_denied", path


def test_cancel_while_uploading(wire: Any, submit_bytes: Make, plate: Path, job: str) -> None:
    wire.ask(submit_bytes(plate.read_bytes(), job))
    assert code(wire.ask(Cancel(job_id=job))) == "cancelled"
    assert code(wire.ask(Cancel(job_id=job))) == "cancelled"  # nobody's job now: cancelled all the same


def test_cancelling_a_finished_job_forgets_it(wire: Any, submit_bytes: Make, plate: Path, job: str) -> None:
    data = plate.read_bytes()
    wire.ask(submit_bytes(data, job))
    wire.ask(*chunks(data, job)[0])
    assert isinstance(wire.receive(), Result)
    assert code(wire.ask(Cancel(job_id=job))) == "cancelled"
    assert code(wire.ask(Pull(job_id=job, offset=0, credit=1))) == "bad_request"


def test_status_tells_how_it_is(wire: Any) -> None:
    status = wire.ask(Status())
    assert isinstance(status, StatusReply)
    assert status.ready
    assert not status.draining
    assert status.models[0]["name"] == "builtin"
    assert status.workers[0]["pid"] > 0
