"""What a worker freed goes back to the system when the size of pictures changes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from m2fp_server.daemon.worker_process import ALLOCATOR
from m2fp_server.worker import memory
from m2fp_server.worker.memory import Memory

FREED = """
import os
from m2fp_server.cli.bench.memory import resident
from m2fp_server.worker.memory import give_back
held = [bytearray(b"x") * 1_000_000 for _ in range(200)]
keep = bytearray(1000)
del held
before = resident(os.getpid())
given = give_back()
print(given, before - resident(os.getpid()) > 100)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc keeps memory so")
def test_freed_memory_goes_back_to_the_system() -> None:
    environment = {**os.environ, **ALLOCATOR, "PYTHONMALLOC": "malloc"}
    done = subprocess.run(
        [sys.executable, "-c", FREED], capture_output=True, text=True, timeout=60, check=True, env=environment
    )
    assert done.stdout == "True True\n"


def test_only_another_size_makes_it_so(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    monkeypatch.setattr(memory, "give_back", lambda: given.append(True))
    watch = Memory()
    for size in ((640, 1136), (640, 1136), (640, 640), (640, 640), (640, 1136)):
        watch.expect(size)
    assert len(given) == 2
