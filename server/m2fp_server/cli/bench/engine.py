"""``m2fp bench engine``: the M2FP engine against modelscope's own module, in turn, in one run."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from m2fp_host import Client
from m2fp_host.errors import BadRequest, EngineUnavailable

from ...daemon.settings import default_threads
from ..private_daemon import PrivateDaemon
from .engine_process import EngineProcess
from .memory import peak
from .plate import DESCRIPTION, HD, SEED, UHD, write_plate
from .table import Row, show

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ...reference.module import ReferenceModule

REFERENCE, REFERENCE_ALLOCATOR = "reference-fp32", "reference-fp32-our-allocator"
FP32, PLAIN, BF16 = "m2fp-fp32", "m2fp-fp32-no-compiler", "m2fp-bf16"
NETWORK = {"backbone", "pixel_decoder", "decoder", "query_decoder"}
WITHOUT_COMPILER = {"M2FP_COMPILER": ""}

Costs = dict[str, tuple[float, float]]
Frame = Callable[[], tuple[Costs, float]]
"""Works on a frame, and says what that cost by stage, and the most MB that were ever held."""


@dataclass
class Variant:
    """One of those compared: what each of its frames cost, as CPU and wall seconds by stage."""

    name: str
    frames: list[Costs] = field(default_factory=list)
    peak_mb: float = 0.0

    def add(self, costs: Costs, peak_mb: float) -> None:
        """Note a frame."""
        self.frames.append(costs)
        self.peak_mb = max(self.peak_mb, peak_mb)

    def median(self, stage: str = "whole", clock: int = 0) -> float:
        """Seconds of a stage: of CPU time, or with ``clock`` 1 on the wall."""
        return statistics.median(frame[stage][clock] for frame in self.frames)

    @property
    def network_s(self) -> float:
        """CPU seconds of the network alone."""
        return statistics.median(
            sum(cpu for stage, (cpu, _) in frame.items() if stage in NETWORK) for frame in self.frames
        )

    def described(self, reference: Variant) -> dict[str, Any]:
        """For the JSON: medians, and how many times less CPU time than ``reference``."""
        return {
            "cpu_s": self.median(),
            "wall_s": self.median(clock=1),
            "network_cpu_s": self.network_s,
            "stages": {
                stage: {"cpu_s": self.median(stage), "wall_s": self.median(stage, 1)}
                for stage in self.frames[0]
                if stage not in ("whole", "parse")
            },
            "peak_mb": self.peak_mb,
            "ratio": reference.median() / self.median(),
            "ratio_network": reference.network_s / self.network_s,
        }


def engine(
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the result here.")] = None,
    runs: Annotated[int, typer.Option(min=3, help="Frames of each variant for the medians.")] = 5,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads of each.")] = default_threads(),
) -> None:
    """Compare with modelscope's own M2FP, which is installed into an environment of its own first.

    Exit status 2 if that can't be had.
    """
    from ...daemon.worker_process import ALLOCATOR, worker_environment
    from ...reference.environment import make_environment
    from ...reference.module import ReferenceModule

    if json_file is not None and not json_file.absolute().parent.is_dir():
        raise BadRequest(f"there is no folder for {json_file}", "make it first")
    try:
        python = make_environment(lambda words: print(f"m2fp: {words}", file=sys.stderr))
    except EngineUnavailable as error:
        print(f"m2fp: {error}", file=sys.stderr)
        sys.exit(2)
    with tempfile.TemporaryDirectory(prefix="m2fp-bench-") as name, _weights(Path(name)) as model:
        hd, uhd = Path(name) / "hd.exr", Path(name) / "uhd.exr"
        write_plate(hd, *HD)
        write_plate(uhd, *UHD)
        environment = worker_environment(threads)
        published = {name: value for name, value in environment.items() if name not in ALLOCATOR}
        picture = _display(hd)
        with ExitStack() as processes:
            ours = {
                FP32: processes.enter_context(EngineProcess(hd, "fp32", threads, environment)),
                PLAIN: processes.enter_context(
                    EngineProcess(hd, "fp32", threads, {**environment, **WITHOUT_COMPILER})
                ),
                BF16: processes.enter_context(EngineProcess(hd, "bf16", threads, environment)),
            }
            with ReferenceModule(python, model, threads, published) as reference:
                versions = reference.versions
                variants = _in_turn({REFERENCE: _of(reference, picture), **_frames(ours)}, runs)
            # The allocator alone makes the reference faster too: how much of the ratio is that?
            with ReferenceModule(python, model, threads, environment) as reference:
                variants |= _in_turn({REFERENCE_ALLOCATOR: _of(reference, picture)}, runs)
            rows = [*_ratios(variants), *_absolute(variants[FP32], ours[FP32])]
            agreement, sampling = ours[BF16].ask("agreement"), ours[FP32].load["sampling"]
        with EngineProcess(uhd, "fp32", threads, environment) as process:
            costs = [process.ask("frame")["costs"]["mattes"][0] for _ in range(3)]
            rows.append(Row("mattes of 20 layers, UHD", 2.5, statistics.median(costs), "CPU s"))
        rows += [_worker_peak(hd, "1080p", 2000, threads), _worker_peak(uhd, "UHD", 3000, threads)]
    more = {
        "variants": {each.name: each.described(variants[REFERENCE]) for each in variants.values()},
        "reference": versions,
        "compiler": sampling,
        "bf16_agreement": agreement,
        "work": _work(variants),
    }
    inputs = {"seed": SEED, "plate": DESCRIPTION, "size": HD, "weights": "seeded", "runs": runs}
    _tell(more)
    sys.exit(0 if show("engine", rows, {**inputs, "threads": threads}, json_file, more) else 1)


@contextmanager
def _weights(folder: Path) -> Iterator[Path]:
    """Seeded weights in a folder as ModelScope's, and in the store that ``M2FP_WEIGHTS`` names meanwhile."""
    from ...network.seeded import seeded_entries
    from ...reference.layout import write_model_folder
    from ...weights import Store
    from ...weights.importing import import_weights

    model = write_model_folder(folder / "model", seeded_entries(21, SEED))
    import_weights(Store(folder / "store"), model)
    before = os.environ.get("M2FP_WEIGHTS")
    os.environ["M2FP_WEIGHTS"] = str(folder / "store")
    try:
        yield model
    finally:
        if before is None:
            del os.environ["M2FP_WEIGHTS"]
        else:
            os.environ["M2FP_WEIGHTS"] = before


