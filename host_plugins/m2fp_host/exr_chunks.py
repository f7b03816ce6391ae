"""Where the pixels of a scanline EXR lie: its chunk offset table.

Behind the header stands one 64-bit offset a chunk, in the order of y, whatever the order in the file. A
writer fills the table last, so zeros in it mean that the writer never finished; a chunk beyond the end of
the file, that a copy did not.

Source: "OpenEXR File Layout", https://openexr.com/en/latest/OpenEXRFileLayout.html
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

from .errors import BadImage
from .exr_header import REWRITE, ExrHeader, open_exr, parse_header

LINES = (1, 1, 1, 16, 32, 16, 32, 32, 32, 256, 256, 32)
"""Scanlines in a chunk by the number of the compression: none, RLE, ZIPS, ZIP, PIZ, PXR24, B44, B44A, DWAA,
DWAB, HTJ2K256, HTJ2K32."""

MOST_CHUNKS = 1 << 20

CHUNK_HEAD = 8
"""Bytes before a chunk's pixels: int32 y of its first scanline, int32 length of its pixels."""


def has_chunk_table(header: ExrHeader) -> bool:
    """Whether :meth:`ChunkTable.read` can read it: single-part, scanline, a compression known here.

    :raises BadImage: the header does not say how the file is compressed.
    """
    return header.scanline and _compression(header) < len(LINES)


@dataclass(frozen=True)
class ChunkTable:
    """``offsets``: as many of the ``count`` offsets as the file holds. ``top``: y of the first chunk's first
    scanline, ``lines``: scanlines in a chunk, ``end``: of the table, ``file_bytes``: length of the file."""

    offsets: tuple[int, ...]
    count: int
    top: int
    lines: int
    end: int
    file_bytes: int

    @classmethod
    def read(cls, file: BinaryIO, header: ExrHeader) -> ChunkTable:
        """The table of ``file``, for which :func:`has_chunk_table` is true.

        :raises BadImage: the header has no usable data window.
        """
        window = header.box("dataWindow")
        if window is None or window.right < window.left or window.bottom < window.top:
            raise BadImage(f"{header.path}: the header has no usable data window", REWRITE)
        lines = LINES[_compression(header)]
        count = (window.bottom - window.top) // lines + 1
        if count > MOST_CHUNKS:
            raise BadImage(f"{header.path}: a picture of {window.bottom - window.top + 1:,} lines", REWRITE)
        file.seek(header.length)
        table = file.read(8 * count)
        offsets = struct.unpack_from(f"<{len(table) // 8}Q", table)
        return cls(
            offsets, count, window.top, lines, header.length + 8 * count, os.fstat(file.fileno()).st_size
        )

    def whole(self, file: BinaryIO) -> bool:
        """Whether the table is filled, and the chunk that lies last ends within the file."""
        if len(self.offsets) < self.count or min(self.offsets) < self.end:
            return False
        last = max(self.offsets)
        if last + CHUNK_HEAD > self.file_bytes:
            return False
        file.seek(last)
        head = file.read(CHUNK_HEAD)
        if len(head) < CHUNK_HEAD:
            return False
        _, size = struct.unpack("<ii", head)
        return bool(0 <= size <= self.file_bytes - last - CHUNK_HEAD)


def whole(path: Any) -> bool:
    """Whether the scanline EXR at ``path`` is all there, by its header, its chunk table and its last chunk.

    No pixels are read, so damage within them is not seen.

    :raises BadImage: it can't be read, is no EXR, its header is damaged, or it is none of those that this can
        tell of: single-part, scanline, as all masks of M2FP are.
    """
    with open_exr(path) as file:
        header = parse_header(file, os.fspath(path))
        if not has_chunk_table(header):
            raise BadImage(f"{header.path}: this is no single-part scanline EXR", "name a masks file of M2FP")
        return ChunkTable.read(file, header).whole(file)


def _compression(header: ExrHeader) -> int:
    stored = header.attributes.get("compression")
    if stored is None or stored.kind != "compression" or len(stored.data) != 1:
        raise BadImage(f"{header.path}: the header has no usable 'compression'", REWRITE)
    return stored.data[0]
