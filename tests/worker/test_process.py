"""The worker as a real process, spoken to over its pipes as the daemon does."""

from __future__ import annotations

import hashlib
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from m2fp_server.engines.builtin.engine import LABELS
from m2fp_server.worker.messages import (
    Abandon,
    Done,
    Failed,
    Ready,
    Run,
    Stage,
    WorkerMessage,
    from_line,
    to_line,
)
from m2fp_server.worker.pipeline import STAGES
from support.exr import read_masks
from support.plates import write_plate

PATIENCE = 60.0
"""Seconds; only a hanging worker needs them."""


class Worker:
    """``python -m m2fp_server.worker``; what it says is read in a thread, so that a hang fails a test."""

    def __init__(self, engine: str = "builtin") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "m2fp_server.worker", engine, "1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def tell(self, *messages: WorkerMessage) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"".join(map(to_line, messages)))
        self.process.stdin.flush()

    def hear(self) -> WorkerMessage:
        """The next message; every line has to be one."""
        return from_line(self._said.get(timeout=PATIENCE))

    def answer(self) -> tuple[WorkerMessage, list[str]]:
        """The next message that is no stage, and the stages before it."""
        stages = []
        while isinstance(message := self.hear(), Stage):
            stages.append(message.stage)
        return message, stages

    def close(self) -> int:
        """Close its input, as a daemon that ends does; its exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            self._reader.join()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._said.put(line)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """A warm worker for this module. What it says is checked to the last line."""
    worker = Worker()
    try:
        ready = worker.hear()
        assert isinstance(ready, Ready)
        (model,) = ready.models
        assert (model["name"], tuple(model["labels"])) == ("builtin", LABELS[1:])
        assert (len(model["weights"]), model["licence"]) == (64, "Apache-2.0")
        yield worker
    finally:
        status = worker.close()
    assert status == 0


def job(number: int, plate: Path, masks: Path, **parameters: object) -> Run:
    return Run(number, str(plate), plate.name, str(masks), parameters={"layers": ["hair"], **parameters})


def test_a_job_is_answered_with_its_stages_and_masks(worker: Worker, plate: Path, tmp_path: Path) -> None:
    masks = tmp_path / "masks.exr"
    worker.tell(job(11, plate, masks))
    done, stages = worker.answer()
    assert isinstance(done, Done)
    assert done.job == 11
    assert list(dict.fromkeys(stages)) == list(STAGES)
    assert done.sha256 == hashlib.sha256(masks.read_bytes()).hexdigest()
    assert done.bytes == masks.stat().st_size
    assert list(read_masks(masks).channels) == ["hair.A"]


def test_a_bad_plate_fails_and_the_worker_goes_on(worker: Worker, plate: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.exr"
    bad.write_bytes(plate.read_bytes()[:-50])
    worker.tell(job(21, bad, tmp_path / "bad_masks.exr"), job(22, plate, tmp_path / "masks.exr"))
    failed, _ = worker.answer()
    assert isinstance(failed, Failed)
    assert (failed.job, failed.error["code"]) == (21, "bad_image")
    assert "bad.exr" in failed.error["message"]
    done, _ = worker.answer()
    assert isinstance(done, Done)
    assert done.job == 22
    assert not (tmp_path / "bad_masks.exr").exists()


@pytest.mark.parametrize(
    ("parameters", "code"), [({"engine": "m3fp"}, "engine_unavailable"), ({"people": 3}, "bad_request")]
)
def test_a_bad_request_fails_with_its_code(
    worker: Worker, plate: Path, tmp_path: Path, parameters: dict[str, object], code: str
) -> None:
    worker.tell(job(31, plate, tmp_path / "masks.exr", **parameters))
    failed, _ = worker.answer()
    assert isinstance(failed, Failed)
    assert (failed.job, failed.error["code"]) == (31, code)


def test_an_abandoned_job_is_let_go_and_the_next_one_runs(
    worker: Worker, plate: Path, tmp_path: Path
) -> None:
    """Said before the job starts, which the worker can't tell from in the middle of it."""
    worker.tell(
        Abandon(41), job(41, plate, tmp_path / "abandoned.exr"), job(42, plate, tmp_path / "masks.exr")
    )
    failed, stages = worker.answer()
    assert isinstance(failed, Failed)
    assert (failed.job, failed.error["code"], stages) == (41, "cancelled", [])
    done, _ = worker.answer()
    assert isinstance(done, Done)
    assert done.job == 42
    assert sorted(each.name for each in tmp_path.iterdir()) == ["masks.exr", "plate.exr"]


def test_a_running_job_is_let_go(worker: Worker, tmp_path: Path) -> None:
    large = write_plate(tmp_path / "large.exr", 2048, 2048)
    for number in range(51, 61):  # a machine may be so busy that the job is over before we get to say it
        worker.tell(job(number, large, tmp_path / "masks.exr", beauty=True))
        assert worker.hear() == Stage(number, "read", 0.0)
        worker.tell(Abandon(number))
        failed, _ = worker.answer()
        if isinstance(failed, Failed):
            break
        (tmp_path / "masks.exr").unlink()
    assert isinstance(failed, Failed)
    assert (failed.job, failed.error["code"]) == (number, "cancelled")
    assert [each.name for each in tmp_path.iterdir()] == ["large.exr"]


def test_abandoning_a_job_that_is_over_is_harmless(worker: Worker, plate: Path, tmp_path: Path) -> None:
    worker.tell(Abandon(11), job(71, plate, tmp_path / "masks.exr"))
    done, _ = worker.answer()
    assert isinstance(done, Done)
    assert done.job == 71


def test_a_worker_ends_with_its_pipe_even_while_it_works(tmp_path: Path) -> None:
    worker = Worker()
    try:
        assert isinstance(worker.hear(), Ready)
        worker.tell(
            job(1, write_plate(tmp_path / "large.exr", 2048, 2048), tmp_path / "masks.exr", beauty=True)
        )
        assert worker.hear() == Stage(1, "read", 0.0)
    finally:
        status = worker.close()
    assert status == 0


def test_a_worker_whose_engine_can_not_be_had_says_why_and_ends() -> None:
    worker = Worker("m3fp")
    try:
        failed = worker.hear()
        assert isinstance(failed, Failed)
        assert failed.error["code"] == "engine_unavailable"
        assert "m3fp" in failed.error["message"]
        status = worker.process.wait(PATIENCE)
    finally:
        worker.close()
    assert status == 1


def test_what_libraries_print_does_not_reach_the_daemon() -> None:
    program = (
        "import os\n"
        "from m2fp_server.worker.main import Outbox\n"
        "from m2fp_server.worker.messages import Ready\n"
        "outbox = Outbox()\n"
        "print('a warning from Python', flush=True)\n"
        "os.write(1, b'a warning from C\\n')\n"
        "os.system('echo a warning from a child')\n"
        "outbox.send(Ready([]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=PATIENCE, check=True)
    assert done.stdout == to_line(Ready([]))
    assert done.stderr.count(b"a warning from") == 3
