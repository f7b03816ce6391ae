"""The values of a published checkpoint by name: which there are, of which shape, for how many classes.

The names are those of ModelScope's ``pytorch_model.pt`` (928 of them), which are Detectron2's for the
backbone and Mask2Former's for the rest. A file with these names can be checked before a network is made from
it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

BLOCKS = {"res2": 3, "res3": 4, "res4": 23, "res5": 3}
"""Residual blocks of each stage of a ResNet-101."""

CHANNELS = {"res2": 256, "res3": 512, "res4": 1024, "res5": 2048}
"""Channels that leave each stage; the 3x3 convolutions inside have a quarter of them."""

STEM_CHANNELS = (64, 64, 128)
WIDTH = 256
"""Channels of everything behind the backbone."""

HEADS = 8
LEVELS = 3
POINTS = 4
ENCODER_LAYERS = 6
ENCODER_FEED_FORWARD = 1024
DECODER_LAYERS = 9
DECODER_FEED_FORWARD = 2048
QUERIES = 100

PIXEL_DECODER = "sem_seg_head.pixel_decoder."
PREDICTOR = "sem_seg_head.predictor."
CLASS_BIAS = PREDICTOR + "class_embed.bias"

Shape = tuple[int, ...]


def expected_entries(classes: int) -> dict[str, Shape]:
    """Name and shape of every value of a network for ``classes`` classes (without "nothing")."""
    return dict(entry for part in (_backbone(), _pixel_decoder(), _predictor(classes)) for entry in part)


def classes_of(entries: Mapping[str, Tensor]) -> int:
    """How many classes (without "nothing") ``entries`` are for.

    :raises ValueError: they hold no class head, so they are no M2FP checkpoint.
    """
    bias = entries.get(CLASS_BIAS)
    if bias is None or bias.dim() != 1 or len(bias) < 2:
        raise ValueError(f"no M2FP checkpoint: {CLASS_BIAS} is missing or has no length")
    return len(bias) - 1


def misfits(entries: Mapping[str, Tensor], classes: int) -> list[str]:
    """What is wrong with ``entries``, one line a fault: missing, too many, of another
    shape or type (all are float32, counts of batches int64), not finite, or a variance below 0.
    """
    expected = expected_entries(classes)
    faults = [f"missing: {name}" for name in expected if name not in entries]
    for name, value in entries.items():
        if name not in expected:
            faults.append(f"not of this network: {name}")
        elif tuple(value.shape) != expected[name]:
            faults.append(f"{name} is {_text(tuple(value.shape))}, not {_text(expected[name])}")
        elif value.dtype != _dtype(name):
            faults.append(f"{name} holds {value.dtype}, not {_dtype(name)}")
        elif value.is_floating_point() and not _is_finite(value):
            faults.append(f"{name} holds values that are not finite")
        elif name.endswith(".running_var") and bool((value < 0).any()):
            faults.append(f"{name} holds variances below 0")
    return faults


def _is_finite(value: Tensor) -> bool:
    # Both pass on a value that is no number. A tenth of the time of torch.isfinite, which makes four tensors.
    return all(math.isfinite(extreme.item()) for extreme in torch.aminmax(value))


def _dtype(name: str) -> torch.dtype:
    return torch.int64 if name.endswith(".num_batches_tracked") else torch.float32


def _text(shape: Shape) -> str:
    return "x".join(map(str, shape)) or "a single number"


def _backbone() -> Iterator[tuple[str, Shape]]:
    inputs = 3
    for number, outputs in enumerate(STEM_CHANNELS, 1):
        yield from _normed(f"backbone.stem.conv{number}", inputs, outputs, 3)
        inputs = outputs
    for stage, blocks in BLOCKS.items():
        outputs, inner = CHANNELS[stage], CHANNELS[stage] // 4
        for block in range(blocks):
            name = f"backbone.{stage}.{block}"
            if block == 0:
                yield from _normed(f"{name}.shortcut", inputs, outputs, 1)
            yield from _normed(f"{name}.conv1", inputs, inner, 1)
            yield from _normed(f"{name}.conv2", inner, inner, 3)
            yield from _normed(f"{name}.conv3", inner, outputs, 1)
            inputs = outputs


def _normed(name: str, inputs: int, outputs: int, kernel: int) -> Iterator[tuple[str, Shape]]:
    """A convolution and the batch norm after it."""
    yield f"{name}.weight", (outputs, inputs, kernel, kernel)
    for value in ("weight", "bias", "running_mean", "running_var"):
        yield f"{name}.norm.{value}", (outputs,)
    yield f"{name}.norm.num_batches_tracked", ()


def _pixel_decoder() -> Iterator[tuple[str, Shape]]:
    for level, stage in enumerate(("res5", "res4", "res3")):
        yield f"{PIXEL_DECODER}input_proj.{level}.0.weight", (WIDTH, CHANNELS[stage], 1, 1)
        yield f"{PIXEL_DECODER}input_proj.{level}.0.bias", (WIDTH,)
        yield from _norm(f"{PIXEL_DECODER}input_proj.{level}.1")
    yield f"{PIXEL_DECODER}transformer.level_embed", (LEVELS, WIDTH)
    samples = HEADS * LEVELS * POINTS
    for layer in range(ENCODER_LAYERS):
        name = f"{PIXEL_DECODER}transformer.encoder.layers.{layer}."
        yield from _linear(f"{name}self_attn.sampling_offsets", WIDTH, 2 * samples)
        yield from _linear(f"{name}self_attn.attention_weights", WIDTH, samples)
        yield from _linear(f"{name}self_attn.value_proj", WIDTH, WIDTH)
        yield from _linear(f"{name}self_attn.output_proj", WIDTH, WIDTH)
        yield from _norm(f"{name}norm1")
        yield from _linear(f"{name}linear1", WIDTH, ENCODER_FEED_FORWARD)
        yield from _linear(f"{name}linear2", ENCODER_FEED_FORWARD, WIDTH)
        yield from _norm(f"{name}norm2")
    yield f"{PIXEL_DECODER}adapter_1.weight", (WIDTH, CHANNELS["res2"], 1, 1)
    yield from _norm(f"{PIXEL_DECODER}adapter_1.norm")
    yield f"{PIXEL_DECODER}layer_1.weight", (WIDTH, WIDTH, 3, 3)
    yield from _norm(f"{PIXEL_DECODER}layer_1.norm")
    yield f"{PIXEL_DECODER}mask_features.weight", (WIDTH, WIDTH, 1, 1)
    yield f"{PIXEL_DECODER}mask_features.bias", (WIDTH,)


def _predictor(classes: int) -> Iterator[tuple[str, Shape]]:
    for layer in range(DECODER_LAYERS):
        for kind, attention in (("cross", "multihead_attn"), ("self", "self_attn")):
            name = f"{PREDICTOR}transformer_{kind}_attention_layers.{layer}."
            yield f"{name}{attention}.in_proj_weight", (3 * WIDTH, WIDTH)
            yield f"{name}{attention}.in_proj_bias", (3 * WIDTH,)
            yield from _linear(f"{name}{attention}.out_proj", WIDTH, WIDTH)
            yield from _norm(f"{name}norm")
        name = f"{PREDICTOR}transformer_ffn_layers.{layer}."
        yield from _linear(f"{name}linear1", WIDTH, DECODER_FEED_FORWARD)
        yield from _linear(f"{name}linear2", DECODER_FEED_FORWARD, WIDTH)
        yield from _norm(f"{name}norm")
    yield from _norm(f"{PREDICTOR}decoder_norm")
    yield f"{PREDICTOR}query_feat.weight", (QUERIES, WIDTH)
    yield f"{PREDICTOR}query_embed.weight", (QUERIES, WIDTH)
    yield f"{PREDICTOR}level_embed.weight", (LEVELS, WIDTH)
    yield from _linear(f"{PREDICTOR}class_embed", WIDTH, classes + 1)
    for layer in range(3):
        yield from _linear(f"{PREDICTOR}mask_embed.layers.{layer}", WIDTH, WIDTH)


def _linear(name: str, inputs: int, outputs: int) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.weight", (outputs, inputs)
    yield f"{name}.bias", (outputs,)


def _norm(name: str) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.weight", (WIDTH,)
    yield f"{name}.bias", (WIDTH,)
