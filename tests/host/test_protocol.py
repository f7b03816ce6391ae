from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m2fp_host import messages
from m2fp_host.errors import BadRequest, M2FPError, VersionMismatch
from m2fp_host.messages import FROM_CLIENT, FROM_DAEMON, Chunk, Hello, Ping, Submit
from m2fp_host.protocol import CHUNK_BYTES, HEADER_BYTES, pack, unpack

ID = "0123456789abcdef"


def raw(header: Any, *more: bytes) -> list[bytes]:
    return [b"M2FP1", json.dumps(header).encode(), *more]


def test_every_message_survives_the_wire() -> None:
    examples: list[messages.Message] = [
        Hello(minor=3, client="nuke"),
        messages.Welcome(minor=0, boot_id="b", limits={"credit": 8}, models=({"name": "builtin"},)),
        Submit(job_id=ID, source="path", path="/a.exr", parameters={"layers": ["hair"]}),
        messages.Go(job_id=ID, offset=0, credit=8),
        messages.Pull(job_id=ID, offset=1, credit=1),
        messages.Queued(job_id=ID, position=2),
        messages.Progress(job_id=ID, stage="read", fraction=0.5),
        messages.Result(job_id=ID, bytes=1, sha256="0" * 64, report={"engine": "builtin"}),
        messages.Cached(job_id=ID, bytes=1, sha256="0" * 64, report={}),
        messages.BusyReply(job_id=ID, retry_after=1.5),
        messages.ErrorReply(code="internal", message="m"),
        messages.Cancel(job_id=ID),
        Ping(),
        messages.Pong(boot_id="b"),
        messages.Bye(),
        messages.Status(),
        messages.StatusReply(ready=True, draining=False, queue=0),
    ]
    for message in examples:
        known = FROM_CLIENT if FROM_CLIENT.get(message.TYPE) is type(message) else FROM_DAEMON
        assert unpack(pack(message), known) == (message, b"")
    assert {type(message) for message in examples} | {Chunk} == {
        *FROM_CLIENT.values(),
        *FROM_DAEMON.values(),
    }


def test_chunk_carries_bytes() -> None:
    chunk = Chunk(job_id=ID, offset=CHUNK_BYTES)
    assert unpack(pack(chunk, b"abc"), FROM_CLIENT) == (chunk, b"abc")


def test_submit_keeps_parameters_beside_its_own_fields() -> None:
    header = json.loads(pack(Submit(job_id=ID, source="bytes", parameters={"layers": ["hair"]}))[1])
    assert header["layers"] == ["hair"]
    assert "parameters" not in header


def test_unknown_fields_and_messages_are_ignored() -> None:
    assert unpack(raw({"type": "ping", "future": 1}), FROM_CLIENT)[0] == Ping()
    assert unpack(raw({"type": "from_the_future"}), FROM_CLIENT)[0] is None


def test_another_major_version_names_both() -> None:
    with pytest.raises(VersionMismatch, match="version 2 of the protocol, this side version 1"):
        unpack([b"M2FP2", b"{}"], FROM_CLIENT)


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ([], "not M2FP's"),
        ([b"GET / HTTP/1.1"], "not M2FP's"),
        ([b"M2FP1"], "1 frames"),
        ([b"M2FP1", b"{", b""], "not JSON"),
        ([b"M2FP1", b"[]"], "not a JSON object"),
        ([b"M2FP1", b'{"type":"hello","minor":NaN}'], "NaN is not JSON"),
        ([b"M2FP1", b"[" * 100_000], "not JSON"),
        ([b"M2FP1", b" " * (HEADER_BYTES + 1)], "at most"),
        (raw({"type": "hello"}), "lacks minor"),
        (raw({"type": "hello", "minor": -1}), "minor is -1"),
        (raw({"type": "hello", "minor": True}), "minor is True"),
        (raw({"type": "ping"}, b"payload"), "payload"),
        (raw({"type": "chunk", "job_id": ID, "offset": 0}), "payload"),
        (raw({"type": "chunk", "job_id": ID, "offset": 0}, b""), "payload"),
        (raw({"type": "chunk", "job_id": ID, "offset": 0}, bytes(CHUNK_BYTES + 1)), "payload"),
        (raw({"type": "cancel", "job_id": "../../etc"}), "job_id is"),
        (raw({"type": "pull", "job_id": ID, "offset": 0, "credit": 10**9}), "credit is"),
    ],
)
def test_rubbish_is_refused_with_a_reason(frames: list[bytes], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        unpack(frames, FROM_CLIENT)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.lists(st.binary(max_size=64), max_size=4))
def test_random_frames_raise_only_our_errors(frames: list[bytes]) -> None:
    for start in ([], [b"M2FP1"]):
        with contextlib.suppress(M2FPError):
            unpack([*start, *frames], FROM_CLIENT)


@given(st.sampled_from(sorted(FROM_CLIENT | FROM_DAEMON)), st.data())
def test_random_fields_raise_only_our_errors(kind: str, data: st.DataObject) -> None:
    known = {**FROM_CLIENT, **FROM_DAEMON}
    names = list(known[kind].__dataclass_fields__)
    header = {name: data.draw(json_values) for name in names} | {"type": kind}
    with contextlib.suppress(M2FPError):
        unpack(raw(header), known)
