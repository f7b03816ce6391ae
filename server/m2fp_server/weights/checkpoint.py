"""A published checkpoint, ``pytorch_model.pt``: its entries, by way of another process; whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from m2fp_host.errors import Internal, Timeout, WeightsMissing

from .child_process import ChildProcess, printable
from .published import PUBLISHED, Published, of_classes
from .regular_file import sha256_of

if TYPE_CHECKING:
    from torch import Tensor

LONGEST = 2 << 30
"""Bytes; the published ones have 253 MB, with an optimiser's state 760."""

PATIENCE = 600.0
"""Seconds for reading one, from a slow disk too."""

SHOWN = 5
"""Faults that a message lists."""

_LONGEST_FAULT = 200
_AGAIN = "download or copy it again"


def hashed(path: Path, expected: str = "") -> str:
    """The file's sha256, which is ``expected`` unless that is empty.

    :raises WeightsMissing: it can't be read, is far too large, or has another hash.
    """
    try:
        found = sha256_of(path, LONGEST)
    except ValueError as fault:
        raise WeightsMissing(f"{path} is no checkpoint: {fault}", "give pytorch_model.pt") from None
    except OSError as fault:
        raise WeightsMissing(
            f"can't read {path} ({fault.strerror})", "check the path and its rights"
        ) from None
    check_hash(path, found, expected)
    return found


def check_hash(path: Path, found: str, expected: str) -> None:
    """:raises WeightsMissing: ``expected`` is not empty, and the file's sha256 is another."""
    if expected and found != expected.lower():
        raise WeightsMissing(f"{path} has the sha256 {found}, not {expected.lower()}", _AGAIN)


def read_checkpoint(path: Path, work: Path) -> dict[str, Tensor]:
    """The entries of ``pytorch_model.pt``, floating point as float32. What lies between is put into ``work``.

    :raises WeightsMissing: it is no checkpoint that can be read.
    :raises Internal: ``work`` has no room.
    :raises Timeout: it is not read after ten minutes.
    """
    from .tensor_file import read

    target = work / "entries.safetensors"
    arguments = ("m2fp_server.weights.unpickle", str(path.absolute()), str(target))
    said: dict[str, object] = {}
    with ChildProcess(*arguments, log=work / "unpickle.log", OMP_NUM_THREADS="1") as child:
        try:
            for message in child.messages(PATIENCE):
                said = message
        except Timeout:
            raise Timeout(f"{path} is not read after {PATIENCE:g} s", "copy it to a local disk") from None
        reason = child.reason()
    if "disk" in said:
        raise Internal(
            f"can't read {path} into {work} ({printable(str(said['disk']))[:_LONGEST_FAULT]})",
            "free 1 GB there and try again",
        )
    if "done" not in said:
        fault = str(said.get("fault", f"it is truncated, or no PyTorch checkpoint ({reason})"))
        raise WeightsMissing(f"can't use {path}: {printable(fault)[:_LONGEST_FAULT]}", _AGAIN)
    try:
        entries = read(target).entries
    except ValueError as fault:
        raise WeightsMissing(f"can't use {path}: what came of it is damaged: {fault}", _AGAIN) from None
    target.unlink()
    return entries


def whose(entries: Mapping[str, Tensor], name: str) -> Published:
    """The published model that ``entries`` (of the file ``name``) are whole and sound weights of.

    :raises WeightsMissing: of none; the first few faults by name.
    """
    from ..network.entries import classes_of, misfits

    try:
        classes = classes_of(entries)
    except ValueError as fault:
        raise WeightsMissing(f"{name} is {fault}", "give M2FP's own pytorch_model.pt") from None
    model = of_classes(classes)
    if model is None:
        known = " and ".join(f"{each.classes} ({each.model})" for each in PUBLISHED.values())
        raise WeightsMissing(f"{name} is for {classes} classes", f"the published models have {known}")
    if faults := misfits(entries, classes):
        raise WeightsMissing(f"{name} does not fit the network: {listed(faults)}", _AGAIN)
    return model


def listed(faults: list[str]) -> str:
    """The first few of ``faults``, and how many more there are."""
    shown = [printable(fault)[:_LONGEST_FAULT] for fault in faults[:SHOWN]]
    more = f" and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return "; ".join(shown) + more
