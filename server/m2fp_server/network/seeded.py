"""Random weights that make a network worth testing and timing: nothing trained, nothing downloaded.

Initialised in the usual way, a network of this depth answers every picture with one flat mask, a hundred
times over, and then every implementation agrees with every other. The weights made here keep activations
bounded and the queries apart, for any picture; masks have edges, and classes compete. The people they find
mean nothing.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .entries import HEADS, LEVELS, PIXEL_DECODER, POINTS, PREDICTOR, QUERIES, WIDTH, Shape, expected_entries

DAMPING = {
    "backbone": 0.35,
    PIXEL_DECODER: 0.35,
    f"{PREDICTOR}transformer_cross_attention": 0.002,
    PREDICTOR: 0.1,
}
"""Share of a residual branch in what it is added to, so that the sum keeps what came in.

Less in the predictor, whose branches see the same picture for every query and so pull the queries together.
Least for the look at the picture: a query looks where its mask is above 0, so a cell within rounding of 0 is
seen by one implementation and not by another, and even out of few cells that must not move a logit by 0.001.
"""

OFFSETS = {"backbone": 0.1, PIXEL_DECODER: 0.1, PREDICTOR: 0.03}
"""Standard deviation of biases, and of norms' gains around 1."""

MASK_SPREAD = 8.0
"""Standard deviation of mask logits if features were at their largest; on pictures it is about 4."""

MASK_MEAN = -1.0
"""Mean of mask logits over many seeds: most pixels are in few masks."""

CLASS_SPREAD = 1.5
CLASS_LEAD = 8.0
"""Standard deviation of class logits, and by how much a query's own class stands out of them, at most."""

_BRANCH_ENDS = ("conv3.norm", "output_proj", "out_proj", "linear2")
_EMBEDDINGS = ("level_embed", "level_embed.weight", "query_embed.weight", "query_feat.weight")
_BEHIND_RECTIFIERS = ("linear2.weight", "layers.1.weight", "layers.2.weight")


def seeded_entries(classes: int, seed: int) -> dict[str, Tensor]:
    """All values of a network for ``classes`` classes, named and shaped as in a published checkpoint.

    The same seed gives the same values on the same machine with the same torch.
    """
    generator = torch.Generator().manual_seed(seed)
    entries = {name: _value(name, shape, generator) for name, shape in expected_entries(classes).items()}
    _give_classes(entries, classes)
    _spread_masks(entries)
    return entries


def _value(name: str, shape: Shape, generator: torch.Generator) -> Tensor:
    if name.endswith("num_batches_tracked"):
        return torch.zeros(shape, dtype=torch.int64)
    if name.endswith("running_var"):
        return torch.empty(shape).uniform_(0.8, 1.25, generator=generator)
    value = torch.empty(shape).normal_(0, 1, generator=generator)
    part = next(part for part in OFFSETS if name.startswith(part))
    if name.endswith("sampling_offsets.bias"):
        value = OFFSETS[part] * value + _rings()
    elif len(shape) == 1:
        value = OFFSETS[part] * value + (1 if name.endswith("weight") else 0)
    elif not name.endswith(_EMBEDDINGS):
        value = _projection(value, len(shape) == 4 or name.endswith(_BEHIND_RECTIFIERS))
    if name.rpartition(".")[0].endswith(_BRANCH_ENDS):
        value *= next(share for part, share in DAMPING.items() if name.startswith(part))
    return value


def _projection(weight: Tensor, behind_rectifier: bool) -> Tensor:
    """Weights of a layer that keeps the size of what goes through, with Kaiming's gain (arXiv 1502.01852).

    What a rectifier lets through is positive, so a filter behind one is centred: else most of its output
    would be the same in every pixel, and more so with each layer.
    """
    inputs = weight[0].numel()
    if not behind_rectifier:
        return weight / math.sqrt(inputs)
    centred = weight.flatten(1) - weight.flatten(1).mean(1, keepdim=True)
    return centred.view_as(weight) * math.sqrt(2 / inputs)


def _rings() -> Tensor:
    """Where sampling points begin in Deformable DETR: each head looks along a direction of its own."""
    angles = torch.arange(HEADS) * (2 * math.pi / HEADS)
    directions = torch.stack((angles.cos(), angles.sin()), -1)
    directions /= directions.abs().amax(-1, keepdim=True)
    steps = torch.arange(1, POINTS + 1)
    return (directions[:, None, None] * steps[:, None]).expand(HEADS, LEVELS, POINTS, 2).flatten()


def _give_classes(entries: dict[str, Tensor], classes: int) -> None:
    """Give each class, "nothing" included, the same number of queries. A query ends near where it began."""
    weight, beginnings = f"{PREDICTOR}class_embed.weight", entries[f"{PREDICTOR}query_feat.weight"]
    own = torch.arange(QUERIES)[:, None] % (classes + 1) == torch.arange(classes + 1)
    entries[weight] = CLASS_SPREAD * entries[weight] + CLASS_LEAD * own.T.float() @ beginnings / WIDTH


def _spread_masks(entries: dict[str, Tensor]) -> None:
    """Give mask logits, sums of 256 products of two numbers of size one, their spread and their mean.

    The first product is set apart: one factor is the same for every query, the other for every pixel.
    """
    features, embedding = f"{PIXEL_DECODER}mask_features", f"{PREDICTOR}mask_embed.layers.2"
    entries[f"{features}.weight"] *= MASK_SPREAD / 16
    entries[f"{features}.bias"] *= MASK_SPREAD / 16
    for module, constant in ((features, MASK_MEAN), (embedding, 1.0)):
        entries[f"{module}.weight"][0] = 0
        entries[f"{module}.bias"][0] = constant
