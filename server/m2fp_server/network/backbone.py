"""The residual backbone: picture to features at strides 4, 8, 16 and 32.

ResNet-101 (K. He et al., "Deep Residual Learning for Image Recognition", arXiv:1512.03385) with DeepLab's
stem of three 3x3 convolutions and the stride in the 3x3, as in Detectron2 and ModelScope's
``deeplab_resnet.py``.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from .entries import BLOCKS
from .layers import Activation, Convolution
from .values import Values


def _folded(values: Values, at: int, stride: int = 1, activation: Activation = "none") -> Convolution:
    weight, bias = values.folded()
    return Convolution(weight, bias, at, stride, activation)


class Bottleneck(nn.Module):
    """Reduce, filter, expand, add what came in: ``(1, I, H, W)`` to ``(1, O, H/stride, W/stride)``."""

    def __init__(self, values: Values, at: int, stride: int) -> None:
        """``at``: the stride of what comes in."""
        super().__init__()
        self.reduce = _folded(values.below("conv1"), at, activation="relu")
        self.filter = _folded(values.below("conv2"), at, stride, "relu")
        self.expand = _folded(values.below("conv3"), at * stride, activation="relu")
        shortcut = values.below("shortcut")
        self.shortcut = _folded(shortcut, at, stride) if "weight" in shortcut else None

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.filter(self.reduce(x))
        out: Tensor = self.expand(y, plus=x if self.shortcut is None else self.shortcut(x))
        return out


class ResidualBackbone(nn.Module):
    """``(1, 3, H, W)`` normalised, sides multiples of 32, to the features of the stages res2 to res5.

    These are ``(1, 256, H/4, W/4)``, ``(1, 512, H/8, W/8)``, ``(1, 1024, H/16, W/16)`` and
    ``(1, 2048, H/32, W/32)``, in the channels-last layout.
    """

    def __init__(self, values: Values) -> None:
        super().__init__()
        stem = values.below("stem")
        self.stem = nn.Sequential(
            _folded(stem.below("conv1"), 1, 2, "relu"),
            _folded(stem.below("conv2"), 2, activation="relu"),
            _folded(stem.below("conv3"), 2, activation="relu"),
        )
        self.stages = nn.ModuleList()
        at = 4
        for stage, blocks in BLOCKS.items():
            first = values.below(f"{stage}.0")
            stride = 1 if stage == "res2" else 2
            layers = [Bottleneck(first, at, stride)]
            at *= stride
            layers += [Bottleneck(values.below(f"{stage}.{block}"), at, 1) for block in range(1, blocks)]
            self.stages.append(nn.Sequential(*layers))

    def forward(self, x: Tensor) -> list[Tensor]:
        x = max_pool2d(self.stem(x), kernel_size=3, stride=2, padding=1)
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return features
