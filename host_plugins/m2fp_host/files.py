"""The two ends of a transfer in the host: the plate that is read, and the masks that are written."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
import uuid
from typing import Any, BinaryIO, Callable

from .errors import BadImage, BadRequest, Internal

_BLOCK = 1 << 20

_WINDOWS = os.name == "nt"
_IN_THE_WAY = 2.0
"""Seconds."""


class PlateSource:
    """A plate in memory (bytes-like) or in a file, read by offset."""

    def __init__(self, plate: Any) -> None:
        """:raises BadImage: the file can't be read, or there is nothing in it.
        :raises BadRequest: neither bytes nor a path.
        """
        self._file: BinaryIO | None = None
        self._sha256 = ""
        self.path = ""
        try:
            if isinstance(plate, (bytes, bytearray, memoryview)):
                self._view = memoryview(plate).cast("B")
                self.bytes = len(self._view)
            else:
                self.path = os.path.abspath(os.fspath(plate))
                self.bytes = self._open()
        except (TypeError, ValueError) as fault:
            raise BadRequest(
                f"the plate is no path and no bytes ({fault})", "give the bytes of an EXR file, or its path"
            ) from None
        except OSError as fault:
            raise BadImage(f"can't read the plate {self.path} ({fault.strerror})", "check the path") from None
        if not self.bytes:
            self.close()
            raise BadImage(f"the plate {self.name} is empty", "write it again")

    def _open(self) -> int:
        """The file's length. (A FIFO or a device would keep us waiting.)"""
        if not stat.S_ISREG(os.stat(self.path).st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        self._file = open(self.path, "rb")  # noqa: SIM115 (closed by close())
        return os.fstat(self._file.fileno()).st_size

    @property
    def name(self) -> str:
        """How messages name the plate."""
        return os.path.basename(self.path) or "in memory"

    def sha256(self, check: Callable[[], None]) -> str:
        """sha256 of the whole file, in hexadecimal. ``check`` is called between pieces, and may raise."""
        if not self._sha256:
            digest = hashlib.sha256()
            for offset in range(0, self.bytes, _BLOCK):
                check()
                digest.update(self.read(offset, _BLOCK))
            self._sha256 = digest.hexdigest()
        return self._sha256

    def read(self, offset: int, length: int) -> Any:
        """Up to ``length`` bytes from ``offset`` on."""
        if self._file is None:
            return self._view[offset : offset + length]
        try:
            self._file.seek(offset)
            return self._file.read(length)
        except OSError as fault:
            raise BadImage(
                f"can't read the plate {self.path} ({fault.strerror})", "check the disk it is on"
            ) from None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class MasksSink:
    """The result on its way in: to memory, or to a temporary file beside ``out`` that then takes its name.

    Bytes arrive in order; :meth:`begin` with the same hash keeps what is there, so that a transfer goes on
    after a lost connection.
    """

    def __init__(self, out: Any = None) -> None:
        """:raises BadRequest: ``out`` is no path."""
        try:
            self.out = os.path.abspath(os.fspath(out)) if out is not None else ""
        except (TypeError, ValueError) as fault:
            raise BadRequest(f"out is no path ({fault})", "give the path of the EXR to write") from None
        if os.path.exists(self.out) and not os.path.isfile(self.out):  # renaming would replace a device
            raise BadRequest(f"{self.out} is there and is no file", "write the masks elsewhere")
        self.offset = 0
        self.bytes = 0
        self._sha256 = ""
        self._digest = hashlib.sha256()
        self._memory = bytearray()
        self._file: BinaryIO | None = None
        folder, name = os.path.split(self.out)
        self._temporary = os.path.join(folder, f".{name}.{uuid.uuid4().hex[:8]}.part") if self.out else ""

    def begin(self, length: int, sha256: str) -> None:
        """Expect ``length`` bytes with this hash."""
        if (length, sha256) == (self.bytes, self._sha256):
            return
        self.discard()
        self.bytes, self._sha256, self.offset = length, sha256, 0
        self._digest, self._memory = hashlib.sha256(), bytearray()
        if self.out:
            try:
                self._file = open(self._temporary, "wb")  # noqa: SIM115 (closed by commit or discard)
            except OSError as fault:
                raise self._unwritable(fault) from None

    def write(self, data: Any) -> None:
        """Take the next bytes."""
        try:
            if self._file is None:
                self._memory += data
            else:
                self._file.write(data)
        except OSError as fault:
            raise self._unwritable(fault) from None
        self._digest.update(data)
        self.offset += len(data)

    @property
    def complete(self) -> bool:
        return self.offset >= self.bytes > 0

    def commit(self) -> bytes | None:
        """Check the hash, give the file its name; the bytes where there is no file.

        :raises Internal: the bytes are not those that were announced.
        """
        if self._digest.hexdigest() != self._sha256:
            raise Internal("the masks arrived damaged", "parse the frame again")
        if self._file is None:
            return bytes(self._memory)
        try:
            self._file.close()
            self._take_name()
        except OSError as fault:
            raise self._unwritable(fault) from None
        self._file = None
        return None

    def _take_name(self) -> None:
        """On Windows a program that reads the masks of before, as hosts do, is in the way for a while."""
        end = time.monotonic() + _IN_THE_WAY
        while True:
            try:
                os.replace(self._temporary, self.out)
            except PermissionError:
                if not _WINDOWS or time.monotonic() > end:
                    raise
                time.sleep(0.05)
            else:
                return

    def discard(self) -> None:
        """Remove what is half-written. Harmless after :meth:`commit`."""
        if self._file is not None:
            try:
                self._file.close()  # a full disk is reported once more here: the reason is already on its way
            except OSError:
                self._file = None
            self._file = None
            if os.path.exists(self._temporary):
                os.remove(self._temporary)

    def _unwritable(self, fault: OSError) -> BadRequest:
        return BadRequest(
            f"can't write the masks {self.out} ({fault.strerror})",
            "check that the folder exists, is writable and has room",
        )
