"""Our safetensors files: the library reads what we write, we read what it writes, and damage is seen."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file

from m2fp_server.weights import tensor_file
from m2fp_server.weights.tensor_file import read, write

ENTRIES = {
    "b.weight": torch.arange(6, dtype=torch.float32).reshape(2, 3),
    "a.count": torch.tensor(7),
    "half": torch.tensor([0.5, -2.0], dtype=torch.float16),
    "brain": torch.tensor([1.5], dtype=torch.bfloat16),
    "turned": torch.arange(6, dtype=torch.float32).reshape(2, 3).T,
    "none": torch.empty(0, 3),
}
METADATA = {"model": "multiple", "labels": '["ü", "\\n"]'}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return set(one) == set(other) and all(
        one[name].dtype == other[name].dtype and torch.equal(one[name], other[name]) for name in one
    )


def test_the_library_reads_what_we_write(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    sha256 = write(path, ENTRIES, METADATA)
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    with safe_open(path, "pt") as file:
        assert file.metadata() == METADATA
        assert same({name: file.get_tensor(name) for name in file.keys()}, ENTRIES)  # noqa: SIM118 (no mapping)
    found = read(path)
    assert (found.metadata, found.sha256, found.bytes) == (METADATA, sha256, path.stat().st_size)
    assert same(found.entries, ENTRIES)


def test_we_read_what_the_library_writes(tmp_path: Path) -> None:
    entries = {name: value.contiguous() for name, value in ENTRIES.items()}
    save_file(entries, tmp_path / "a", METADATA)
    assert same(read(tmp_path / "a").entries, entries)
    save_file({}, tmp_path / "b")
    assert (read(tmp_path / "b").entries, read(tmp_path / "b").metadata) == ({}, {})


def test_the_same_values_are_the_same_bytes(tmp_path: Path) -> None:
    backwards = dict(reversed(ENTRIES.items()))
    metadata = dict(reversed(METADATA.items()))
    assert write(tmp_path / "a", ENTRIES, METADATA) == write(tmp_path / "b", backwards, metadata)


def test_the_values_are_views_of_one_buffer(tmp_path: Path) -> None:
    write(tmp_path / "a", ENTRIES, {})
    storages = {value.untyped_storage().data_ptr() for value in read(tmp_path / "a").entries.values()}
    assert len(storages) == 1


def file_with(path: Path, header: Any, data: bytes = b"") -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def entry(dtype: Any = "F32", shape: Any = (1,), offsets: Any = (0, 4)) -> dict[str, Any]:
    return {"x": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff", "not JSON"),
        ([], "no object"),
        ({"__metadata__": {"a": 1}}, "metadata"),
        ({"__metadata__": []}, "metadata"),
        ({"x": None}, "type, shape and place"),
        (entry(dtype="U8"), "type, shape and place"),
        (entry(dtype=["F32"]), "type, shape and place"),
        (entry(shape=[True]), "type, shape and place"),
        (entry(shape=[-1]), "type, shape and place"),
        (entry(shape=[1] * 9), "type, shape and place"),
        (entry(offsets=[0]), "type, shape and place"),
        (entry(offsets=[4, 0]), "ends behind"),
        (entry(shape=[3], offsets=[0, 12]), "ends behind"),
        (entry(shape=[2]), "not where"),
        (entry(shape=[10**400], offsets=[0, 8]), "type, shape and place"),
        (entry(shape=[0, 10**30], offsets=[0, 0]), "type, shape and place"),
        (entry(offsets=[0, 10**30]), "type, shape and place"),
        (entry(offsets=[1, 5]), "not where"),
        ({"\x1b[2J": None}, r"'\\x1b\[2J'"),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, header: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(file_with(tmp_path / "a", header, bytes(8)))


def test_a_header_that_would_leave_values_unaligned_is_refused(tmp_path: Path) -> None:
    text = json.dumps(entry()).encode()
    text += b" " * ((1 - len(text)) % 4)
    with pytest.raises(ValueError, match="not where"):
        read(file_with(tmp_path / "a", text, bytes(8)))


@pytest.mark.parametrize("length", [0, 7, 8, 20, -1])
def test_a_truncated_file_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a"
    write(path, ENTRIES, METADATA)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match="truncated"):
        read(path)


@given(st.data())
def test_a_damaged_header_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged"
    write(path, ENTRIES, METADATA)
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, 500))] = data.draw(st.integers(0, 255))
    path.write_bytes(whole)
    with contextlib.suppress(ValueError):
        read(path)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="it is no file"):
        read(tmp_path / "pipe")
    with pytest.raises(ValueError, match="it is no file"):
        read(Path("/dev/zero"))
    with pytest.raises(OSError, match="directory"):
        read(tmp_path)
    monkeypatch.setattr(tensor_file, "LONGEST_FILE", 1000)
    write(tmp_path / "a", {"x": torch.zeros(1000)}, {})
    with pytest.raises(ValueError, match="MB are taken"):
        read(tmp_path / "a")
