"""The folder where plates and masks lie while a job lives: on tmpfs if there is one, private, bounded."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import IO

from m2fp_host.errors import BadRequest, Internal

from ..file_lock import HAS_LOCKS, try_lock

_PREFIX = "m2fp-spool-"
_LOCK = "lock"
_SCRATCH = "scratch"


class Spool:
    """A folder of this daemon alone, with a folder for each job in it.

    What crashed daemons left beside it is removed when it is made: a daemon holds a lock on a file in its
    folder for as long as it lives, so a folder whose lock can be had belongs to nobody.
    """

    def __init__(self, parent: Path, quota: int) -> None:
        """:raises BadRequest: no folder can be made below ``parent``."""
        self._quota = quota
        self._sizes: dict[int, int] = {}
        try:
            _remove_stale(parent)
            new = Path(tempfile.mkdtemp(prefix="m2fp-new-", dir=parent))
            self._lock = _locked(new / _LOCK)
            # Locked before it has the name by which others look for what is stale.
            self.folder = new.rename(new.with_name(_PREFIX + new.name.removeprefix("m2fp-new-")))
        except OSError as fault:
            raise BadRequest(
                f"can't make a spool folder in {parent} ({fault.strerror})", "choose another with --spool"
            ) from None

    def reserve(self, number: int, size: int) -> bool:
        """Set ``size`` bytes aside for the job and make its folder; ``False`` if the quota does not allow it.

        :raises OSError: the disk does not.
        """
        if sum(self._sizes.values()) + size > self._quota:
            return False
        (self.folder / _name(number)).mkdir()
        self._sizes[number] = size
        return True

    def book(self, number: int, size: int) -> None:
        """The job's files have ``size`` bytes now."""
        self._sizes[number] = size

    def plate(self, number: int) -> str:
        """Where the job's plate lies. (Names are ours, never a client's.)"""
        return str(self.folder / _name(number) / "plate.exr")

    def masks(self, number: int) -> str:
        """Where the job's masks lie."""
        return str(self.folder / _name(number) / "masks.exr")

    def drop_plate(self, number: int) -> None:
        """The job's plate is not needed any more."""
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.plate(number))

    def remove(self, number: int) -> None:
        """Remove the job's folder, with what a killed worker left in it, and give its bytes back."""
        self._sizes.pop(number, None)
        shutil.rmtree(self.folder / _name(number), ignore_errors=True)

    def fresh_scratch(self) -> str:
        """An empty folder for a new worker's own temporary files."""
        scratch = self.folder / _SCRATCH
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(exist_ok=True)
        return str(scratch)

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def cannot_write(folder: Path, fault: OSError) -> Internal:
    """The error to answer when the spool can't be written."""
    return Internal(
        f"the daemon can't write its spool {folder} ({fault.strerror})",
        "free space there, or start it with --spool on another disk",
    )


def _name(number: int) -> str:
    return f"{number:08d}"


def _locked(path: Path) -> IO[bytes]:
    lock = open(path, "wb")  # noqa: SIM115 (held for the daemon's life)
    try_lock(lock)
    return lock


def _remove_stale(parent: Path) -> None:
    if not HAS_LOCKS:  # there a crashed daemon's folder stays until the system cleans it
        return
    for folder in parent.glob(f"{_PREFIX}*"):
        try:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
                continue  # another user's: his to clean, and not to be trusted
            with open(os.open(folder / _LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as lock:
                if try_lock(lock):
                    shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # going away just now, or no spool of ours
