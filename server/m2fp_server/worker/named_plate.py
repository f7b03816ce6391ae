"""A plate that a client only named: opened with care, and copied so that it can't change under the job.

The path has to lead below one of the daemon's roots after all symbolic links are resolved; then every step
from the root down is opened without following links, so that a link swapped in later leads nowhere; what is
opened has to be a regular file. All refusals are ``path_denied`` in the same words: a client learns nothing
about files it may not read, and sends the bytes instead.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from m2fp_host.errors import BadImage, PathDenied

_BLOCK = 1 << 20


def copy_named_plate(path: str, roots: Sequence[str], to: str, most_bytes: int) -> str:
    """Copy the plate at ``path`` (absolute) to ``to``; its sha256 in hexadecimal.

    :raises PathDenied: not below ``roots``, no regular file, or not readable.
    :raises BadImage: more than ``most_bytes``, which the client announced.
    """
    digest = hashlib.sha256()
    copied = 0
    with open(_open_below(path, roots), "rb", buffering=0) as source, open(to, "wb") as copy:
        while block := source.read(_BLOCK):
            copied += len(block)
            if copied > most_bytes:
                raise BadImage(
                    f"the plate {path} has more than the {most_bytes} bytes announced",
                    "is it still being written?",
                )
            digest.update(block)
            copy.write(block)
    return digest.hexdigest()


def _open_below(path: str, roots: Sequence[str]) -> int:
    denied = PathDenied(f"the daemon can't read {path}", "allow its folder with --root, or send the bytes")
    if not os.path.isabs(path) or "\0" in path:
        raise denied
    try:
        real = Path(path).resolve(strict=True)
        root = next((each for each in map(_resolved, roots) if each in real.parents), None)
        if root is None:
            raise denied
        descriptor = _walk(root, real.relative_to(root).parts)
    except (OSError, RuntimeError, ValueError):  # links in a circle; characters that no file name can have
        raise denied from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise denied
    return descriptor


def _resolved(root: str) -> Path:
    return Path(root).resolve()


def _walk(root: Path, parts: Sequence[str]) -> int:
    """A descriptor of the file ``root/parts``, no link followed on the way (where the system can do that)."""
    if os.open not in os.supports_dir_fd:
        return os.open(root.joinpath(*parts), os.O_RDONLY | getattr(os, "O_BINARY", 0))
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        # O_NONBLOCK: opening a FIFO must not wait for its other end.
        return os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    finally:
        os.close(folder)
