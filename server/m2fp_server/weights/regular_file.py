"""Opening a file that somebody else named: it is a file, of a sane size, and nobody waits for it."""

from __future__ import annotations

import hashlib
import os
import stat
from io import BufferedReader
from pathlib import Path


def open_regular(path: Path, longest: int) -> BufferedReader:
    """Open a file of at most ``longest`` bytes for reading.

    :raises ValueError: it is a pipe, a device, a folder, or larger.
    :raises OSError: it can't be opened.
    """
    file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 (the caller closes it)
    found = os.fstat(file.fileno())
    if stat.S_ISREG(found.st_mode) and found.st_size <= longest:
        return file
    file.close()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("it is no file")
    raise ValueError(f"it has {found.st_size / 1e6:.0f} MB, and at most {longest / 1e6:.0f} MB are taken")


def _without_waiting(path: str, flags: int) -> int:
    # A FIFO without a writer would keep us waiting.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def sha256_of(path: Path, longest: int) -> str:
    """sha256 of the file, in hexadecimal; raises as :func:`open_regular` does."""
    with open_regular(path, longest) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
