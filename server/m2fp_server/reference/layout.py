"""A model's folder as ModelScope's hub lays it out: ``configuration.json`` and ``pytorch_model.pt``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

SEVERAL, ONE = 21, 20
"""Classes of the two published models, without "nothing"."""

_NAMES = (
    "Background,Hat,Hair,Glove,Sunglasses,UpperClothes,Dress,Coat,Socks,Pants,{torso},Scarf,Skirt,Face,"
    "Left-arm,Right-arm,Left-leg,Right-leg,Left-shoe,Right-shoe"
)


def write_model_folder(folder: Path, entries: Mapping[str, Tensor], classes: int = SEVERAL) -> Path:
    """Write the network's ``entries`` as a model of so many ``classes``; 253 MB. Returns ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(configuration(classes), indent=1)
    (folder / "configuration.json").write_text(text, encoding="utf-8")
    torch.save({"model": dict(entries)}, folder / "pytorch_model.pt")
    return folder


def class_names(classes: int = SEVERAL) -> list[str]:
    """The names of classes as the published configurations write them."""
    several = classes == SEVERAL
    names = _NAMES.format(torso="Torso-skin" if several else "Jumpsuits").split(",")
    return [*names, "Human"] if several else names


def configuration(classes: int = SEVERAL, names: Sequence[Any] | None = None) -> dict[str, Any]:
    """What ``configuration.json`` holds; ``names``: of the classes, if not the published ones."""
    several = classes == SEVERAL
    stages = ["res2", "res3", "res4", "res5"]
    backbone = {
        "out_features": stages,
        "depth": 101,
        "num_groups": 1,
        "width_per_group": 64,
        "norm": "BN",
        "stem_out_channels": 128,
        "res2_out_channels": 256,
        "stride_in_1x1": False,
        "res4_dilation": 1,
        "res5_dilation": 1,
        "res5_multi_grid": [1, 1, 1],
    }
    encoder = {
        "in_features": stages,
        "transformer_dropout": 0.0,
        "transformer_nheads": 8,
        "transformer_dim_feedforward": 1024,
        "transformer_enc_layers": 6,
        "conv_dim": 256,
        "mask_dim": 256,
        "transformer_in_features": stages[1:],
        "common_stride": 4,
    }
    decoder = {
        "num_classes": classes,
        "hidden_dim": 256,
        "num_queries": 100,
        "nheads": 8,
        "dim_feedforward": 2048,
        "dec_layers": 9,
        "pre_norm": False,
        "mask_dim": 256,
        "enforce_input_project": False,
    }
    model = {
        "type": "m2fp",
        "backbone": backbone,
        "encoder": encoder,
        "decoder": decoder,
        "pretrained": True,
        "input_single_human": None if several else {"sizes": [[384, 512]]},
        "classes": class_names(classes) if names is None else names,
        "num_parsing": 20 if several else None,
        "single_human": not several,
        "parsing_ins_score_thr": 0.5,
        "parsing_on": several,
        "semantic_on": not several,
        "sem_seg_postprocess_before_inference": several,
    }
    pipeline = {"type": "m2fp-image-human-parsing"}
    return {"framework": "pytorch", "task": "image-segmentation", "model": model, "pipeline": pipeline}
