"""A lock on a file that ends with the process that holds it, however that ends."""

from __future__ import annotations

from typing import IO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

HAS_LOCKS = fcntl is not None


def try_lock(file: IO[bytes]) -> bool:
    """Lock ``file`` for as long as it is open; ``False`` if another process holds it.

    Where the system has no such locks (:data:`HAS_LOCKS`) everybody gets it.
    """
    if not HAS_LOCKS:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
