"""The place of an ``ipc://`` socket: in a folder of one's own, and of one daemon alone.

ZeroMQ itself would bind over another daemon's socket without a word, and leave both unreachable.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from m2fp_host.errors import BadRequest

from ..file_lock import try_lock


def claimed(path: Path) -> IO[bytes]:
    """A lock beside the socket ``path``, to be held while it is bound; its folder is made with mode 0700.

    :raises BadRequest: the folder is open to other users, or another daemon holds the lock.
    :raises OSError: the folder can't be made or written.
    """
    folder = path.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if os.name == "posix" and (found.st_uid != os.geteuid() or found.st_mode & 0o077):
        raise BadRequest(
            f"other users can reach {folder}",
            "choose a folder of your own for the socket, of mode 700",
        )
    lock = open(path.with_name(path.name + ".lock"), "wb")  # noqa: SIM115 (held while the socket is bound)
    if not try_lock(lock):
        lock.close()
        raise BadRequest(
            f"can't listen at ipc://{path}", "another daemon is running there: stop it, or choose another"
        )
    return lock
