"""The header of an OpenEXR file, read without its pixels: for files that somebody else may have made.

Quick and safe on any file: at most :data:`MOST_BYTES` are read, and whatever is wrong is a
:class:`~m2fp_host.errors.BadImage` that names the file and the reason.

Source: "OpenEXR File Layout", https://openexr.com/en/latest/OpenEXRFileLayout.html
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Iterator, Mapping, NamedTuple

from .errors import BadImage

MAGIC = b"\x76\x2f\x31\x01"
VERSION = 2
TILED, LONG_NAMES, DEEP, MULTI_PART = 0x200, 0x400, 0x800, 0x1000

MOST_BYTES = 1 << 20
MOST_ATTRIBUTES = 1024
LONGEST_NAME = 255
"""Bytes of an attribute's, a type's or a channel's name: the format's own bound."""

UINT, HALF, FLOAT = 0, 1, 2

REWRITE = "the file is damaged, or no EXR writer made it: render or copy it again"

_BLOCK = 1 << 14


class Box(NamedTuple):
    """A ``box2i``: the pixels at its corners are inside; y grows downwards."""

    left: int
    top: int
    right: int
    bottom: int


class Attribute(NamedTuple):
    """An attribute as stored."""

    kind: str
    data: bytes


class Channel(NamedTuple):
    """One channel; ``kind`` is :data:`UINT`, :data:`HALF` or :data:`FLOAT`."""

    name: str
    kind: int
    x_sampling: int
    y_sampling: int


@dataclass(frozen=True)
class ExrHeader:
    """The attributes of a file's first (mostly its only) part; ``length`` of its header is in bytes.

    Typed access gives ``None`` for an attribute that is not there, and raises BadImage for one that is there
    with another type or size.
    """

    path: str
    flags: int
    attributes: Mapping[str, Attribute]
    length: int

    @property
    def multi_part(self) -> bool:
        """There may be more parts; only the first part's attributes were read."""
        return bool(self.flags & MULTI_PART)

    @property
    def scanline(self) -> bool:
        """One flat picture in scanlines: not tiled, not deep, not multi-part."""
        kind = self.string("type")  # single-part files need not have it
        return not self.flags & (TILED | DEEP | MULTI_PART) and kind in (None, "scanlineimage")

    def string(self, name: str) -> str | None:
        """A ``string``; bytes that are not UTF-8 become U+FFFD."""
        stored = self._stored(name, "string")
        return None if stored is None else stored.decode("utf-8", "replace")

    def integer(self, name: str) -> int | None:
        """An ``int``."""
        found = self._unpacked(name, "int", "<i")
        return None if found is None else int(found[0])

    def real(self, name: str) -> float | None:
        """A ``float``: 32 bits, so 0.1 comes back as 0.10000000149; may be NaN or infinite."""
        found = self._unpacked(name, "float", "<f")
        return None if found is None else float(found[0])

    def box(self, name: str) -> Box | None:
        """A ``box2i``, as stored: it may be empty or nonsense."""
        found = self._unpacked(name, "box2i", "<4i")
        return None if found is None else Box(*found)

    def channels(self, name: str = "channels") -> tuple[Channel, ...] | None:
        """A ``chlist``: a name, then int32 kind, uint8 linear, 3 reserved bytes, int32 x and y sampling."""
        stored = self._stored(name, "chlist")
        if stored is None:
            return None
        found = []
        at = 0
        while stored[at : at + 1] != b"\0":
            end = stored.find(b"\0", at, at + LONGEST_NAME + 1)
            if end < 0 or end + 17 > len(stored):
                raise BadImage(f"{self.path}: the channel list is cut short", REWRITE)
            channel = Channel(_text(stored[at:end]), *struct.unpack_from("<i4xii", stored, end + 1))
            if channel.kind not in (UINT, HALF, FLOAT) or channel.x_sampling < 1 or channel.y_sampling < 1:
                raise BadImage(
                    f"{self.path}: channel {channel.name!r} has a nonsense type or sampling", REWRITE
                )
            found.append(channel)
            at = end + 17
        return tuple(found)

    def _stored(self, name: str, kind: str, size: int | None = None) -> bytes | None:
        attribute = self.attributes.get(name)
        if attribute is None:
            return None
        if attribute.kind != kind or size not in (None, len(attribute.data)):
            raise BadImage(
                f"{self.path}: {name!r} is stored as {len(attribute.data)} bytes of {attribute.kind!r}, "
                f"not as {kind!r}",
                REWRITE,
            )
        return attribute.data

    def _unpacked(self, name: str, kind: str, layout: str) -> tuple[Any, ...] | None:
        stored = self._stored(name, kind, struct.calcsize(layout))
        return None if stored is None else struct.unpack(layout, stored)


