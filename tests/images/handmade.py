"""EXR files made byte by byte, so that a test can make them lie."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"\x76\x2f\x31\x01"
UINT, HALF, FLOAT = 0, 1, 2
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Plane:
    """One channel: its values ``(h, w)``, already subsampled if ``sampling`` is not 1."""

    name: str
    values: NDArray[Any]
    sampling: int = 1

    @property
    def kind(self) -> int:
        return {"uint32": UINT, "float16": HALF, "float32": FLOAT}[str(self.values.dtype)]


def attribute(name: str, kind: str, value: bytes, size: int | None = None) -> bytes:
    return (
        name.encode()
        + b"\0"
        + kind.encode()
        + b"\0"
        + struct.pack("<i", len(value) if size is None else size)
        + value
    )


def channel_list(channels: Sequence[tuple[str, int, int]]) -> bytes:
    """The ``chlist`` of (name, kind, sampling)."""
    entries = (
        name.encode() + b"\0" + struct.pack("<iB3xii", kind, 0, sampling, sampling)
        for name, kind, sampling in channels
    )
    return b"".join(entries) + b"\0"


def header(
    channels: Sequence[tuple[str, int, int]] = (("B", HALF, 1), ("G", HALF, 1), ("R", HALF, 1)),
    data: Box = (0, 0, 15, 15),
    display: Box | None = None,
    *,
    compression: int = 0,
    pixel_aspect: float = 1.0,
    extra: bytes = b"",
    without: str = "",
) -> bytes:
    """One header with its end mark; boxes are inclusive corners; ``without`` drops an attribute."""
    known: Mapping[str, tuple[str, bytes]] = {
        "channels": ("chlist", channel_list(channels)),
        "compression": ("compression", bytes([compression])),
        "dataWindow": ("box2i", struct.pack("<4i", *data)),
        "displayWindow": ("box2i", struct.pack("<4i", *(display or data))),
        "lineOrder": ("lineOrder", b"\0"),
        "pixelAspectRatio": ("float", struct.pack("<f", pixel_aspect)),
        "screenWindowCenter": ("v2f", struct.pack("<2f", 0, 0)),
        "screenWindowWidth": ("float", struct.pack("<f", 1)),
    }
    body = b"".join(attribute(name, kind, value) for name, (kind, value) in known.items() if name != without)
    return body + extra + b"\0"


def start(flags: int = 0) -> bytes:
    return MAGIC + struct.pack("<I", 2 | flags)


def scanline_file(planes: Sequence[Plane], data: Box, **options: Any) -> bytes:
    """A whole uncompressed file; ``planes`` in the order of their names."""
    head = start() + header([(p.name, p.kind, p.sampling) for p in planes], data, **options)
    top, bottom = data[1], data[3]
    chunks = []
    for y in range(top, bottom + 1):
        row = b"".join(
            p.values[(y - top) // p.sampling].tobytes() for p in planes if (y - top) % p.sampling == 0
        )
        chunks.append(struct.pack("<ii", y, len(row)) + row)
    at = len(head) + 8 * len(chunks)
    offsets = []
    for chunk in chunks:
        offsets.append(at)
        at += len(chunk)
    return head + struct.pack(f"<{len(offsets)}Q", *offsets) + b"".join(chunks)


def rgb(width: int = 16, height: int = 16, value: float = 0.5) -> list[Plane]:
    """B, G, R planes of one value."""
    return [Plane(name, np.full((height, width), value, np.float16)) for name in "BGR"]
