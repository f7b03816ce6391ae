"""M2FP as ``transformers`` and ``timm`` build it: an implementation that shares no code with ours.

M2FP is Mask2Former (Cheng et al., arXiv 2112.01527) behind a ResNet-101 whose stem has three convolutions,
which timm calls ``resnet101s``. Only the values' names differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from m2fp_server.reference.stand_ins import import_torchvision

import_torchvision()

from transformers import (  # noqa: E402 (it imports torchvision)
    Mask2FormerConfig,
    Mask2FormerForUniversalSegmentation,
    TimmBackboneConfig,
)

_RENAMINGS = [
    (r"^backbone\.stem\.conv3\.norm", "backbone.bn1"),
    (r"^backbone\.stem\.conv1", "backbone.conv1.0"),
    (r"^backbone\.stem\.conv2", "backbone.conv1.3"),
    (r"^backbone\.stem\.conv3", "backbone.conv1.6"),
    (r"^backbone\.conv1\.0\.norm", "backbone.conv1.1"),
    (r"^backbone\.conv1\.3\.norm", "backbone.conv1.4"),
    (r"^backbone\.res2", "backbone.layer1"),
    (r"^backbone\.res3", "backbone.layer2"),
    (r"^backbone\.res4", "backbone.layer3"),
    (r"^backbone\.res5", "backbone.layer4"),
    (r"^(backbone\..+)\.conv(\d)\.norm", r"\1.bn\2"),
    (r"^(backbone\..+)\.shortcut\.norm", r"\1.downsample.1"),
    (r"^(backbone\..+)\.shortcut", r"\1.downsample.0"),
    (r"^backbone", "model.pixel_level_module.encoder._backbone"),
    (r"\.linear(\d)", r".fc\1"),
    (r"^sem_seg_head\.pixel_decoder\.(transformer\.)?", "model.pixel_level_module.decoder."),
    (r"(decoder\.encoder\..+)\.norm1", r"\1.self_attn_layer_norm"),
    (r"(decoder\.encoder\..+)\.norm2", r"\1.final_layer_norm"),
    (r"(decoder)\.input_proj", r"\1.input_projections"),
    (r"(decoder\.(?:adapter|layer)_1)\.norm", r"\1.1"),
    (r"(decoder\.(?:adapter|layer)_1)\.weight", r"\1.0.weight"),
    (r"(decoder)\.mask_features", r"\1.mask_projection"),
    (r"^sem_seg_head\.predictor\.class_embed", "class_predictor"),
    (r"^sem_seg_head\.predictor", "model.transformer_module"),
    (r"query_feat", "queries_features"),
    (r"query_embed", "queries_embedder"),
    (r"decoder_norm", "decoder.layernorm"),
    (r"mask_embed\.layers\.(\d)", r"decoder.mask_predictor.mask_embedder.\1.0"),
    (r"transformer_cross_attention_layers\.(\d)\.multihead_attn", r"decoder.layers.\1.cross_attn"),
    (r"transformer_cross_attention_layers\.(\d)\.norm", r"decoder.layers.\1.cross_attn_layer_norm"),
    (r"transformer_self_attention_layers\.(\d)\.self_attn", r"decoder.layers.\1.self_attn"),
    (r"transformer_self_attention_layers\.(\d)\.norm", r"decoder.layers.\1.self_attn_layer_norm"),
    (r"transformer_ffn_layers\.(\d)\.norm", r"decoder.layers.\1.final_layer_norm"),
    (r"transformer_ffn_layers\.(\d)", r"decoder.layers.\1"),
]
"""Substitutions that, one after the other, turn a published name into the one ``transformers`` uses."""

NOT_PUBLISHED = {"criterion.empty_weight"}
"""What only training needs."""


class TransformersM2FP:
    """The network with published ``entries`` (928 values, as ``m2fp_server.network.entries`` names them)."""

    def __init__(self, entries: Mapping[str, Tensor]) -> None:
        renamed = dict(_renamed(entries))
        backbone = TimmBackboneConfig(
            backbone="resnet101s", use_pretrained_backbone=False, out_indices=(1, 2, 3, 4)
        )
        self._model = Mask2FormerForUniversalSegmentation(
            Mask2FormerConfig(
                backbone_config=backbone,
                feature_size=256,
                mask_feature_size=256,
                hidden_dim=256,
                num_attention_heads=8,
                encoder_feedforward_dim=1024,
                encoder_layers=6,
                decoder_layers=10,  # it counts the queries before the first layer as one
                dim_feedforward=2048,
                num_queries=100,
                num_labels=len(renamed["class_predictor.bias"]) - 1,
            )
        ).eval()
        fit = self._model.load_state_dict(renamed, strict=False)
        assert set(fit.missing_keys) == NOT_PUBLISHED
        assert not fit.unexpected_keys

    def __call__(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """``picture (1, 3, H, W)`` normalised -> logits ``(100, C + 1)``, masks ``(100, H/4, W/4)``."""
        with torch.inference_mode():
            found = self._model(pixel_values=picture)
        return found.class_queries_logits[0], found.masks_queries_logits[0]


def _renamed(entries: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    for name, value in entries.items():
        for pattern, replacement in _RENAMINGS:
            name = re.sub(pattern, replacement, name)
        joined = re.fullmatch(r"(.+\.layers\.\d\.self_attn\.)in_proj_(weight|bias)", name)
        if joined is None:
            yield name, value
        else:
            for part, share in zip(("q_proj", "k_proj", "v_proj"), value.chunk(3), strict=True):
                yield f"{joined[1]}{part}.{joined[2]}", share
