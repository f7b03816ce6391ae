"""The pixel decoder: exchanges what the three coarse levels know, and makes features for masks at stride 4.

Mask2Former (B. Cheng et al., "Masked-attention Mask Transformer for Universal Image Segmentation",
arXiv:2112.01527) with the deformable attention encoder of X. Zhu et al., arXiv:2010.04159; the settings are
those of ModelScope's ``m2fp_encoder.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import group_norm, interpolate, layer_norm

from .entries import ENCODER_LAYERS, HEADS, LEVELS, POINTS, WIDTH
from .geometry import STRIDES, Geometry
from .layers import Convolution, Linear
from .sampling import deformable_sampling
from .values import NORM_EPSILON, Values

GROUPS = 32
"""Of every group norm."""


PLACES = HEADS * LEVELS * POINTS
"""That a cell looks at, all heads together."""


@dataclass(frozen=True)
class PixelFeatures:
    """``levels``: ``(h * w, 256)`` at strides 32, 16 and 8; ``finest (1, 256, H/4, W/4)``.

    The reference's mask features are a linear layer of ``finest``, which the query decoder has taken in.
    """

    levels: tuple[Tensor, ...]
    finest: Tensor


class Norm(nn.Module):
    """Layer norm over the last axis, or with ``groups`` group norm over ``(1, C, H, W)``."""

    def __init__(self, values: Values, groups: int = 0) -> None:
        super().__init__()
        self._groups = groups
        self.register_buffer("weight", values["weight"])
        self.register_buffer("bias", values["bias"])

    weight: Tensor
    bias: Tensor

    def forward(self, x: Tensor) -> Tensor:
        if self._groups:
            return group_norm(x, self._groups, self.weight, self.bias, NORM_EPSILON)
        return layer_norm(x, self.weight.shape, self.weight, self.bias, NORM_EPSILON)


class Projection(nn.Module):
    """A convolution and group norm: ``(1, I, H, W)`` to ``(1, 256, H, W)``."""

    def __init__(self, values: Values, convolution: str, norm: str, at: int) -> None:
        super().__init__()
        inner = values.below(convolution) if convolution else values
        bias = inner["bias"] if "bias" in inner else torch.zeros(WIDTH, dtype=values.dtype)
        self.convolution = Convolution(inner["weight"], bias, at)
        self.norm = Norm(values.below(norm), GROUPS)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.norm(self.convolution(x))
        return y


class DeformableAttention(nn.Module):
    """Each cell looks at a few places of its own choice on every level: ``(N, 256)`` to ``(N, 256)``."""

    def __init__(self, values: Values) -> None:
        super().__init__()
        self.value = Linear(values["value_proj.weight"], values["value_proj.bias"])
        chosen = ("sampling_offsets", "attention_weights")
        self.choice = Linear(
            torch.cat([values[f"{name}.weight"] for name in chosen]),
            torch.cat([values[f"{name}.bias"] for name in chosen]),
        )

    def forward(self, cells: Tensor, positions: Tensor, geometry: Geometry) -> Tensor:
        """What was seen, before the output projection."""
        values = self.value(cells).float()
        choice = self.choice(cells + positions).float()
        offsets, weights = torch.split(choice, [2 * PLACES, PLACES], 1)
        return deformable_sampling(values, offsets, weights, geometry).to(cells.dtype)


class EncoderLayer(nn.Module):
    """Deformable attention and feed-forward, each added and normalised: ``(N, 256)`` to ``(N, 256)``."""

    def __init__(self, values: Values) -> None:
        super().__init__()
        attention = values.below("self_attn")
        self.attention = DeformableAttention(attention)
        self.output = Linear(attention["output_proj.weight"], attention["output_proj.bias"])
        self.norm1 = Norm(values.below("norm1"))
        self.widen = Linear(values["linear1.weight"], values["linear1.bias"], "relu")
        self.narrow = Linear(values["linear2.weight"], values["linear2.bias"])
        self.norm2 = Norm(values.below("norm2"))

    def forward(self, cells: Tensor, positions: Tensor, geometry: Geometry) -> Tensor:
        seen = self.attention(cells, positions, geometry)
        cells = self.norm1(self.output(seen, plus=cells))
        fed: Tensor = self.norm2(self.narrow(self.widen(cells), plus=cells))
        return fed


class PixelDecoder(nn.Module):
    """The backbone's four features to :class:`PixelFeatures`."""

    def __init__(self, values: Values) -> None:
        super().__init__()
        self.projections = nn.ModuleList(
            Projection(values.below(f"input_proj.{level}"), "0", "1", stride)
            for level, stride in enumerate(STRIDES)
        )
        self.register_buffer("level_embedding", values["transformer.level_embed"])
        layers = values.below("transformer.encoder.layers")
        self.layers = nn.ModuleList(EncoderLayer(layers.below(str(layer))) for layer in range(ENCODER_LAYERS))
        self.lateral = Projection(values.below("adapter_1"), "", "norm", 4)
        self.smooth = Projection(values.below("layer_1"), "", "norm", 4)

    level_embedding: Tensor

    def forward(self, features: list[Tensor], geometry: Geometry) -> PixelFeatures:
        coarse_to_fine = zip(self.projections, reversed(features[1:]), strict=True)
        cells = torch.cat([_cells(project(feature)) for project, feature in coarse_to_fine])
        positions = torch.cat(
            [
                place + level
                for place, level in zip(geometry.split(geometry.positions), self.level_embedding, strict=True)
            ]
        ).to(cells.dtype)
        for layer in self.layers:
            cells = layer(cells, positions, geometry)
        levels = geometry.split(cells)
        finest = _map(levels[-1], geometry.shapes[-1])
        lateral = self.lateral(features[0])
        finest = interpolate(finest, size=lateral.shape[2:], mode="bilinear", align_corners=False)
        return PixelFeatures(levels, self.smooth(finest.add_(lateral)).relu_())


def _cells(feature: Tensor) -> Tensor:
    """``(1, C, H, W)`` as ``(H * W, C)``: no copy where the layout is channels-last."""
    return feature[0].permute(1, 2, 0).reshape(-1, feature.shape[1])


def _map(cells: Tensor, shape: tuple[int, int]) -> Tensor:
    """``(H * W, C)`` as ``(1, C, H, W)`` in the channels-last layout, without a copy."""
    return cells.view(1, *shape, -1).permute(0, 3, 1, 2)
