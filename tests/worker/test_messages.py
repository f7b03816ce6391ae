"""What the daemon and its worker say to each other, and what neither would."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from m2fp_server.worker.messages import (
    Abandon,
    Done,
    Failed,
    Ready,
    Run,
    Stage,
    WorkerMessage,
    from_line,
    to_line,
)

EXAMPLES: list[WorkerMessage] = [
    Run(
        job=7,
        plate="/root/shots/plät\ne.exr",
        name='a "plate"',
        masks="/spool/masks.exr",
        sha256="0" * 64,
        roots=["/root"],
        scratch="/spool/plate.exr",
        plate_bytes=1 << 30,
        parameters={"layers": ["hair"], "exposure": "auto", "mattes": {"levels": [0.0, 1.0]}},
    ),
    Run(job=8, plate="p", name="n", masks="m"),
    Abandon(job=7),
    Ready(models=[{"name": "builtin", "labels": ["background"]}]),
    Stage(job=7, stage="read", fraction=0.25),
    Stage(job=7, stage="write", fraction=1),
    Done(job=7, bytes=1, sha256="0" * 64, report={"stages": {"read": 0.1}, "people": None}),
    Failed(job=7, error={"code": "bad_image", "message": "m", "hint": "", "retryable": False}),
]


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: type(message).__name__)
def test_every_message_survives_the_pipe_as_one_line(message: WorkerMessage) -> None:
    line = to_line(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert from_line(line) == message


def test_there_is_an_example_of_every_message() -> None:
    assert {type(message) for message in EXAMPLES} == set(get_args(WorkerMessage))


def stage(**changes: Any) -> bytes:
    return json.dumps({"type": "stage", "job": 1, "stage": "read", "fraction": 0.0} | changes).encode()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"read 0.5",
        b"[]",
        b"7",
        b"\xff\xfe",
        b"{",
        b"[" * 100_000,
        b"{}",
        b'{"type":"from_the_future"}',
        b'{"type":["stage"]}',
        b'{"type":"stage","job":1}',
        stage(more=1),
        stage(job="1"),
        stage(job=None),
        stage(stage=3),
        stage(fraction="half"),
        b'{"type":"done","job":1,"bytes":1,"sha256":"","report":[]}',
        b'{"type":"ready","models":{}}',
        b'{"type":"failed","job":1,"error":"bad"}',
    ],
    ids=lambda line: line[:40].decode("ascii", "replace") or "empty",
)
def test_what_is_no_message_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_line(line)


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_rubbish_is_never_more_than_a_value_error(line: bytes) -> None:
    with pytest.raises((ValueError, TypeError)):
        from_line(line)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.sampled_from(get_args(WorkerMessage)), st.data())
def test_fields_of_any_kind_are_taken_or_refused(kind: type[WorkerMessage], data: st.DataObject) -> None:
    header = {each.name: data.draw(values) for each in fields(kind)} | {"type": kind.__name__.lower()}
    try:
        message = from_line(json.dumps(header).encode())
    except (ValueError, TypeError):
        return
    assert type(message) is kind
