"""A plate that the host rendered, made to depend on its pixels alone.

A host's writer puts dates and random hashes into each header: equal pixels are different bytes then, and
the daemon, which knows plates by their bytes, computes them again.
"""

from __future__ import annotations

import os
import struct
import uuid
from contextlib import contextmanager
from typing import Any, BinaryIO, Iterator, Mapping

from .errors import BadImage, BadRequest
from .exr_chunks import CHUNK_HEAD, ChunkTable, has_chunk_table
from .exr_header import (
    LONG_NAMES,
    MAGIC,
    REWRITE,
    VERSION,
    Attribute,
    ExrHeader,
    open_exr,
    parse_header,
)

REQUIRED = (
    "channels",
    "compression",
    "dataWindow",
    "displayWindow",
    "lineOrder",
    "pixelAspectRatio",
    "screenWindowCenter",
    "screenWindowWidth",
)
"""What the format demands of every header."""

COLOUR = ("acesImageContainerFlag", "adoptedNeutral", "chromaticities", "colorInteropID", "whiteLuminance")
"""What says which light the numbers mean; kept where it is there."""

DECREASING_Y = 1
_SHORT_NAME = 31
_BLOCK = 1 << 20


def canonical(path: Any) -> bool:
    """Rewrite the scanline EXR at ``path`` so that equal pixels are equal bytes (from one writer).

    Only :data:`REQUIRED` and :data:`COLOUR` attributes stay, sorted; the chunks are copied as they are, in
    the order of the file's ``lineOrder``, with nothing between them. A temporary file beside ``path`` takes
    its name at the end. Memory does not grow with the file.

    ``False``, and nothing done, for tiled, deep and multi-part files, and for compressions unknown here.

    :raises BadImage: the file can't be read, is no EXR, or is damaged or cut short; it stays as it is.
    :raises BadRequest: the folder or the disk does not take it.
    """
    name = os.fspath(path)
    with open_exr(name) as file:
        header = parse_header(file, name)
        if not has_chunk_table(header):
            return False
        kept = _kept(header)
        table = ChunkTable.read(file, header)
        if not table.whole(file):
            raise BadImage(f"{name}: the file is not complete", "check that its render has finished")
        with _beside(name) as (temporary, out):
            _write(file, header, kept, table, out)
            out.close()
            file.close()  # Windows renames nothing over an open file
            os.replace(temporary, name)
    return True


def _kept(header: ExrHeader) -> Mapping[str, Attribute]:
    for name in REQUIRED:
        if name not in header.attributes:
            raise BadImage(f"{header.path}: the header has no {name!r}", REWRITE)
    return {name: header.attributes[name] for name in sorted(REQUIRED + COLOUR) if name in header.attributes}


@contextmanager
def _beside(name: str) -> Iterator[tuple[str, BinaryIO]]:
    """A temporary file beside ``name``; gone at the end unless it was renamed."""
    folder, base = os.path.split(os.path.abspath(name))
    temporary = os.path.join(folder, f".{base}.{uuid.uuid4().hex[:8]}.part")
    try:
        with open(temporary, "wb") as out:
            yield temporary, out
    except OSError as fault:
        raise BadRequest(
            f"can't rewrite the plate {name} ({fault.strerror})",
            "check that its folder is writable and has room",
        ) from None
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def _write(
    file: BinaryIO, header: ExrHeader, kept: Mapping[str, Attribute], table: ChunkTable, out: BinaryIO
) -> None:
    channels = header.channels() or ()
    long_names = any(len(channel.name.encode()) > _SHORT_NAME for channel in channels)
    out.write(MAGIC + struct.pack("<I", VERSION | (LONG_NAMES if long_names else 0)))
    for name, (kind, data) in kept.items():
        out.write(name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(data)) + data)
    out.write(b"\0")
    table_at = out.tell()
    out.write(bytes(8 * table.count))
    order = range(table.count)
    offsets = [0] * table.count
    for index in reversed(order) if kept["lineOrder"].data == bytes([DECREASING_Y]) else order:
        offsets[index] = out.tell()
        _copy_chunk(file, header.path, table, index, out)
        if out.tell() > table.file_bytes:
            raise BadImage(f"{header.path}: its chunks overlap", REWRITE)
    out.seek(table_at)
    out.write(struct.pack(f"<{table.count}Q", *offsets))


def _copy_chunk(file: BinaryIO, path: str, table: ChunkTable, index: int, out: BinaryIO) -> None:
    """Copy one chunk as it is, its head included."""
    y = table.top + index * table.lines
    file.seek(min(table.offsets[index], table.file_bytes))
    head = file.read(CHUNK_HEAD)
    found, left = struct.unpack("<ii", head) if len(head) == CHUNK_HEAD else (y, -1)
    if found != y or not 0 <= left <= table.file_bytes:
        raise BadImage(f"{path}: the chunk of scanline {y} is damaged", REWRITE)
    out.write(head)
    while left:
        block = file.read(min(left, _BLOCK))
        if not block:
            raise BadImage(f"{path}: the chunk of scanline {y} is cut short", REWRITE)
        out.write(block)
        left -= len(block)
