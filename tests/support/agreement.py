"""How far two implementations of the network agree."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

LOGITS = 1e-3
MASKS = 5e-3
"""How far any number may be off: a query that sees one cell more or less moves that far."""

ROUNDING = (2e-5, 1e-4)
"""How far nine logits, nine mask logits of ten may be off: those of all other queries."""

PIXELS = 1e-5
"""Share of pixels whose class may differ: ties, within rounding."""


@dataclass(frozen=True)
class Agreement:
    """``logits``, ``masks``: the largest difference, and that which nine of ten differences stay below."""

    logits: tuple[float, float]
    masks: tuple[float, float]
    differing: int
    pixels: int


def agreement(theirs: tuple[Tensor, Tensor], ours: tuple[Tensor, Tensor], size: tuple[int, int]) -> Agreement:
    """Compare logits ``(100, C + 1)`` and masks ``(100, H/4, W/4)`` for a picture of ``size`` (H, W)."""
    differing = int((semantic_map(*theirs, size) != semantic_map(*ours, size)).sum())
    return Agreement(
        _differences(theirs[0], ours[0]), _differences(theirs[1], ours[1]), differing, size[0] * size[1]
    )


def assert_agreement(found: list[Agreement]) -> None:
    """Hold ``found`` against the tolerances above; classes of pixels over all of them together."""
    for each in found:
        assert each.logits[0] < LOGITS, each
        assert each.masks[0] < MASKS, each
        assert each.logits[1] < ROUNDING[0], each
        assert each.masks[1] < ROUNDING[1], each
    assert sum(each.differing for each in found) <= PIXELS * sum(each.pixels for each in found), found


def _differences(theirs: Tensor, ours: Tensor) -> tuple[float, float]:
    off = (theirs - ours).abs()
    return float(off.max()), float(off.quantile(0.9))


def semantic_map(logits: Tensor, masks: Tensor, size: tuple[int, int]) -> Tensor:
    """``(H, W)``: the class of each pixel, as the reference finds it when it resizes masks first."""
    large = interpolate(masks[None], size, mode="bilinear", align_corners=False)[0]
    return torch.einsum("qc,qhw->chw", logits.softmax(-1)[:, :-1], large.sigmoid()).argmax(0)


def picture(size: tuple[int, int], seed: int) -> Tensor:
    """``(H, W, 3)`` uint8, soft shapes and grain."""
    generator = torch.Generator().manual_seed(seed)
    shapes = torch.randn(1, 3, size[0] // 16, size[1] // 16, generator=generator)
    pixels = interpolate(shapes, size, mode="bicubic") + 0.2 * torch.randn(1, 3, *size, generator=generator)
    return (128 + 60 * pixels[0]).clamp(0, 255).byte().permute(1, 2, 0).contiguous()


def normalised(pixels: Tensor) -> Tensor:
    """``(H, W, 3)`` uint8 -> ``(1, 3, H, W)`` float32, by the statistics of ImageNet as M2FP uses them."""
    mean, deviation = torch.tensor([123.675, 116.28, 103.53]), torch.tensor([58.395, 57.12, 57.375])
    return ((pixels.float() - mean) / deviation).permute(2, 0, 1)[None].contiguous()
