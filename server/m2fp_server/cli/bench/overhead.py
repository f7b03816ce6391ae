"""``m2fp bench overhead``: what the bridge costs beside the work itself."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from m2fp_host import Client

from ...daemon.settings import default_spool, default_threads
from ..private_daemon import PrivateDaemon
from .memory import peak, resident
from .plate import DCI4K, DESCRIPTION, HD, SEED, write_plate
from .table import Row, show

MEBIBYTE = 1 << 20


def overhead(
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the result here.")] = None,
    runs: Annotated[int, typer.Option(min=3, help="Pairs of runs for each median.")] = 15,
    frames: Annotated[int, typer.Option(min=20, help="Frames in a row for the memory's growth.")] = 200,
) -> None:
    """Measure round trips, start-up and memory against their targets."""
    # Where the worker's own files lie, so that both write to the same kind of disk.
    with tempfile.TemporaryDirectory(prefix="m2fp-bench-", dir=default_spool()) as name:
        folder = Path(name)
        hd, dci = folder / "hd.exr", folder / "dci4k.exr"
        write_plate(hd, *HD)
        write_plate(dci, *DCI4K)
        rows = [*_round_trips(hd, folder, runs), _images_and_mattes(hd, folder, runs)]
        rows += [*_memory_4k(dci, folder), *_memory_growth(hd, folder, frames)]
        rows += [_cold_start(), _import_time(runs)]
        inputs = {
            "seed": SEED,
            "plate": DESCRIPTION,
            "hd_bytes": hd.stat().st_size,
            "dci4k_bytes": dci.stat().st_size,
            "runs": runs,
            "frames": frames,
        }
    sys.exit(0 if show("overhead", rows, inputs, json_file) else 1)


class InProcess:
    """The worker's own function, called here: the same job without the bridge."""

    def __init__(self, folder: Path) -> None:
        from ...daemon.worker_process import worker_environment

        os.environ.update(worker_environment(default_threads()))  # before torch loads OpenMP, as in a worker

        import torch

        from ...engines.registry import Engines
        from ...images.limits import configure
        from ...worker.pipeline import Pipeline

        torch.set_num_threads(default_threads())
        configure(default_threads())
        self._pipeline = Pipeline(Engines())
        self._folder = folder

    def run(
        self, plate: Path, *, by_path: bool = False, on_stage: Callable[[str], None] = lambda stage: None
    ) -> None:
        """Run the job; ``on_stage`` is called with each stage's name as it is reached."""
        from ...worker.messages import Run

        job = Run(
            job=1,
            plate=str(plate),
            name=plate.name,
            masks=str(self._folder / "in_process.exr"),
            roots=[str(plate.parent)] if by_path else None,
            scratch=str(self._folder / "scratch.exr"),
            plate_bytes=plate.stat().st_size,
        )
        self._pipeline.run(job, lambda stage, fraction: on_stage(stage))


def _round_trips(plate: Path, folder: Path, runs: int) -> list[Row]:
    """Bridged and in process in turn, so that a machine that changes its speed changes both."""
    alone = InProcess(folder)
    plates = {"path": plate, "bytes": plate.read_bytes()}
    differences: dict[str, list[float]] = {way: [] for way in plates}
    with PrivateDaemon("--root", str(folder)) as daemon, Client(daemon.endpoint) as client:
        for counted in range(-2, runs):
            for way, source in plates.items():
                began = time.perf_counter()
                client.parse(source, out=folder / "masks.exr")
                middle = time.perf_counter()
                alone.run(plate, by_path=way == "path")
                if counted >= 0:
                    differences[way].append(middle - began - (time.perf_counter() - middle))
    return [
        Row(
            f"round trip minus in process, 1080p half RGBA, by {way}",
            target,
            statistics.median(differences[way]) * 1000,
            "ms",
        )
        for way, target in (("path", 60), ("bytes", 250))
    ]


def _images_and_mattes(plate: Path, folder: Path, runs: int) -> Row:
    """CPU seconds of read, colour, upsampling and write for 20 layers: all but the network."""
    alone = InProcess(folder)
    alone.run(plate)
    spent = []
    for _ in range(runs):
        marks: list[tuple[str, float]] = []
        began = time.process_time()
        alone.run(plate, on_stage=partial(_mark, marks))
        reached = dict(reversed(marks))
        spent.append(time.process_time() - began - (reached["mattes"] - reached["network"]))
    return Row("images and mattes, 1080p, 20 layers", 0.8, statistics.median(spent), "CPU s")


def _mark(marks: list[tuple[str, float]], stage: str) -> None:
    marks.append((stage, time.process_time()))


def _memory_4k(plate: Path, folder: Path) -> list[Row]:
    with PrivateDaemon("--root", str(folder)) as daemon, Client(daemon.endpoint) as client:
        client.parse(plate.read_bytes(), out=folder / "masks.exr")
        client.parse(plate, out=folder / "masks.exr")
        worker = client.status().workers[0]["pid"]
        front, back = peak(daemon.pid), peak(worker)
    return [
        Row("peak memory of the front, 4096x2160", 150, front, "MB"),
        Row("peak memory of the worker, 4096x2160", 2500, back, "MB"),
    ]


def _memory_growth(plate: Path, folder: Path, frames: int) -> list[Row]:
    """Resident memory after a quarter of the frames against the last: it may wander, it may not grow."""
    data = plate.read_bytes()
    with PrivateDaemon() as daemon, Client(daemon.endpoint) as client:
        worker = client.status().workers[0]["pid"]
        before = (0.0, 0.0)
        for frame in range(frames):
            client.parse(data, out=folder / "masks.exr", layers=["hair", "face"])
            if frame == frames // 4:
                before = resident(daemon.pid), resident(worker)
        after = resident(daemon.pid), resident(worker)
    return [
        Row(
            f"growth of the {who} over the last {frames - frames // 4} of {frames} frames",
            8,
            now - then,
            "MB",
        )
        for who, now, then in zip(("front", "worker"), after, before, strict=True)
    ]


def _cold_start() -> Row:
    times = []
    for _ in range(3):
        with PrivateDaemon() as daemon:
            times.append(daemon.seconds_to_ready)
    return Row("m2fp serve to ready, built-in engine", 5, statistics.median(times), "s")


def _import_time(runs: int) -> Row:
    program = (
        "import time, zmq, zmq.utils.monitor; began = time.perf_counter(); import m2fp_host; "
        "import m2fp_host.conversation; print(time.perf_counter() - began)"
    )
    times = [
        float(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)
        for _ in range(runs)
    ]
    return Row("import m2fp_host beyond zmq", 50, statistics.median(times) * 1000, "ms")
