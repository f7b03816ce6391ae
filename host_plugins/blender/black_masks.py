"""Masks of one black pixel: what a frame shows that has none.

A file that is not there would not do: Blender shows it as black from 4.5 on, as two thirds of white before.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from contextlib import suppress

_MAGIC, _VERSION, _LONG_NAMES = 20000630, 2, 0x400
_HALF, _NO_COMPRESSION, _INCREASING_Y = 1, 0, 0
_ONE_PIXEL = struct.pack("<4i", 0, 0, 0, 0)


def write_black(path: str, layers: Iterable[str]) -> None:
    """Write an EXR file with a beauty and an alpha for each of ``layers``, all black.

    :raises OSError: it can't be written.
    """
    channels = sorted(["R", "G", "B", "A", *(f"{layer}.A" for layer in layers)])
    temporary = f"{path}.{os.getpid()}"
    try:
        with open(temporary, "wb") as file:
            file.write(_black(channels))
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.remove(temporary)
        raise


def _black(channels: list[str]) -> bytes:
    listed = b"".join(
        struct.pack(f"<{len(name) + 1}siB3xii", name.encode(), _HALF, 0, 1, 1) for name in channels
    )
    long_names = _LONG_NAMES if any(len(name) > 31 for name in channels) else 0
    header = b"".join(
        (
            struct.pack("<ii", _MAGIC, _VERSION | long_names),
            _attribute("channels", "chlist", listed + b"\0"),
            _attribute("compression", "compression", bytes([_NO_COMPRESSION])),
            _attribute("dataWindow", "box2i", _ONE_PIXEL),
            _attribute("displayWindow", "box2i", _ONE_PIXEL),
            _attribute("lineOrder", "lineOrder", bytes([_INCREASING_Y])),
            _attribute("pixelAspectRatio", "float", struct.pack("<f", 1.0)),
            _attribute("screenWindowCenter", "v2f", struct.pack("<ff", 0.0, 0.0)),
            _attribute("screenWindowWidth", "float", struct.pack("<f", 1.0)),
            b"\0",
        )
    )
    pixels = bytes(2 * len(channels))
    line = struct.pack("<ii", 0, len(pixels)) + pixels
    return header + struct.pack("<Q", len(header) + 8) + line


def _attribute(name: str, kind: str, value: bytes) -> bytes:
    return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(value)) + value
