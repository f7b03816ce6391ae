"""The header of an OpenEXR file, read without decoding anything.

OpenImageIO is only shown a file whose header passed here: that keeps bombs, deep data and the newest
compressions away from its decoders, and tells apart what it reports alike (it invents ``oiio:ColorSpace``,
for one). Source: "OpenEXR File Layout", https://openexr.com/en/latest/OpenEXRFileLayout.html
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import BinaryIO

from m2fp_host.errors import BadImage, TooLarge

from .exr_attributes import REWRITE, StoredAttribute, read_attributes, text_of
from .limits import Limits
from .plate import Attribute
from .window import Window

MAGIC = b"\x76\x2f\x31\x01"
UINT, HALF, FLOAT = 0, 1, 2
COMPRESSIONS = ("none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab")

_TILED, _DEEP, _MULTI_PART = 0x200, 0x800, 0x1000
_HALF_INT = 2**30  # the format's own bound for coordinates
_TILE_BYTES = 64 * 2**20  # more only for a picture of that order: a tile's buffer is allocated whole


@dataclass(frozen=True)
class Channel:
    """One channel of a part; ``kind`` is ``UINT``, ``HALF`` or ``FLOAT``."""

    name: str
    kind: int
    x_sampling: int
    y_sampling: int

    @property
    def subsampled(self) -> bool:
        return self.x_sampling != 1 or self.y_sampling != 1


@dataclass(frozen=True)
class Part:
    """One part of a file. ``pixel_aspect_at`` is the byte offset of the stored pixel aspect ratio."""

    name: str
    view: str
    channels: tuple[Channel, ...]
    data_window: Window
    display_window: Window
    pixel_aspect: float
    pixel_aspect_at: int
    attributes: dict[str, Attribute]


def read_header(file: BinaryIO, name: str, limits: Limits) -> tuple[Part, ...]:
    """The parts of the EXR that ``file`` (seekable, at its start) holds; ``name`` is for messages.

    Raises :class:`BadImage` (not an EXR, damaged, deep, a compression we don't take) and :class:`TooLarge`.
    """
    start = file.read(8)
    if not start:
        raise BadImage(f"{name}: the file is empty", "check that the render has finished")
    if start[:4] != MAGIC:
        raise BadImage(f"{name}: this is no EXR file{_looks_like(start)}", "send the plate as OpenEXR")
    if len(start) < 8:
        raise BadImage(f"{name}: the header ends after {len(start)} bytes", REWRITE)
    flags = struct.unpack("<I", start[4:])[0]
    if flags & 0xFF != 2:
        raise BadImage(f"{name}: EXR version {flags & 0xFF}, only version 2 is known", REWRITE)
    if flags & _DEEP:
        raise _deep(name)
    parts: list[Part] = []
    while True:
        values = read_attributes(file, name)
        if flags & _MULTI_PART and not values:
            break
        parts.append(_part(values, bool(flags & _TILED), name, limits))
        if not flags & _MULTI_PART:
            break
        if len(parts) > limits.parts:
            raise TooLarge(
                f"{name}: more than {limits.parts} parts", "write the plate's own part to a file by itself"
            )
    if not parts:
        raise BadImage(f"{name}: a multi-part EXR without parts", REWRITE)
    return tuple(parts)


def _looks_like(start: bytes) -> str:
    signatures = {
        b"\xff\xd8\xff": "a JPEG",
        b"\x89PNG": "a PNG",
        b"II*\0": "a TIFF",
        b"MM\0*": "a TIFF",
        b"SDPX": "a DPX",
        b"XPDS": "a DPX",
    }
    for signature, kind in signatures.items():
        if start.startswith(signature):
            return f" but {kind}"
    return " but text" if start.isascii() and start.decode("ascii").isprintable() else ""


def _deep(name: str) -> BadImage:
    return BadImage(f"{name}: a deep EXR", "flatten it (Nuke: DeepToImage) and send the flat picture")


def _part(values: dict[str, StoredAttribute], tiled: bool, name: str, limits: Limits) -> Part:
    def stored(key: str, kind: str, layout: str) -> tuple[int, ...]:
        value = values.get(key)
        if value is None or value.kind != kind or value.size != struct.calcsize(layout):
            raise BadImage(f"{name}: the header has no usable {key!r}", REWRITE)
        return struct.unpack(layout, value.data)

    kind = text_of(values.get("type"))
    if kind.startswith("deep"):
        raise _deep(name)
    compression = stored("compression", "compression", "<B")[0]
    if compression >= len(COMPRESSIONS):
        raise BadImage(
            f"{name}: a compression this daemon does not take (number {compression}: HTJ2K, ZSTD or newer)",
            "write the plate as one of " + ", ".join(COMPRESSIONS).upper(),
        )
    windows = {}
    for key, what in (("dataWindow", "data window"), ("displayWindow", "display window")):
        left, top, right, bottom = stored(key, "box2i", "<4i")
        if right < left or bottom < top or max(map(abs, (left, top, right, bottom))) >= _HALF_INT:
            raise BadImage(f"{name}: nonsense as {what}: ({left}, {top}) to ({right}, {bottom})", REWRITE)
        windows[key] = Window.from_corners(left, top, right, bottom)
        limits.check_window(windows[key], what, name)
    data_window, display_window = windows["dataWindow"], windows["displayWindow"]
    limits.check_window(data_window.union(display_window), "union of data and display window", name)
    channels = _channels(values.get("channels"), name, limits)
    bytes_per_pixel = sum(2 if c.kind == HALF else 4 for c in channels)
    limits.check_bytes(
        data_window.pixels * bytes_per_pixel, f"{len(channels)} channels of {data_window}", name
    )
    if tiled or kind == "tiledimage":
        across, down, _ = stored("tiles", "tiledesc", "<2IB")
        tile_bytes = across * down * bytes_per_pixel
        if not 0 < tile_bytes <= max(4 * data_window.pixels * bytes_per_pixel, _TILE_BYTES):
            raise BadImage(f"{name}: tiles of {across}x{down} for a picture of {data_window}", REWRITE)
        limits.check_bytes(tile_bytes, f"a tile of {across}x{down}", name)
    aspect = values.get("pixelAspectRatio")
    usable = aspect is not None and aspect.kind == "float" and aspect.size == 4
    return Part(
        name=text_of(values.get("name")),
        view=text_of(values.get("view")),
        channels=channels,
        data_window=data_window,
        display_window=display_window,
        pixel_aspect=struct.unpack("<f", aspect.data)[0] if aspect and usable else math.nan,
        pixel_aspect_at=aspect.at if aspect and usable else 0,
        attributes=_colour_attributes(values),
    )


def _channels(value: StoredAttribute | None, name: str, limits: Limits) -> tuple[Channel, ...]:
    """The channel list; a name, then int32 kind, uint8 linear, 3 reserved bytes, int32 x and y sampling."""
    if value is None or value.kind != "chlist":
        raise BadImage(f"{name}: the header lists no channels", REWRITE)
    channels: list[Channel] = []
    at = 0
    while at < len(value.data) and value.data[at] != 0:
        end = value.data.find(b"\0", at)
        if end < 0 or end + 17 > len(value.data):
            raise BadImage(f"{name}: the channel list is cut short", REWRITE)
        kind, x_sampling, y_sampling = struct.unpack_from("<i4xii", value.data, end + 1)
        channel = Channel(value.data[at:end].decode("utf-8", "replace"), kind, x_sampling, y_sampling)
        if "\ufffd" in channel.name:  # OpenImageIO could not hand such a name over
            raise BadImage(f"{name}: channel {channel.name!r} is not named in UTF-8", "rename the channel")
        if kind not in (UINT, HALF, FLOAT) or x_sampling < 1 or y_sampling < 1:
            raise BadImage(f"{name}: channel {channel.name!r} has a nonsense type or sampling", REWRITE)
        channels.append(channel)
        at = end + 17
    if not channels:
        raise BadImage(f"{name}: the header lists no channels", REWRITE)
    if len(channels) > limits.channels:
        raise TooLarge(
            f"{name}: {len(channels):,} channels, {limits.channels} are allowed",
            "write the plate with fewer channels",
        )
    return tuple(channels)


def _colour_attributes(values: dict[str, StoredAttribute]) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    for key, value in values.items():
        if key == "acesImageContainerFlag" and value.kind == "int" and value.size == 4:
            found[key] = struct.unpack("<i", value.data)[0]
        elif key == "chromaticities" and value.kind == "chromaticities" and value.size == 32:
            found[key] = struct.unpack("<8f", value.data)
        elif value.kind == "string" and (
            key == "colorInteropID" or key.lower().replace("_", "").endswith("colorspace")
        ):
            found[key] = text_of(value)
    return found
