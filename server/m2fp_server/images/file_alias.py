"""A second name for a file, so that OpenImageIO takes the decoder we mean."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def file_alias(path: Path, ending: str) -> Iterator[Path]:
    """A path to the content of ``path`` that ends in ``ending`` (".exr"), valid inside the ``with``.

    OpenImageIO picks the decoder by the ending, reads options behind a "?", and can't open descriptors by
    number; spool files and ``/proc/self/fd/N`` need another name. A symbolic link in a private folder costs
    no copy; where links are not allowed (Windows without the privilege) the file is copied.
    """
    if path.suffix.lower() == ending and "?" not in str(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="m2fp-") as folder:
        alias = Path(folder) / f"plate{ending}"
        with suppress(OSError, NotImplementedError):
            alias.symlink_to(os.path.abspath(path))
        if not alias.exists():
            alias.unlink(missing_ok=True)
            shutil.copyfile(path, alias)
        yield alias


@contextmanager
def patched_copy(path: Path, ending: str, at: int, data: bytes) -> Iterator[Path]:
    """Like :func:`file_alias`, but a copy whose bytes from offset ``at`` are ``data``."""
    with tempfile.TemporaryDirectory(prefix="m2fp-") as folder:
        copy = Path(folder) / f"plate{ending}"
        shutil.copyfile(path, copy)
        with copy.open("r+b") as file:
            file.seek(at)
            file.write(data)
        yield copy