@contextmanager
def open_exr(path: Any) -> Iterator[BinaryIO]:
    """``path`` open for reading; what goes wrong while it is read is a BadImage, too.

    :raises BadImage: it is not there, is no regular file (a FIFO would keep us waiting), or can't be read.
    """
    name = os.fspath(path)
    try:
        if not stat.S_ISREG(os.stat(name).st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        file = open(name, "rb")  # noqa: SIM115 (closed below)
    except OSError as fault:
        raise BadImage(f"can't read {name} ({fault.strerror})", "check the path") from None
    except ValueError as fault:  # a NUL in the name
        raise BadImage(f"can't read {name!r} ({fault})", "check the path") from None
    with file:
        try:
            yield file
        except OSError as fault:
            raise BadImage(f"can't read {name} ({fault.strerror})", "check the disk it is on") from None


def read_header(path: Any) -> ExrHeader:
    """The header of the EXR file at ``path``.

    :raises BadImage: it can't be read, is no EXR, or its header is damaged or beyond the limits above.
    """
    with open_exr(path) as file:
        return parse_header(file, os.fspath(path))


def parse_header(file: BinaryIO, path: str) -> ExrHeader:
    """As :func:`read_header`, from a file that is open and at its start; ``path`` is for messages."""
    source = _Source(file, path)
    start = source.take(8, "its first 8 bytes")
    if start[:4] != MAGIC:
        raise BadImage(f"{path}: this is no EXR file", "name an OpenEXR file")
    flags = struct.unpack("<I", start[4:])[0]
    if flags & 0xFF != VERSION:
        raise BadImage(f"{path}: EXR version {flags & 0xFF}, only version {VERSION} is known", REWRITE)
    attributes: dict[str, Attribute] = {}
    while True:
        name = source.name("an attribute's name")
        if not name:
            return ExrHeader(path, flags, attributes, source.at)
        if name in attributes:
            raise BadImage(f"{path}: attribute {name!r} stands there twice", REWRITE)
        if len(attributes) == MOST_ATTRIBUTES:
            raise BadImage(f"{path}: more than {MOST_ATTRIBUTES} attributes", REWRITE)
        kind = source.name(f"the type of {name!r}")
        size = struct.unpack("<i", source.take(4, f"the size of {name!r}"))[0]
        if size < 0:
            raise BadImage(f"{path}: attribute {name!r} claims {size} bytes", REWRITE)
        attributes[name] = Attribute(kind, source.take(size, f"attribute {name!r}"))


class _Source:
    """The first bytes of a file, read block by block as they are asked for. ``at`` is how far we are."""

    def __init__(self, file: BinaryIO, path: str) -> None:
        self._file = file
        self._path = path
        self._held = bytearray()
        self.at = 0

    def take(self, size: int, what: str) -> bytes:
        """The next ``size`` bytes, which are ``what``."""
        end = self.at + size
        if end > MOST_BYTES:
            raise BadImage(
                f"{self._path}: with {what} the header has more than {MOST_BYTES:,} bytes",
                "write it with less metadata",
            )
        if not self._reach(end):
            raise self._cut(what)
        taken = bytes(self._held[self.at : end])
        self.at = end
        return taken

    def name(self, what: str) -> str:
        """The text up to the next NUL; empty at the end of the header."""
        most = self.at + LONGEST_NAME + 1
        complete = self._reach(most)
        end = self._held.find(b"\0", self.at, most)
        if end < 0 and not complete:
            raise self._cut(what)
        if end < 0:
            raise BadImage(f"{self._path}: {what} has more than {LONGEST_NAME} bytes", REWRITE)
        return _text(self.take(end + 1 - self.at, what)[:-1])

    def _reach(self, end: int) -> bool:
        while len(self._held) < end:
            block = self._file.read(_BLOCK)
            if not block:
                return False
            self._held += block
        return True

    def _cut(self, what: str) -> BadImage:
        return BadImage(f"{self._path}: the file ends within {what}", "check that its writer has finished")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
