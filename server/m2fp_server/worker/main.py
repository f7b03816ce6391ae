"""The worker's process: lines in, lines out, one job at a time, until the pipe closes."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import traceback
from typing import Any, BinaryIO

from m2fp_host.errors import Cancelled, Internal, M2FPError, OutOfMemory

from .messages import Abandon, Failed, Ready, Run, Stage, WorkerMessage, from_line, to_line

NO_JOB = 0
"""The job in :class:`Failed` when the engine can't be had at all; the daemon counts jobs from 1."""


_NO_MEMORY = ("allocate memory", "could not create a primitive", "Insufficient memory")


class Inbox:
    """Reads the daemon's lines in a thread of its own, so that a job can be abandoned while it runs."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._jobs: queue.SimpleQueue[Run] = queue.SimpleQueue()
        self._abandoned: set[int] = set()
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def next(self) -> Run:
        """Wait for the next job. (The wait ends with the process, when the daemon's end closes.)"""
        return self._jobs.get()

    def abandoned(self, job: int) -> bool:
        return job in self._abandoned

    def _read(self) -> None:
        for line in self._pipe:
            message = from_line(line)
            if isinstance(message, Run):
                self._jobs.put(message)
            elif isinstance(message, Abandon):
                self._abandoned.add(message.job)
        os._exit(0)  # the daemon is gone: whatever runs here is for nobody


class Outbox:
    """The pipe to the daemon. Standard output is taken away from everything else in the process."""

    def __init__(self) -> None:
        self._pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def send(self, message: WorkerMessage) -> None:
        self._pipe.write(to_line(message))


def main(engine: str, threads: int) -> None:
    """Warm up ``engine``, say so, and work. ``threads``: CPU threads for the network and the images."""
    outbox = Outbox()
    inbox = Inbox(sys.stdin.buffer)
    try:
        pipeline, models = _prepare(engine, threads)
    except M2FPError as error:
        print(error, file=sys.stderr, flush=True)
        outbox.send(Failed(NO_JOB, error.as_dict()))
        os._exit(1)  # not sys.exit: the inbox's thread waits on standard input
    outbox.send(Ready(models))
    while True:
        job = inbox.next()
        outbox.send(_answer(pipeline, job, inbox, outbox))


def _prepare(engine: str, threads: int) -> tuple[Any, list[dict[str, Any]]]:
    import numpy as np
    import torch

    from ..engines.registry import Engines
    from ..images import Plate, Window, configure, picture_of
    from .pipeline import Pipeline

    torch.set_num_threads(threads)
    configure(threads)
    engines = Engines()
    engines.get(engine)
    # A first picture, so that OpenColorIO reads its configuration now and not on the first job's clock.
    window = Window(0, 0, 1, 1)
    picture_of(Plate(np.zeros((1, 1, 3), np.float32), None, window, window), (1, 1), view="aces")
    return Pipeline(engines), engines.describe()


def _answer(pipeline: Any, job: Run, inbox: Inbox, outbox: Outbox) -> WorkerMessage:
    said = ""

    def on_stage(stage: str, fraction: float) -> None:
        nonlocal said
        if inbox.abandoned(job.job):
            raise Cancelled(f"cancelled: {job.name}")
        if stage != said or fraction == 1:
            said = stage
            outbox.send(Stage(job.job, stage, fraction))

    try:
        done: WorkerMessage = pipeline.run(job, on_stage)
    except M2FPError as error:
        return Failed(job.job, error.as_dict())
    except Exception as fault:  # noqa: BLE001 (whatever it is, the job gets an answer and the worker lives on)
        with contextlib.suppress(OSError):  # whoever read our standard error may be gone
            traceback.print_exc()
        return Failed(job.job, _named(fault, job).as_dict())
    return done


def _named(fault: Exception, job: Run) -> M2FPError:
    text = str(fault)
    # torch, oneDNN and OpenCV have no exception of their own for a failed allocation.
    if isinstance(fault, MemoryError) or any(sign in text for sign in _NO_MEMORY):
        return OutOfMemory(f"not enough memory for {job.name}", "use a smaller plate or a machine with more")
    return Internal(f"{job.name}: {type(fault).__name__}: {text}", "see the daemon's log, and report it")
