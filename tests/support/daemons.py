"""A daemon at work: jobs that run in a thread, processes that come and go."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from m2fp_host import Client, M2FPError


def at_read(event: threading.Event) -> Callable[[str, float], None]:
    """Sets ``event`` when the worker begins to read the plate."""

    def on_progress(stage: str, _: float) -> None:
        if stage == "read":
            event.set()

    return on_progress


@contextmanager
def running(client: Client, plate: Path) -> Iterator[list[Any]]:
    """A job in a thread, once the worker has begun; the list gets what came of it at the end."""
    outcome: list[Any] = []
    begun = threading.Event()

    def work() -> None:
        try:
            outcome.append(client.parse(plate, on_progress=at_read(begun)))
        except M2FPError as error:
            outcome.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(20)
    yield outcome
    thread.join(40)
    assert not thread.is_alive()


def worker_pid(client: Client) -> int:
    return int(client.status().workers[0]["pid"])


def alive(pid: int) -> bool:
    return (
        Path(f"/proc/{pid}/status").exists() and "Z (zombie)" not in Path(f"/proc/{pid}/status").read_text()
    )


def pictures(folder: Path) -> list[str]:
    """Names of all EXR files below ``folder``, of which some may go while we look."""
    return [name for _, _, names in os.walk(folder) for name in names if name.endswith(".exr")]


def wait_for(condition: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
