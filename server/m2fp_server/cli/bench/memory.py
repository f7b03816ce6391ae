"""Memory figures of processes, from Linux's ``/proc``, in MB (10^6 bytes)."""

from __future__ import annotations

from pathlib import Path


def resident(pid: int) -> float:
    """What a process holds now."""
    return _status(pid, "VmRSS")


def peak(pid: int) -> float:
    """The most that a process has held at once since it began."""
    return _status(pid, "VmHWM")


def _status(pid: int, key: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024 / 1e6
    raise OSError(f"no {key} of process {pid}")
