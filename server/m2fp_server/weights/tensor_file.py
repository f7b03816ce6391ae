"""A safetensors file written and read as a whole (https://github.com/huggingface/safetensors, "Format").

The ``safetensors`` package writes its metadata in another order each time, so that the same weights would
have another hash on each machine; and it reads either into two copies, or through a mapping that kills the
process when somebody shortens the file. Here the same values make the same bytes, and a file is read once,
into one buffer, and hashed on the way.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

import torch
from torch import Tensor

from .regular_file import open_regular

LONGEST_FILE = 1 << 30
"""Bytes; the published models have 253 MB."""

LONGEST_HEADER = 1 << 20
"""Bytes; 928 entries have 130,000."""

_BLOCK = 8 << 20
_ALIGNMENT = 8
_METADATA = "__metadata__"
_DTYPES = {
    "I64": torch.int64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}


@dataclass(frozen=True)
class TensorFile:
    """``entries`` are views of one buffer that holds the file: whoever keeps one of them keeps all of it."""

    entries: dict[str, Tensor]
    metadata: dict[str, str]
    sha256: str
    bytes: int


def write(path: Path, entries: Mapping[str, Tensor], metadata: Mapping[str, str]) -> str:
    """Write ``entries`` (int64, float32, or half precision) to ``path`` and the disk; the file's sha256.

    :raises OSError: the disk does not take it.
    """
    # Wide values first, so that every value is aligned.
    order = sorted(entries, key=lambda name: (-entries[name].element_size(), name))
    header: dict[str, object] = {_METADATA: dict(sorted(metadata.items()))} if metadata else {}
    end = 0
    for name in order:
        begin, end = end, end + entries[name].nbytes
        header[name] = {
            "dtype": _NAMES[entries[name].dtype],
            "shape": list(entries[name].shape),
            "data_offsets": [begin, end],
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    digest = hashlib.sha256()
    with open(path, "wb") as file:
        head = len(text).to_bytes(8, "little") + text
        file.write(head)
        digest.update(head)
        for name in order:
            data = _bytes(entries[name])
            file.write(data)
            digest.update(data)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _bytes(value: Tensor) -> memoryview:
    return value.detach().contiguous().reshape(-1).view(torch.uint8).numpy().data


def read(path: Path) -> TensorFile:
    """Read the file at ``path``.

    :raises ValueError: it is no safetensors file, is truncated, too large, or of types that we don't use.
    :raises OSError: it can't be read.
    """
    buffer, sha256 = _read(path)
    header, data = _split(buffer)
    metadata = header.pop(_METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise ValueError("its metadata are not names with texts")
    entries = {name: _entry(name, description, data) for name, description in header.items()}
    return TensorFile(entries, metadata, sha256, len(buffer))


def _read(path: Path) -> tuple[Tensor, str]:
    digest = hashlib.sha256()
    with open_regular(path, LONGEST_FILE) as file:
        buffer = torch.empty(os.fstat(file.fileno()).st_size, dtype=torch.uint8)
        view = buffer.numpy().data
        for begin in range(0, len(view), _BLOCK):
            block = view[begin : begin + _BLOCK]
            if file.readinto(block) != len(block):  # a buffered file fills the block, or is at its end
                raise ValueError("it was shortened while it was read")
            digest.update(block)
    return buffer, digest.hexdigest()


def _split(buffer: Tensor) -> tuple[dict[str, Any], Tensor]:
    """The header, and the bytes behind it."""
    view = buffer.numpy().data
    length = int.from_bytes(view[:8], "little")
    if len(view) < 8 or length > min(LONGEST_HEADER, len(view) - 8):
        raise ValueError("it is no safetensors file, or truncated")
    try:
        header = json.loads(bytes(view[8 : 8 + length]))
    except (ValueError, RecursionError):
        raise ValueError("it is no safetensors file: its header is not JSON") from None
    if not isinstance(header, dict):
        raise ValueError("it is no safetensors file: its header is no object")
    return header, buffer[8 + length :]


def _entry(name: str, description: object, data: Tensor) -> Tensor:
    """The value that the untrusted ``description`` says lies in ``data``."""
    fields = description if isinstance(description, dict) else {}
    dtype, shape, offsets = (
        _DTYPES.get(str(fields.get("dtype"))),
        fields.get("shape"),
        fields.get("data_offsets"),
    )
    if dtype is None or not _are_sizes(shape) or not _are_sizes(offsets) or len(offsets) != 2:
        raise ValueError(f"its entry {name[:80]!a} has no type, shape and place that we know")
    begin, end = offsets
    if not begin <= end <= len(data):
        raise ValueError(f"its entry {name[:80]!a} ends behind the file: it is truncated")
    aligned = (data.storage_offset() + begin) % dtype.itemsize == 0
    if end - begin != math.prod(shape) * dtype.itemsize or not aligned:
        raise ValueError(f"its entry {name[:80]!a} is not where values of its shape can lie")
    return data[begin:end].view(dtype).view(shape)


def _are_sizes(value: object) -> TypeGuard[list[int]]:
    return (
        isinstance(value, list)
        and len(value) <= 8
        and all(type(each) is int and 0 <= each <= LONGEST_FILE for each in value)
    )