def _of(reference: ReferenceModule, picture: npt.NDArray[np.uint8]) -> Frame:
    def frame() -> tuple[Costs, float]:
        found = reference.parse(picture, results=False)
        return {stage: (cost.cpu_s, cost.wall_s) for stage, cost in found.costs.items()}, found.peak_mb

    return frame


def _frames(processes: dict[str, EngineProcess]) -> dict[str, Frame]:
    def frame(process: EngineProcess) -> tuple[Costs, float]:
        answer = process.ask("frame")
        return answer["costs"], answer["peak_mb"]

    return {name: partial(frame, process) for name, process in processes.items()}


def _in_turn(frames: dict[str, Frame], runs: int) -> dict[str, Variant]:
    """A frame of each, again and again, so that a machine that changes its speed changes all."""
    variants = {name: Variant(name) for name in frames}
    for counted in range(-1, runs):
        for name, frame in frames.items():
            costs, peak_mb = frame()
            if counted >= 0:
                variants[name].add(costs, peak_mb)
    return variants


def _display(plate: Path) -> npt.NDArray[np.uint8]:
    """The plate as modelscope takes it: 8-bit display sRGB at plate size."""
    import numpy as np

    from ...images import picture_of, read_plate

    pixels = picture_of(read_plate(str(plate), name=plate.name), HD).pixels
    return np.asarray((pixels * 255).round(), np.uint8)


