"""Converts the prototype's checkpoint to the safetensors file that the built-in engine ships with.

    python training/convert_prototype.py builtin-prototype.pt weights.safetensors

The prototype ran the encoder as a list of TFLite operations (``bb.P.w0``, ``bb.P.b0``, ... in their order in
the graph) and kept batch norm apart. Here the operations get the names of the network's modules, and batch
norm is folded into the convolution before it: y = (w x - mean) * scale + bias with
scale = gamma / sqrt(var + 1e-5).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

BLOCK = ("expand", "filter", "project")
STAGES = (("stage8", "lateral4", 2), ("stage16", "lateral8", 6), ("stage32", "lateral16", 4))
"""Each stage, the lateral that the graph computes within its first block, and its number of blocks."""


def encoder_names() -> Iterator[str]:
    """Module names of the encoder's convolutions, in the order of the TFLite graph."""
    yield from ("stem", "stem_filter", "stem_project")
    # The graph starts each stage, and only then computes the lateral of the stage before it. Operations 4
    # and 5 lead to an output at stride 2 that the pyramid does not use.
    yield from ("stage4.0.expand", "", "", "stage4.0.filter", "stage4.0.project")
    yield from (f"stage4.1.{part}" for part in BLOCK)
    for stage, before, blocks in STAGES:
        yield from (f"{stage}.0.expand", f"{before}.filter", f"{before}.project")
        yield from (f"{stage}.0.filter", f"{stage}.0.project")
        yield from (f"{stage}.{block}.{part}" for block in range(1, blocks) for part in BLOCK)
    yield from ("top_expand", "top_filter", "top.filter", "top.project")


def folded(state: dict[str, Tensor], convolution: str, norm: str) -> tuple[Tensor, Tensor]:
    """Weight and bias of a convolution with the batch norm after it folded in."""
    scale = state[f"{norm}.weight"] / torch.sqrt(state[f"{norm}.running_var"] + 1e-5)
    weight = state[f"{convolution}.weight"] * scale[:, None, None, None]
    return weight, state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale


def convert(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The prototype's state under the network's names."""
    pairs: dict[str, tuple[Tensor, Tensor]] = {}
    for index, name in enumerate(encoder_names()):
        if name:
            pairs[f"encoder.{name}"] = state[f"bb.P.w{index}"], state[f"bb.P.b{index}"]
    pairs["decoder.context"] = state["g.1.weight"], state["g.1.bias"]
    pairs["decoder.head"] = state["head.weight"], state["head.bias"]
    pairs["decoder.pyramid"] = folded(state, "l0.0", "l0.1")
    for level in range(4):
        pairs[f"decoder.laterals.{level}"] = folded(state, f"lat.{level}.0", f"lat.{level}.1")
        for layer in range(4):
            smooth = f"sm.{level}.{layer}"
            pairs[f"decoder.smooths.{level}.layers.{layer}"] = folded(state, f"{smooth}.0", f"{smooth}.1")
    return {
        f"{name}.{kind}": value.detach().float().contiguous()
        for name, pair in pairs.items()
        for kind, value in zip(("weight", "bias"), pair, strict=True)
    }


def main(checkpoint: str, out: str) -> None:
    state = torch.load(Path(checkpoint), map_location="cpu", weights_only=True)
    save_file(
        convert(state),
        out,
        metadata={
            "source": "pose_landmark_full.tflite of mediapipe 0.10.21 (encoder); ours (decoder)",
            "licence": "Apache-2.0",
        },
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
