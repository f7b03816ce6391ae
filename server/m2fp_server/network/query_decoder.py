"""The query decoder: a hundred queries look at the picture, each where its own mask was, nine times.

Mask2Former's masked-attention decoder (arXiv:2112.01527), settings as in ModelScope's ``m2fp_decoder.py``.
What makes it cheap, and changes nothing but rounding:

- The reference computes every layer's masks at stride 4 and then resizes a hundred of them; both steps are
  linear, so the features are resized once a level and the masks computed there.
- The 1x1 convolution that makes mask features is linear too: it is folded into the mask embedding.
- Keys and values of the three layers that look at a level are one matrix product.
- Class logits and masks at stride 4 are computed after the last layer alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, scaled_dot_product_attention

from .entries import DECODER_LAYERS, HEADS, LEVELS, WIDTH
from .geometry import Geometry
from .layers import Linear, product
from .pixel_decoder import Norm, PixelFeatures
from .values import Values


@dataclass(frozen=True)
class Queries:
    """``logits (100, C + 1)``, "nothing" last; ``masks (100, H/4, W/4)`` logits. float32."""

    logits: Tensor
    masks: Tensor


class Memory(nn.Module):
    """A level's keys and values for the three layers that look at it."""

    def __init__(self, values: Values, level: int, layers: range) -> None:
        super().__init__()
        embedding = values.full("level_embed.weight")[level]
        attentions = [
            values.below(f"transformer_cross_attention_layers.{layer}.multihead_attn") for layer in layers
        ]
        keys, key_biases, contents, content_biases = [], [], [], []
        for attention in attentions:
            _, key, content = attention.full("in_proj_weight").chunk(3)
            _, key_bias, content_bias = attention.full("in_proj_bias").chunk(3)
            keys.append(key)
            contents.append(content)
            # The level's embedding is added to every cell: a constant for both.
            key_biases.append(key_bias + key @ embedding)
            content_biases.append(content_bias + content @ embedding)
        self.key = Linear(torch.cat(keys), torch.cat(key_biases))
        self.content = Linear(torch.cat(contents), torch.cat(content_biases))

    def forward(self, cells: Tensor, positions: Tensor) -> list[tuple[Tensor, Tensor]]:
        """``(L, 256)`` to keys and values ``(1, 8, L, 32)`` for each layer."""
        keys = torch.split(self.key(cells + positions), WIDTH, 1)
        contents = torch.split(self.content(cells), WIDTH, 1)
        return [(_heads(key), _heads(content)) for key, content in zip(keys, contents, strict=True)]


class Attention(nn.Module):
    """Multi-head attention whose keys and values are there already, added and normalised."""

    def __init__(self, values: Values, attention: str) -> None:
        super().__init__()
        inner = values.below(attention)
        self.query = Linear(inner["in_proj_weight"][:WIDTH], inner["in_proj_bias"][:WIDTH])
        self.output = Linear(inner["out_proj.weight"], inner["out_proj.bias"])
        self.norm = Norm(values.below("norm"))

    def forward(
        self, queries: Tensor, places: Tensor, key: Tensor, content: Tensor, bias: Tensor | None = None
    ) -> Tensor:
        """``bias (Q, L)``: 0, or minus infinity where a query may not look."""
        asked = _heads(self.query(queries + places))
        mask = None if bias is None else bias[None, None]
        seen = scaled_dot_product_attention(asked, key, content, attn_mask=mask)
        result: Tensor = self.norm(self.output(seen[0].transpose(0, 1).reshape(-1, WIDTH), plus=queries))
        return result


class DecoderLayer(nn.Module):
    """Look at the picture, look at each other, think: ``(100, 256)`` to ``(100, 256)``."""

    def __init__(self, values: Values, layer: int) -> None:
        super().__init__()
        self.cross = Attention(values.below(f"transformer_cross_attention_layers.{layer}"), "multihead_attn")
        each_other = values.below(f"transformer_self_attention_layers.{layer}")
        self.each_other = Attention(each_other, "self_attn")
        weight, bias = each_other["self_attn.in_proj_weight"], each_other["self_attn.in_proj_bias"]
        self.key = Linear(weight[WIDTH : 2 * WIDTH], bias[WIDTH : 2 * WIDTH])
        self.content = Linear(weight[2 * WIDTH :], bias[2 * WIDTH :])
        feed = values.below(f"transformer_ffn_layers.{layer}")
        self.widen = Linear(feed["linear1.weight"], feed["linear1.bias"], "relu")
        self.narrow = Linear(feed["linear2.weight"], feed["linear2.bias"])
        self.norm = Norm(feed.below("norm"))

    def forward(self, queries: Tensor, places: Tensor, memory: tuple[Tensor, Tensor], bias: Tensor) -> Tensor:
        queries = self.cross(queries, places, *memory, bias)
        key, content = _heads(self.key(queries + places)), _heads(self.content(queries))
        queries = self.each_other(queries, places, key, content)
        result: Tensor = self.norm(self.narrow(self.widen(queries), plus=queries))
        return result


