"""The folder where plates and masks lie while a job lives: on tmpfs if there is one, private, bounded."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

from m2fp_host.errors import BadRequest, Internal

try:
    import fcntl
except ImportError:  # Windows: there, a crashed daemon's folder stays until the system cleans it
    fcntl = None  # type: ignore[assignment]

_PREFIX = "m2fp-spool-"
_LOCK = "lock"


class Spool:
    """A folder of this daemon alone. What crashed daemons left beside it is removed when it is made.

    A daemon holds a lock on a file in its folder for as long as it lives, so a folder whose lock can be had
    belongs to nobody.
    """

    def __init__(self, parent: Path, quota: int) -> None:
        """:raises BadRequest: no folder can be made below ``parent``."""
        self.quota = quota
        self._sizes: dict[str, int] = {}
        _remove_stale(parent)
        try:
            self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            self._lock: IO[bytes] = open(self.folder / _LOCK, "wb")  # noqa: SIM115 (held for life)
        except OSError as fault:
            raise BadRequest(
                f"can't make a spool folder in {parent} ({fault.strerror})", "choose another with --spool"
            ) from None
        if fcntl:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    @property
    def used(self) -> int:
        """Bytes reserved for plates and taken by masks."""
        return sum(self._sizes.values())

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def reserve(self, name: str, size: int) -> bool:
        """Set ``size`` bytes aside for the file ``name``; ``False`` if the quota does not allow it."""
        if self.used + size - self._sizes.get(name, 0) > self.quota:
            return False
        self.book(name, size)
        return True

    def book(self, name: str, size: int) -> None:
        """Count a file that is already there, whatever the quota says."""
        self._sizes[name] = size

    def remove(self, name: str) -> None:
        """Remove the file if it is there, and give its bytes back."""
        self._sizes.pop(name, None)
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.path(name))

    def close(self) -> None:
        """Remove the folder."""
        self._lock.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def cannot_write(folder: Path, fault: OSError) -> Internal:
    """The error to answer when the spool can't be written."""
    return Internal(
        f"the daemon can't write its spool {folder} ({fault.strerror})",
        "free space there, or start it with --spool on another disk",
    )


def _remove_stale(parent: Path) -> None:
    if not fcntl:
        return
    for folder in parent.glob(f"{_PREFIX}*"):
        try:
            with open(folder / _LOCK, "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # another daemon's, alive, or another user's
