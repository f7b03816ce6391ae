"""A file that is there whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary name beside ``path``, with its ending; what is written there takes the name ``path``.

    If the block raises, nothing is left behind and what was at ``path`` stays.

    :raises OSError: the file can't take its name.
    """
    target = Path(path)
    # Beside it, because renaming works on one disk only.
    temporary = target.with_name(f".{secrets.token_hex(8)}{target.suffix}")
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
