"""The process that unpickles a checkpoint: ``python -m m2fp_server.weights.unpickle CHECKPOINT TARGET``.

A pickle from elsewhere is opened by nobody else. ``weights_only`` makes nothing but tensors of it; should
that ever fail us, there is only this process, held to some memory; its parent checks what it writes.
"""

from __future__ import annotations

import pickle
import re
import sys
import zipfile
from pathlib import Path

import torch
from torch import Tensor

from .child_process import limit, reporter
from .tensor_file import LONGEST_FILE, write

KEY = "model"
"""Where a checkpoint of Detectron2's kind holds its entries."""

MEMORY = 2 << 30
"""Bytes beside the checkpoint itself."""

MOST_ENTRIES = 10_000
MOST_VALUES = LONGEST_FILE // 8
"""Twice as many as the published models have."""


def main(checkpoint: str, target: str) -> None:
    report = reporter()
    limit(DATA=Path(checkpoint).stat().st_size + MEMORY, FSIZE=LONGEST_FILE)
    try:
        write(Path(target), read_entries(Path(checkpoint)), {})
    except pickle.UnpicklingError as fault:
        report(fault=_in_words(fault))
    except ValueError as fault:
        report(fault=str(fault))
    except MemoryError:
        report(fault="it wants more memory than a checkpoint may take")
    except OSError as fault:
        report(disk=fault.strerror or str(fault))
    else:
        report(done=True)


def read_entries(path: Path) -> dict[str, Tensor]:
    """The entries of a checkpoint, floating point as float32, the rest as int64.

    :raises ValueError: it holds none, or what is no plain tensor, or far too much.
    :raises pickle.UnpicklingError: it asks for more than tensors, or its pickle is damaged.
    :raises RuntimeError, EOFError, LookupError: torch can't read it.
    """
    is_zip = _is_zip(path)
    loaded = torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip)
    entries = loaded.get(KEY) if isinstance(loaded, dict) else None
    if not isinstance(entries, dict):
        raise ValueError(f"it holds no dictionary {KEY!r}, as M2FP's checkpoints do")
    strange = [
        str(name) for name, value in entries.items() if not isinstance(name, str) or not _is_plain(value)
    ]
    if strange:
        raise ValueError(
            f"{len(strange)} of its entries are no plain tensors, the first is {strange[0][:80]!a}"
        )
    if len(entries) > MOST_ENTRIES or sum(value.numel() for value in entries.values()) > MOST_VALUES:
        raise ValueError(f"it holds more than {MOST_ENTRIES} entries or {MOST_VALUES} values")
    return {
        name: value.to(torch.float32 if value.is_floating_point() else torch.int64)
        for name, value in entries.items()
    }


def _is_zip(path: Path) -> bool:
    """Whether torch will take it for a zip archive, as it has written since 2020; then it can be mapped.

    Torch writes no compressed archives, and reads what is packed in one as if it were values.
    """
    with open(path, "rb") as file:
        if file.read(4) != b"PK\x03\x04":
            return False
    try:
        with zipfile.ZipFile(path) as archive:
            packed = [each for each in archive.infolist() if each.compress_type != zipfile.ZIP_STORED]
    except zipfile.BadZipFile:
        raise ValueError("it is truncated: the end of the archive is missing") from None
    if packed:
        raise ValueError("it is a compressed archive, which torch does not write")
    return True


def _is_plain(value: object) -> bool:
    return (
        isinstance(value, Tensor)
        and value.layout is torch.strided
        and value.device.type == "cpu"
        and not value.is_quantized
        and not value.is_complex()
    )


def _in_words(fault: pickle.UnpicklingError) -> str:
    asked = re.search(r"GLOBAL ([\w.]+)", str(fault))
    if asked:
        return f"it asks for {asked[1]}, which no checkpoint needs; nothing of it was run"
    reason = re.search(r"error:\s*(.+)", str(fault))
    return "its pickle is damaged, or holds more than tensors" + (f" ({reason[1]})" if reason else "")


if __name__ == "__main__":
    main(*sys.argv[1:])
