"""How much the network computes, and how fast this machine can at best."""

from __future__ import annotations

import time

import torch
from torch.utils.flop_counter import FlopCounterMode

from ...network import layers
from ...network.entries import ENCODER_LAYERS, LEVELS, POINTS, WIDTH
from ...network.geometry import geometry
from ...network.m2fp import M2FPNetwork
from ...network.seeded import seeded_entries

SIZE = (640, 1152)
"""Height and width of the network's input for a plate of 1080p."""

PRODUCT = 4096
CORNERS = 4


def network_gflop() -> float:
    """Multiplications and additions of our network at :data:`SIZE`, in 10^9.

    Counted by torch where it goes through torch's plain operators; deformable sampling is added by hand.
    """
    fused, layers.FUSED = layers.FUSED, False  # the counter does not know the fused operators
    try:
        network = M2FPNetwork(seeded_entries(21, 0))
        with FlopCounterMode(display=False) as counter, torch.inference_mode():
            network(torch.zeros(1, 3, *SIZE))
    finally:
        layers.FUSED = fused
    cells = sum(geometry(*SIZE).lengths)
    sampling = 2 * ENCODER_LAYERS * cells * WIDTH * LEVELS * POINTS * CORNERS
    return float(counter.get_total_flops() + sampling) / 1e9


def onednn_gflop_per_cpu_s(precision: str, runs: int = 5) -> float:
    """The rate of a large linear layer as the network has them: best of ``runs``."""
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    layer = layers.Linear(torch.rand(1024, 1024).to(dtype), torch.zeros(1024, dtype=dtype))
    x = torch.rand(PRODUCT, 1024).to(dtype)
    best = float("inf")
    with torch.inference_mode():
        for _ in range(runs):
            began = time.process_time()
            for _ in range(4):
                layer(x)
            best = min(best, (time.process_time() - began) / 4)
    return 2 * PRODUCT * 1024 * 1024 / best / 1e9
