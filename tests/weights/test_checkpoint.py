"""Checkpoints read by way of a process of their own: whole ones, damaged ones, and traps."""

from __future__ import annotations

import io
import os
import pickle
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from m2fp_host.errors import Internal, Timeout, WeightsMissing
from m2fp_server.weights import checkpoint as checkpoint_module
from m2fp_server.weights.checkpoint import hashed, listed, read_checkpoint, whose
from m2fp_server.weights.published import MULTIPLE, SINGLE
from support.checkpoints import ONE, SEVERAL, random_entries

HEAD = "sem_seg_head.predictor.class_embed."
ENTRIES = {"weight": torch.arange(6.0).half(), "batches": torch.tensor(7)}


def saved(path: Path, entries: Any = ENTRIES, **more: Any) -> Path:
    torch.save({"model": entries}, path, **more)
    return path


def read(path: Path) -> dict[str, Tensor]:
    work = path.parent / "work"
    work.mkdir(exist_ok=True)
    entries = read_checkpoint(path, work)
    assert list(work.glob("*.safetensors")) == []
    return entries


def test_entries_are_read(tmp_path: Path) -> None:
    found = read(saved(tmp_path / "a.pt"))
    assert torch.equal(found["weight"], ENTRIES["weight"].float())
    assert (found["batches"].item(), found["batches"].dtype) == (7, torch.int64)


class Trap:
    """Runs a command where a pickle is trusted."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (self._command,)


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize(
    "save",
    [
        lambda what, path, protocol: torch.save(what, path, pickle_protocol=protocol),
        lambda what, path, protocol: path.write_bytes(pickle.dumps(what, protocol)),
    ],
)
def test_a_pickle_that_would_run_something_does_not(
    tmp_path: Path, save: Callable[[Any, Path, int], Any], protocol: int
) -> None:
    save({"model": {"weight": Trap(f"touch {tmp_path / 'sprung'}")}}, tmp_path / "a.pt", protocol)
    with pytest.raises(WeightsMissing, match=r"asks for posix\.system, which no|holds more than tensors"):
        read(tmp_path / "a.pt")
    assert not (tmp_path / "sprung").exists()


def test_what_is_asked_for_is_named(tmp_path: Path) -> None:
    torch.save({"model": {"weight": Trap("true")}}, tmp_path / "a.pt")
    with pytest.raises(WeightsMissing) as caught:
        read(tmp_path / "a.pt")
    asked = "it asks for posix.system, which no checkpoint needs; nothing of it was run"
    assert caught.value.message == f"can't use {tmp_path / 'a.pt'}: {asked}"


@pytest.mark.parametrize("data", [b"", b"no checkpoint", b"PK\x03\x04", bytes(1000)])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.pt").write_bytes(data)
    with pytest.raises(WeightsMissing, match=r"can't use .*a\.pt: its? .*(truncated|damaged)") as caught:
        read(tmp_path / "a.pt")
    assert str(caught.value).isprintable()


def test_what_holds_no_entries_is_refused(tmp_path: Path) -> None:
    torch.save({"weight": torch.ones(1)}, tmp_path / "a.pt")
    with pytest.raises(WeightsMissing, match=r"can't use .*a\.pt: it holds no dictionary 'model'"):
        read(tmp_path / "a.pt")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to so much data")
def test_a_pickle_that_wants_much_memory_does_not_get_it(tmp_path: Path) -> None:
    """8 GiB of nothing, in a pickle of 50 bytes: ``bytearray(8 << 30)``, which is among what torch allows."""
    trap = b"\x80\x02cbuiltins\nbytearray\n\x8a\x05" + (8 << 30).to_bytes(5, "little") + b"\x85R."
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a/data.pkl", trap)
        file.writestr("a/version", "3\n")
    (tmp_path / "a.pt").write_bytes(archive.getvalue())
    with pytest.raises(WeightsMissing, match="it wants more memory than a checkpoint may take"):
        read(tmp_path / "a.pt")


def test_one_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint_module, "PATIENCE", 0.05)
    with pytest.raises(Timeout, match=r"is not read after 0\.05 s"):
        read(saved(tmp_path / "a.pt"))


def test_a_full_disk_is_said(tmp_path: Path, small_disk: Path) -> None:
    path = saved(tmp_path / "a.pt", {"weight": torch.ones(1 << 20)})
    with pytest.raises(Internal, match="No space left on device"):
        read_checkpoint(path, small_disk)


def test_the_hash_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    path.write_bytes(b"abc")
    found = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert hashed(path) == hashed(path, found.upper()) == found
    with pytest.raises(WeightsMissing, match=f"a.pt has the sha256 {found}, not {'0' * 64}"):
        hashed(path, "0" * 64)
    with pytest.raises(WeightsMissing, match="No such file"):
        hashed(tmp_path / "b.pt")
    with pytest.raises(WeightsMissing, match="it is no file"):
        hashed(Path("/dev/zero"))


def test_sound_entries_are_told_by_their_classes() -> None:
    assert whose(random_entries(SEVERAL), "a.pt") is MULTIPLE
    assert whose(random_entries(ONE), "a.pt") is SINGLE


def _without(*names: str) -> dict[str, Tensor]:
    return {name: value for name, value in random_entries().items() if name not in names}


FIRST = "backbone.stem.conv1.weight"


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ({}, f"a.pt is no M2FP checkpoint: {HEAD}bias is missing"),
        (_without(FIRST), f"a.pt does not fit the network: missing: {FIRST}"),
        ({**random_entries(), "extra": torch.ones(1)}, "not of this network: extra"),
        ({**random_entries(), "\x1b[2J": torch.ones(1)}, "not of this network:  [2J"),
        ({**random_entries(), FIRST: torch.ones(64, 3, 3)}, f"{FIRST} is 64x3x3, not 64x3x3x3"),
        ({**random_entries(), FIRST: torch.ones(64, 3, 3, 3).double()}, f"{FIRST} holds torch.float64"),
        ({**random_entries(), f"{HEAD}weight": torch.ones(21, 256)}, f"{HEAD}weight is 21x256, not 22x256"),
        (
            {f"{HEAD}bias": torch.ones(55)},
            "a.pt is for 54 classes: the published models have 21 (multiple) and 20",
        ),
        ({f"{HEAD}bias": torch.tensor(1)}, f"{HEAD}bias is missing or has no length"),
    ],
)
def test_entries_that_do_not_fit_are_named(entries: dict[str, Tensor], why: str) -> None:
    with pytest.raises(WeightsMissing, match=re.escape(why)) as caught:
        whose(entries, "a.pt")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_values_that_are_not_finite_are_named(value: float) -> None:
    damaged = random_entries()[FIRST].clone()
    damaged[3, 1, 2, 0] = value
    with pytest.raises(WeightsMissing, match=f"{FIRST} holds values that are not finite"):
        whose({**random_entries(), FIRST: damaged}, "a.pt")


def test_of_many_faults_the_first_are_listed() -> None:
    assert listed(["a"]) == "a"
    assert listed(list("abcde")) == "a; b; c; d; e"
    assert listed(list("abcdefg")) == "a; b; c; d; e and 2 more"
    assert len(listed(["x" * 10_000] * 10)) < 1100
    with pytest.raises(WeightsMissing, match="and 922 more: download or copy it again"):
        whose({f"{HEAD}bias": torch.ones(22)}, "a.pt")
