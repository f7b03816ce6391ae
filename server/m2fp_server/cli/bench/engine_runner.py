"""Our side of ``m2fp bench engine``: a process with one warm engine, asked by lines for what to measure.

    python -m m2fp_server.cli.bench.engine_runner PLATE PRECISION THREADS

Each line on standard input is the name of a measurement of :class:`Runner`; the answer is a line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...engines.m2fp import SEVERAL, M2FPEngine
from ...images import picture_of, read_plate
from ...images.limits import configure
from ...mattes.layers import layer_names, select_layers
from ...mattes.upsample import upsampled_bands
from ...network.hard_result import Placement, hard_instances
from ...network.native import native
from ...reference.measure import Cost, Stages, peak_mb
from ...weights import Store

NETWORK = ("backbone", "pixel_decoder", "query_decoder")


class Runner:
    """``M2FP_WEIGHTS`` says where the weights are."""

    def __init__(self, plate: Path, precision: str) -> None:
        began = time.perf_counter()
        self._engine = M2FPEngine(SEVERAL, Store().find(SEVERAL.model))
        self._load_s = time.perf_counter() - began
        self._precision = precision
        self._plate = read_plate(str(plate), name=plate.name)
        network = self._engine.network(precision)
        self._stages = Stages()
        for name in NETWORK:
            part = getattr(network, name)
            part.forward = self._stages.timed(name, part.forward)

    def load(self) -> dict[str, Any]:
        """How long the weights took to a parsed picture, and what samples with."""
        return {"load_s": self._load_s, "sampling": native().words, "compiled": native().function is not None}

    def frame(self) -> dict[str, Any]:
        """From the plate's pixels in memory to soft mattes of all layers at plate size, by stage."""
        self._stages.costs.clear()
        self._stages.timed("whole", self._whole)()
        costs = dict(self._stages.costs)
        network = [costs[name] for name in NETWORK]
        # What is not the network in parsing: framing, normalising, queries to soft parts and people.
        costs["postprocess"] = Cost(
            costs["parse"].cpu_s - sum(cost.cpu_s for cost in network),
            costs["parse"].wall_s - sum(cost.wall_s for cost in network),
        )
        return {"costs": {name: astuple(cost) for name, cost in costs.items()}, "peak_mb": peak_mb()}

    def hard(self) -> dict[str, Any]:
        """The reference's hard result at plate size, from the plate's queries."""
        window = self._plate.data_window
        picture = self._picture()
        height, width = picture.shape[:2]
        queries = self._engine.queries(picture, self._precision)
        padded = queries.masks.shape[1] * 4, queries.masks.shape[2] * 4
        place = Placement((window.height, window.width), padded, (0, 0, height, width))
        cpu = time.process_time()
        masks = hard_instances(queries, len(self._engine.card.labels), place)
        return {"cpu_s": time.process_time() - cpu, "masks": len(masks)}

    def new_size(self) -> dict[str, Any]:
        """How much more the first picture of a size costs than the next ones."""
        picture = np.zeros((608, 1088, 3), np.float32)
        seconds = []
        for _ in range(4):
            began = time.process_time()
            self._engine.parse(picture, self._precision)
            seconds.append(time.process_time() - began)
        return {"extra_cpu_s": seconds[0] - min(seconds[1:])}

    def agreement(self) -> dict[str, Any]:
        """The share of the grid's cells where both precisions see the same part."""
        picture = self._picture()
        exact, fast = (self._engine.parse(picture, precision) for precision in ("fp32", "bf16"))
        same = exact.probabilities.argmax(0) == fast.probabilities.argmax(0)
        difference = np.abs(exact.probabilities.astype(np.float32) - fast.probabilities)
        return {"same": float(same.mean()), "mean_difference": float(difference.mean())}

    def _picture(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        window = self._plate.data_window
        return picture_of(self._plate, self._engine.picture_size(window.width, window.height)).pixels

    def _whole(self) -> None:
        window = self._plate.data_window
        picture = self._stages.timed("preprocess", self._picture)()
        parsing = self._stages.timed("parse", self._engine.parse)(picture, self._precision)

        def mattes() -> None:
            layers = select_layers(parsing, layer_names(parsing.labels, (), "together"))
            for _ in upsampled_bands(layers.planes, window.width, window.height):
                continue

        self._stages.timed("mattes", mattes)()


def main(plate: str, precision: str, threads: int) -> None:
    """Get ready, say so with a line, and answer until standard input closes."""
    torch.set_num_threads(threads)
    configure(threads)
    runner = Runner(Path(plate), precision)
    print(json.dumps(runner.load()), flush=True)
    for line in sys.stdin:
        print(json.dumps(getattr(runner, line.strip())()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
