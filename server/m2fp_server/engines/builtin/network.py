"""The built-in engine's network: a pose encoder and a small decoder, 1.7 million parameters.

The encoder is the first part of MediaPipe's BlazePose (V. Bazarevsky et al., "BlazePose: On-device Real-time
Body Pose Tracking", arXiv:2006.10204; the model ``pose_landmark_full`` of mediapipe 0.10.21): inverted
residual blocks (M. Sandler et al., arXiv:1801.04381) and a light pyramid over four strides. The decoder is
ours: lateral 1x1 convolutions, separable 5x5 convolutions with hard swish, top down to stride 4.

Batch norm is folded into the convolutions, so every layer is a convolution with a bias.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import hardswish, interpolate, relu6

CLASSES = 20
WIDTH = 64
"""Channels of the decoder."""


class Pointwise(nn.Conv2d):
    """A 1x1 convolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 1)


class Depthwise(nn.Conv2d):
    """A convolution of each channel by itself, padded so that stride 1 keeps the size."""

    def __init__(self, channels: int, kernel: int, stride: int = 1) -> None:
        super().__init__(channels, channels, kernel, stride, kernel // 2, groups=channels)


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project: ``(B, I, H, W) -> (B, O, H/stride, W/stride)``."""

    def __init__(self, inputs: int, hidden: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.expand = Pointwise(inputs, hidden)
        self.filter = Depthwise(hidden, kernel, stride)
        self.project = Pointwise(hidden, outputs)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.project(relu6(self.filter(relu6(self.expand(x)))))
        return x + y if self.residual else y


class Lateral(nn.Module):
    """What the encoder's own pyramid takes from a stage: ``(B, I, H, W) -> (B, 48, H, W)``."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.filter = Depthwise(inputs, 3)
        self.project = Pointwise(inputs, 48)

    def forward(self, x: Tensor) -> Tensor:
        return relu6(self.project(relu6(self.filter(x))))


class Encoder(nn.Module):
    """``(B, 3, H, W)`` RGB in 0 to 1, sides multiples of 32, to features at strides 4, 8, 16 and 32.

    Returns the stages' features ``(24, 32, 88, 144 channels)`` and the pyramid's ``(B, 48, H/4, W/4)``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 24, 3, 2, 1)
        self.stem_filter = Depthwise(24, 3)
        self.stem_project = Pointwise(24, 16)
        self.stage4 = nn.Sequential(
            InvertedResidual(16, 64, 24, 3, stride=2),
            InvertedResidual(24, 144, 24, 3),
        )
        self.stage8 = nn.Sequential(
            InvertedResidual(24, 144, 32, 5, stride=2),
            InvertedResidual(32, 192, 32, 5),
        )
        self.stage16 = nn.Sequential(
            InvertedResidual(32, 192, 64, 3, stride=2),
            InvertedResidual(64, 384, 64, 3),
            InvertedResidual(64, 384, 64, 3),
            InvertedResidual(64, 384, 88, 5),
            InvertedResidual(88, 528, 88, 5),
            InvertedResidual(88, 528, 88, 5),
        )
        self.stage32 = nn.Sequential(
            InvertedResidual(88, 528, 144, 5, stride=2),
            InvertedResidual(144, 864, 144, 5),
            InvertedResidual(144, 864, 144, 5),
            InvertedResidual(144, 864, 144, 5),
        )
        self.top_expand = Pointwise(144, 864)
        self.top_filter = Depthwise(864, 3)
        self.top = Lateral(864)
        self.lateral16 = Lateral(88)
        self.lateral8 = Lateral(32)
        self.lateral4 = Lateral(24)

    def forward(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        x = self.stem_project(relu6(self.stem_filter(relu6(self.stem(x)))))
        features = []
        for stage in (self.stage4, self.stage8, self.stage16, self.stage32):
            x = stage(x)
            features.append(x)
        pyramid = self.top(relu6(self.top_filter(relu6(self.top_expand(x)))))
        for lateral, feature in (
            (self.lateral16, features[2]),
            (self.lateral8, features[1]),
            (self.lateral4, features[0]),
        ):
            pyramid = interpolate(pyramid, scale_factor=2.0, mode="bilinear") + lateral(feature)
        return features, pyramid


class Smooth(nn.Module):
    """Two separable 5x5 convolutions with hard swish: ``(B, 64, H, W)`` to the same shape."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            Depthwise(WIDTH, 5), Pointwise(WIDTH, WIDTH), Depthwise(WIDTH, 5), Pointwise(WIDTH, WIDTH)
        )

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = hardswish(layer(x))
        return x


class Decoder(nn.Module):
    """The encoder's features to logits ``(B, 20, H/4, W/4)``, background first, in CIHP's order."""

    def __init__(self) -> None:
        super().__init__()
        self.context = Pointwise(144, WIDTH)
        self.laterals = nn.ModuleList(Pointwise(channels, WIDTH) for channels in (24, 32, 88, 144))
        self.pyramid = Pointwise(48, WIDTH)
        self.smooths = nn.ModuleList(Smooth() for _ in range(4))
        self.head = Pointwise(WIDTH, CLASSES)

    def forward(self, features: list[Tensor], pyramid: Tensor) -> Tensor:
        context = self.context(features[3].mean((2, 3), keepdim=True))
        x = self.smooths[3](self.laterals[3](features[3]) + context)
        for level in (2, 1, 0):
            x = interpolate(x, scale_factor=2.0, mode="bilinear") + self.laterals[level](features[level])
            if level == 0:
                x = x + self.pyramid(pyramid)
            x = self.smooths[level](x)
        logits: Tensor = self.head(x)
        return logits


class BodyPartNetwork(nn.Module):
    """``(B, 3, H, W)`` RGB in 0 to 1, sides multiples of 32, to logits ``(B, 20, H/4, W/4)``."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()

    def forward(self, x: Tensor) -> Tensor:
        features, pyramid = self.encoder(x)
        logits: Tensor = self.decoder(features, pyramid)
        return logits


def empty_network() -> BodyPartNetwork:
    """The network without values, for weights to be assigned to; making random ones would only cost time."""
    with torch.device("meta"):
        return BodyPartNetwork()