def _ratios(variants: dict[str, Variant]) -> Iterator[Row]:
    reference = variants[REFERENCE]
    for name, whole, network in ((FP32, 3.0, 1.7), (PLAIN, 2.6, 1.5), (BF16, 5.5, 3.3)):
        variant = variants[name]
        ratio = reference.median() / variant.median()
        yield Row(f"{name}, whole frame, less CPU time", whole, ratio, "times", at_least=True)
        ratio = reference.network_s / variant.network_s
        yield Row(f"{name}, network alone", network, ratio, "times", at_least=True)


def _absolute(variant: Variant, process: EngineProcess) -> Iterator[Row]:
    yield Row("queries to a Parsing", 0.3, variant.median("postprocess"), "CPU s")
    yield Row("mattes of 20 layers, 1080p", 0.6, variant.median("mattes"), "CPU s")
    yield Row("the reference's hard result, 1080p", 2.0, process.ask("hard")["cpu_s"], "CPU s")
    yield Row("a new frame size, once", 1.0, process.ask("new_size")["extra_cpu_s"], "CPU s")
    yield Row("weights to a first parsed picture", 4.0, process.load["load_s"], "s")


def _worker_peak(plate: Path, name: str, target: float, threads: int) -> Row:
    """Of a daemon's real worker, EXR in and out."""
    with (
        PrivateDaemon("--threads", str(threads)) as daemon,
        Client(daemon.endpoint, timeout=120) as client,
        tempfile.TemporaryDirectory(prefix="m2fp-bench-") as folder,
    ):
        for _ in range(2):
            client.parse(plate, out=Path(folder) / "masks.exr", engine="m2fp")
        return Row(
            f"peak memory of the worker, {name}", target, peak(client.status().workers[0]["pid"]), "MB"
        )


def _work(variants: dict[str, Variant]) -> dict[str, float]:
    """The network's arithmetic for the bench's picture, and the rates that it and plain products reach."""
    from .arithmetic import network_gflop, onednn_gflop_per_cpu_s

    gflop = network_gflop()
    return {
        "network_gflop": gflop,
        "network_gflop_per_cpu_s": gflop / variants[FP32].network_s,
        "network_gflop_per_cpu_s_bf16": gflop / variants[BF16].network_s,
        "onednn_gflop_per_cpu_s": onednn_gflop_per_cpu_s("fp32"),
        "onednn_gflop_per_cpu_s_bf16": onednn_gflop_per_cpu_s("bf16"),
    }


def _tell(more: dict[str, Any]) -> None:
    """Print what is no promise: each variant by stage, and how much of the machine's rate is reached."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="CPU s (wall s) a frame, medians", title_justify="left")
    for heading in ("", "whole", "network", "times less", "network", "peak MB"):
        table.add_column(heading, justify="right" if heading else "left", overflow="fold")
    console = Console(highlight=False)
    for name, variant in more["variants"].items():
        table.add_row(
            name,
            f"{variant['cpu_s']:.2f} ({variant['wall_s']:.2f})",
            f"{variant['network_cpu_s']:.2f}",
            f"{variant['ratio']:.2f}",
            f"{variant['ratio_network']:.2f}",
            f"{variant['peak_mb']:.0f}",
        )
    console.print(table)
    for name, variant in more["variants"].items():
        stages = ", ".join(f"{stage} {cost['cpu_s']:.2f}" for stage, cost in variant["stages"].items())
        console.print(f"{name}: {stages}")
    work, versions = more["work"], more["reference"]
    console.print(
        f"{work['network_gflop']:.0f} GFLOP; GFLOP per CPU second: "
        f"fp32 {work['network_gflop_per_cpu_s']:.0f} of "
        f"{work['onednn_gflop_per_cpu_s']:.0f}, bf16 {work['network_gflop_per_cpu_s_bf16']:.0f} of "
        f"{work['onednn_gflop_per_cpu_s_bf16']:.0f} that a large product of oneDNN's reaches"
    )
    console.print(f"bf16 sees the same part as fp32 in {more['bf16_agreement']['same']:.2%} of cells")
    console.print(f"sampling {more['compiler']}; reference: " + ", ".join(map(" ".join, versions.items())))
