"""The two layers that do nearly all the arithmetic, with what follows them fused in: convolution and linear.

On x86 both run in oneDNN with weights packed once into its own layout, and with the activation or the sum
that follows done while the result is still in the registers. torch's own ``linear`` goes to MKL, which on
AMD's processors reaches less than half of oneDNN's rate (``docs/performance.md``). These are the operators
that torch's own compiler emits; torch's version is pinned, and where they are not there plain ones do it.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, linear

Activation = Literal["none", "relu"]

FUSED = torch._C._has_mkldnn and all(
    hasattr(torch.ops.mkldnn, name)
    for name in (
        "_convolution_pointwise",
        "_linear_pointwise",
        "_reorder_convolution_weight",
        "_reorder_linear_weight",
    )
)
"""Whether torch was built with oneDNN's fused operators."""

BF16_SUPPORTED = FUSED and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
"""Whether oneDNN computes in bfloat16 on this processor: on x86 it wants AVX-512."""

USUAL_SIZE = (640, 1152)
"""Height and width of the picture that weights are packed for: a plate of 16:9."""


class Convolution(nn.Module):
    """A convolution with bias that keeps the size at stride 1: ``(1, I, H, W)`` to ``(1, O, H/s, W/s)``."""

    def __init__(
        self, weight: Tensor, bias: Tensor, at: int, stride: int = 1, activation: Activation = "none"
    ) -> None:
        """``weight (O, I, k, k)``, k odd; ``activation`` comes after the sum where there is one.

        ``at``: the input's stride in the picture. oneDNN chooses the packed layout by the input's size;
        without one it guesses, and some layers then take many times as long. One suits all usual sizes.
        """
        super().__init__()
        self._stride = [stride, stride]
        self._padding = [weight.shape[2] // 2] * 2
        self._activation = activation
        if FUSED:
            usual = [1, weight.shape[1], USUAL_SIZE[0] // at, USUAL_SIZE[1] // at]
            weight = torch.ops.mkldnn._reorder_convolution_weight(
                weight, self._padding, self._stride, [1, 1], 1, usual
            )
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)

    weight: Tensor
    bias: Tensor

    def forward(self, x: Tensor, plus: Tensor | None = None) -> Tensor:
        """``activation(convolution(x) + plus)``."""
        if not FUSED:
            y = conv2d(x, self.weight, self.bias, self._stride, self._padding)
            y = y if plus is None else y.add_(plus)
            return y.relu_() if self._activation == "relu" else y
        where = (self.weight, self.bias, self._padding, self._stride, [1, 1], 1)
        if plus is None:
            result = torch.ops.mkldnn._convolution_pointwise(x, *where, self._activation, [], "")
        else:
            then = None if self._activation == "none" else self._activation
            result = torch.ops.mkldnn._convolution_pointwise.binary(x, plus, *where, "add", 1.0, then, [], "")
        return result  # type: ignore[no-any-return]


class Linear(nn.Module):
    """``(N, I)`` to ``(N, O)``."""

    def __init__(self, weight: Tensor, bias: Tensor, activation: Activation = "none") -> None:
        super().__init__()
        self._activation = activation
        if FUSED:
            weight = torch.ops.mkldnn._reorder_linear_weight(weight, None)
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias)

    weight: Tensor
    bias: Tensor

    def forward(self, x: Tensor, plus: Tensor | None = None) -> Tensor:
        """``activation(linear(x))``, or ``linear(x) + plus``: there is no layer with both."""
        if not FUSED:
            y = linear(x, self.weight, self.bias)
            y = y if plus is None else y.add_(plus)
            return y.relu_() if self._activation == "relu" else y
        if plus is None:
            result = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, self._activation, [], "")
        else:
            result = torch.ops.mkldnn._linear_pointwise.binary(x, plus, self.weight, self.bias, "add")
        return result  # type: ignore[no-any-return]


def product(left: Tensor, right: Tensor) -> Tensor:
    """``left (M, K) @ right (N, K).T``: ``(M, N)``."""
    if not FUSED:
        return torch.mm(left, right.T)
    return torch.ops.mkldnn._linear_pointwise(left, right, None, "none", [], "")  # type: ignore[no-any-return]
