"""What a checkpoint may hold, without the process around it."""

from __future__ import annotations

import io
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from m2fp_server.weights.unpickle import read_entries

ENTRIES = {"weight": torch.arange(6.0).reshape(2, 3), "batches": torch.tensor(7)}

LAYOUTS: list[dict[str, Any]] = [{}, {"_use_new_zipfile_serialization": False}]
"""Of torch's files: since 2020, and before."""


def saved(path: Path, entries: Any = ENTRIES, **more: Any) -> Path:
    torch.save({"model": entries}, path, **more)
    return path


@pytest.mark.parametrize("layout", LAYOUTS)
def test_entries_are_read_from_new_files_and_old(tmp_path: Path, layout: dict[str, Any]) -> None:
    entries = OrderedDict(ENTRIES, turned=torch.ones(2, 3).T, parameter=torch.nn.Parameter(torch.ones(2)))
    found = read_entries(saved(tmp_path / "a.pt", entries, **layout))
    assert list(found) == ["weight", "batches", "turned", "parameter"]
    assert all(torch.equal(found[name], entries[name]) for name in entries)
    assert (found["batches"].dtype, found["weight"].dtype) == (torch.int64, torch.float32)


def test_the_state_of_a_module(tmp_path: Path) -> None:
    """An ordered dictionary with an attribute of its own: what training saves."""
    module = torch.nn.BatchNorm2d(3)
    found = read_entries(saved(tmp_path / "a.pt", module.state_dict()))
    assert list(found) == list(module.state_dict())


def test_other_precisions_become_float32(tmp_path: Path) -> None:
    entries = {
        str(dtype): torch.tensor([0.1], dtype=dtype) for dtype in (torch.half, torch.bfloat16, torch.double)
    }
    found = read_entries(saved(tmp_path / "a.pt", entries))
    assert {value.dtype for value in found.values()} == {torch.float32}
    assert all(torch.equal(found[name], entries[name].float()) for name in entries)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.6, 0.99])
def test_a_truncated_file_is_refused(tmp_path: Path, layout: dict[str, Any], kept: float) -> None:
    path = saved(tmp_path / "a.pt", {"weight": torch.rand(10_000)}, **layout)
    os.truncate(path, int(path.stat().st_size * kept))
    with pytest.raises((ValueError, RuntimeError, EOFError, pickle.UnpicklingError)):
        read_entries(path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"weight": torch.ones(1)}, "no dictionary 'model'"),
        ([torch.ones(1)], "no dictionary 'model'"),
        ({"model": torch.ones(1)}, "no dictionary 'model'"),
        ({"model": {"weight": [1, 2]}}, "1 of its entries are no plain tensors, the first is 'weight'"),
        ({"model": {1: torch.ones(1)}}, "the first is '1'"),
        ({"model": {"\x1b[2J": None}}, r"the first is '\\x1b\[2J'"),
        ({"model": {"weight": torch.ones(2).to_sparse()}}, "no plain tensors"),
        ({"model": {"weight": torch.ones(2, dtype=torch.complex64)}}, "no plain tensors"),
        ({"model": {"weight": torch.ones(2, device="meta")}}, "no plain tensors"),
        ({"model": {"weight": torch.ones(1).expand(1 << 40)}}, "more than 10000 entries or"),
        ({"model": {str(number): torch.ones(1) for number in range(10_001)}}, "more than 10000 entries or"),
    ],
)
def test_what_holds_no_entries_is_refused(tmp_path: Path, content: Any, why: str) -> None:
    torch.save(content, tmp_path / "a.pt")
    with pytest.raises(ValueError, match=why):
        read_entries(tmp_path / "a.pt")


def test_a_packed_archive_is_refused(tmp_path: Path) -> None:
    """It would be a thousand times as large; and torch would map its packed bytes as if they were values."""
    path = saved(tmp_path / "a.pt")
    path.write_bytes(
        rezipped(path, lambda name, data: bytes(64 << 20) if "data/" in name else data, zipfile.ZIP_DEFLATED)
    )
    assert path.stat().st_size < 1 << 20
    with pytest.raises(ValueError, match="it is a compressed archive, which torch does not write"):
        read_entries(path)


def test_values_behind_the_end_of_the_file_are_not_read(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pt", {"weight": torch.zeros(77)})

    def longer(name: str, data: bytes) -> bytes:
        if not name.endswith("data.pkl"):
            return data
        assert data.count(b"K\x4d") == 2  # the storage's length and the tensor's shape
        return data.replace(b"K\x4d", b"M" + struct.pack("<H", 60_000))

    path.write_bytes(rezipped(path, longer))
    with pytest.raises(RuntimeError):
        read_entries(path)


def rezipped(path: Path, change: Callable[[str, bytes], bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    """A checkpoint with some of its members changed."""
    archive = io.BytesIO()
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(archive, "w", kind) as file:
        for each in whole.infolist():
            file.writestr(each.filename, change(each.filename, whole.read(each)))
    return archive.getvalue()