class MaskEmbedding(nn.Module):
    """Queries to what their masks are made with: ``(100, 256)`` to ``(100, 256)`` and ``(100, 1)``.

    A mask is ``embedding @ features + offset``: the reference's third layer and its mask features
    (``weight @ x + bias`` for each cell) are one linear layer together.
    """

    def __init__(self, values: Values, mask_features: Values) -> None:
        super().__init__()
        self.first, self.second = (
            Linear(values[f"layers.{layer}.weight"], values[f"layers.{layer}.bias"], "relu")
            for layer in range(2)
        )
        features = torch.cat(
            (mask_features.full("weight")[:, :, 0, 0], mask_features.full("bias")[:, None]), 1
        ).double()
        weight = features.T @ values.full("layers.2.weight").double()
        bias = features.T @ values.full("layers.2.bias").double()
        self.third = Linear(weight.to(values.dtype), bias.to(values.dtype))

    def forward(self, queries: Tensor) -> tuple[Tensor, Tensor]:
        embedding: Tensor = self.third(self.second(self.first(queries)))
        return embedding[:, :WIDTH], embedding[:, WIDTH:]


class QueryDecoder(nn.Module):
    """:class:`PixelFeatures` to :class:`Queries`."""

    def __init__(self, values: Values, mask_features: Values) -> None:
        super().__init__()
        self.memories = nn.ModuleList(
            Memory(values, level, range(level, DECODER_LAYERS, LEVELS)) for level in range(LEVELS)
        )
        self.layers = nn.ModuleList(DecoderLayer(values, layer) for layer in range(DECODER_LAYERS))
        self.norm = Norm(values.below("decoder_norm"))
        self.embed = MaskEmbedding(values.below("mask_embed"), mask_features)
        self.classify = Linear(values["class_embed.weight"], values["class_embed.bias"])
        self.register_buffer("first", values["query_feat.weight"])
        self.register_buffer("places", values["query_embed.weight"])

    first: Tensor
    places: Tensor

    def forward(self, features: PixelFeatures, geometry: Geometry) -> Queries:
        finest = features.finest.float()
        resized = [
            _cells(interpolate(finest, size=shape, mode="bilinear", align_corners=False))
            for shape in geometry.shapes
        ]
        memories = [
            memory(cells.float(), positions)
            for memory, cells, positions in zip(
                self.memories, features.levels, geometry.split(geometry.positions), strict=True
            )
        ]
        queries = self.first
        for number, layer in enumerate(self.layers):
            round_, level = divmod(number, LEVELS)
            bias = self._look(queries, resized[level])
            queries = layer(queries, self.places, memories[level][round_], bias)
        queries = self.norm(queries)
        embedding, offset = self.embed(queries)
        masks = product(embedding, _cells(finest)).add_(offset)
        return Queries(self.classify(queries), masks.view(-1, *finest.shape[2:]))

    def _look(self, queries: Tensor, cells: Tensor) -> Tensor:
        """``(Q, L)``: 0 where a query's mask is, minus infinity elsewhere; an empty mask looks everywhere."""
        embedding, offset = self.embed(self.norm(queries))
        outside = product(embedding, cells) < -offset
        outside &= ~outside.all(1, keepdim=True)
        return torch.zeros(outside.shape).masked_fill_(outside, float("-inf"))


def _heads(x: Tensor) -> Tensor:
    """``(L, 256)`` as ``(1, 8, L, 32)``."""
    return x.reshape(len(x), HEADS, -1).transpose(0, 1)[None]


def _cells(features: Tensor) -> Tensor:
    """``(1, C, H, W)`` as ``(H * W, C)``."""
    return features[0].permute(1, 2, 0).reshape(-1, features.shape[1])
