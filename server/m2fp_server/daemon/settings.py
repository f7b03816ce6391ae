"""What a daemon is told when it starts."""

from __future__ import annotations

import ipaddress
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from m2fp_host.endpoint import DEFAULT_ENDPOINT
from m2fp_host.errors import BadRequest


def default_spool() -> Path:
    """``M2FP_SPOOL``, else memory-backed where the system has such a place, else the temporary folder."""
    if chosen := os.environ.get("M2FP_SPOOL"):
        return Path(chosen)
    shm = Path("/dev/shm")  # noqa: S108 (a folder of our own is made in it, mode 0700)
    return shm if shm.is_dir() and os.access(shm, os.W_OK) else Path(tempfile.gettempdir())


def default_threads() -> int:
    """As many CPU threads as this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Settings:
    """Sizes in bytes, times in seconds. ``roots``: folders below which a plate may be named by its path."""

    endpoint: str = DEFAULT_ENDPOINT
    roots: tuple[str, ...] = ()
    engine: str = "auto"
    commercial_only: bool = False
    """Refuse engines whose weights' licence forbids commercial use."""
    threads: int = field(default_factory=default_threads)
    spool: Path = field(default_factory=default_spool)
    spool_bytes: int = 2 << 30
    plate_bytes: int = 1 << 30
    most_jobs: int = 1000
    job_seconds: float = 600.0
    silence_seconds: float = 30.0
    """A client not heard of for so long, or not sending its plate for so long, has left its jobs."""
    keep_seconds: float = 300.0
    """So long a result waits for its client to pull from it."""
    drain_seconds: float = 25.0
    hand_over_seconds: float = 5.0
    """So long a stopping daemon waits for a client to fetch its result."""
    cancel_seconds: float = 5.0
    """A worker that has not let go of a cancelled job by then is replaced."""

    def __post_init__(self) -> None:
        check_endpoint(self.endpoint)
        for root in self.roots:
            if not os.path.isabs(root) or not os.path.isdir(root):
                raise BadRequest(f"--root {root} is no folder", "give the absolute path of one that exists")


def check_endpoint(endpoint: str) -> None:
    """Refuse an endpoint that other machines can reach: nothing here asks who calls.

    :raises BadRequest: not ``ipc://`` and not ``tcp://`` on a loopback address.
    """
    scheme, _, address = endpoint.partition("://")
    if scheme == "ipc":
        if not address.startswith("/"):  # "@..." would be open to every user of this machine
            raise BadRequest(f"{endpoint!r} is no endpoint", "write it like ipc:///home/me/m2fp/socket")
        return
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    if scheme != "tcp" or not (port == "*" or (port.isdecimal() and 0 < int(port) < 65536)):
        raise BadRequest(f"{endpoint!r} is no endpoint", "write it like tcp://127.0.0.1:47115")
    if host == "localhost":
        return
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise BadRequest(
            f"{endpoint} can be reached by other machines, and the daemon can't tell who calls",
            "bind to 127.0.0.1, and reach it from elsewhere through an SSH tunnel",
        )
