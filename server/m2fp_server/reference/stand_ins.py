"""Stand-ins for compiled code that implementations of M2FP import and, on a CPU, never use.

Imports nothing but torch, so that any interpreter that has torch can use it.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

_OPERATORS: list[torch.library.Library] = []
"""torch forgets the operators of a library that nobody holds."""


def import_torchvision() -> None:
    """Import torchvision beside a CPU build of torch. timm, transformers and modelscope import it.

    Its wheel on PyPI is built for CUDA: the compiled part does not load, and without it torchvision stops at
    two operators that it can't describe. They are declared here, without an implementation. Source:
    ``torchvision/_meta_registrations.py`` of torchvision 0.28.
    """
    try:
        import torchvision
    except RuntimeError:
        operators: Any = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
        for name in ("nms", "qnms"):
            operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _OPERATORS.append(operators)
        import torchvision  # noqa: F401


def provide_mmcv() -> None:
    """Put a module ``mmcv`` in place that holds the one operator modelscope's M2FP takes from it.

    On a CPU modelscope falls back to mmcv's form in plain torch even where mmcv is compiled.
    """
    names = ("mmcv", "mmcv.ops", "mmcv.ops.multi_scale_deform_attn")
    for name in names:
        sys.modules[name] = ModuleType(name)
        sys.modules[name].__spec__ = ModuleSpec(name, None)
    operator: Any = sys.modules[names[-1]]
    operator.MultiScaleDeformableAttnFunction = _CompiledOperator
    operator.multi_scale_deformable_attn_pytorch = deformable_attention


class _CompiledOperator:
    @staticmethod
    def apply(*_: object) -> Tensor:
        raise NotImplementedError("mmcv's compiled operator does not run on a CPU")


def deformable_attention(value: Tensor, sizes: Tensor, locations: Tensor, weights: Tensor) -> Tensor:
    """Multi-scale deformable attention (Zhu et al., arXiv 2010.04159, equation 3) by ``grid_sample``.

    The same operations in the same order as mmcv's ``multi_scale_deformable_attn_pytorch``, so that it costs
    what that costs. ``value (B, sum of h*w, heads, D)``, ``sizes (levels, 2)`` of (h, w), ``locations (B, N,
    heads, levels, points, 2)`` of (x, y) from 0 to 1, ``weights (B, N, heads, levels, points)``; the result
    is ``(B, N, heads * D)``.
    """
    batch, _, heads, width = value.shape
    count, levels, points = locations.shape[1], locations.shape[3], locations.shape[4]
    grids = (2 * locations - 1).transpose(1, 2).flatten(0, 1)  # (B * heads, N, levels, points, 2), -1 to 1
    shapes = [(int(h), int(w)) for h, w in sizes]
    sampled = []
    for level, part in enumerate(torch.split(value, [h * w for h, w in shapes], dim=1)):
        plane = part.flatten(2).transpose(1, 2).reshape(batch * heads, width, *shapes[level])
        sampled.append(
            functional.grid_sample(
                plane, grids[:, :, level], mode="bilinear", padding_mode="zeros", align_corners=False
            )
        )
    share = weights.transpose(1, 2).reshape(batch * heads, 1, count, levels * points)
    summed = (torch.stack(sampled, dim=-2).flatten(-2) * share).sum(-1)
    return summed.view(batch, heads * width, count).transpose(1, 2).contiguous()
