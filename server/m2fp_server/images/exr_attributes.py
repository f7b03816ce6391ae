"""The attributes of one EXR header, as stored: name, type, bytes.

Source: "OpenEXR File Layout", https://openexr.com/en/latest/OpenEXRFileLayout.html
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO

from m2fp_host.errors import BadImage, TooLarge

REWRITE = "the file is damaged, or no EXR writer made it: render or copy it again"

_ATTRIBUTES = 8_000  # of one header; real files have some hundreds
_NAME = 255  # bytes, the format's own bound for attribute, type and channel names
_TEXT = 4096  # bytes read of an attribute; those of use here are short
_CHANNEL_LIST = 2**20  # bytes


@dataclass(frozen=True)
class StoredAttribute:
    """An attribute as stored; ``data`` may be shorter than ``size`` for those that are of no use here."""

    kind: str
    data: bytes
    size: int
    at: int


def read_attributes(file: BinaryIO, name: str) -> dict[str, StoredAttribute]:
    """The attributes of one header up to its end mark; only those of use here are read, others skipped."""
    values: dict[str, StoredAttribute] = {}
    for _ in range(_ATTRIBUTES):
        key = _read_name(file, name)
        if not key:
            return values
        kind = _read_name(file, name)
        raw = file.read(4)
        if len(raw) < 4:
            raise BadImage(f"{name}: the header ends inside attribute {key!r}", REWRITE)
        size = struct.unpack("<i", raw)[0]
        if size < 0:
            raise BadImage(f"{name}: attribute {key!r} claims {size} bytes", REWRITE)
        at = file.tell()
        wanted = size if kind == "chlist" else min(size, _TEXT)
        if kind == "chlist" and size > _CHANNEL_LIST:
            raise TooLarge(f"{name}: {size:,} bytes of channel names", "write the plate with fewer channels")
        data = file.read(wanted)
        if len(data) < wanted:
            raise BadImage(f"{name}: the header ends inside attribute {key!r}", REWRITE)
        if size > wanted:
            file.seek(size - wanted, io.SEEK_CUR)
        values[key] = StoredAttribute(kind, data, size, at)
    raise BadImage(f"{name}: more than {_ATTRIBUTES:,} attributes in one header", REWRITE)


def _read_name(file: BinaryIO, name: str) -> str:
    at = file.tell()
    raw = file.read(_NAME + 1)
    end = raw.find(b"\0")
    if end < 0:
        what = "the header ends early" if len(raw) <= _NAME else f"a name of more than {_NAME} bytes"
        raise BadImage(f"{name}: {what} (byte {at:,})", REWRITE)
    file.seek(at + end + 1)
    return raw[:end].decode("utf-8", "replace")


def text_of(value: StoredAttribute | None) -> str:
    if value is None or value.kind != "string":
        return ""
    return value.data.decode("utf-8", "replace").rstrip("\0")
