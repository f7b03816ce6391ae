"""The fused layers against torch's plain operators."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import conv2d, linear

from m2fp_server.network import layers
from m2fp_server.network.layers import Activation, Convolution, Linear

without_bf16 = pytest.mark.skipif(
    layers.FUSED and not torch.ops.mkldnn._is_mkldnn_bf16_supported(), reason="a processor without bfloat16"
)
PRECISIONS = [
    pytest.param(torch.float32, id="fp32"),
    pytest.param(torch.bfloat16, id="bf16", marks=without_bf16),
]

ROUNDING = {torch.float32: 2**-23, torch.bfloat16: 2**-8}

pytestmark = pytest.mark.usefixtures("one_thread", "operators")


@pytest.fixture(params=["fused", "plain"])
def operators(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With oneDNN's fused operators and without them."""
    if request.param == "plain":
        monkeypatch.setattr(layers, "FUSED", False)
    elif not layers.FUSED:
        pytest.skip("this torch has no fused operators")


def noise(seed: int, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


def finished(y: Tensor, plus: Tensor | None, activation: Activation) -> Tensor:
    y = y if plus is None else y + plus.double()
    return y.relu() if activation == "relu" else y


def assert_rounded(found: Tensor, exact: Tensor, products: Tensor) -> None:
    """``found`` is ``exact`` to the rounding of the sum of ``products`` and of the result."""
    assert found.dtype in ROUNDING
    allowed = 2**-20 * products + 2 * ROUNDING[found.dtype] * (exact.abs() + 1)
    assert bool(((found.double() - exact).abs() <= allowed).all())


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("activation", ["none", "relu"])
@pytest.mark.parametrize("added", [False, True], ids=["alone", "plus"])
@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (1, 2), (3, 1), (3, 2)])
def test_convolution(
    kernel: int, stride: int, added: bool, activation: Activation, dtype: torch.dtype
) -> None:
    weight, bias = noise(1, 48, 32, kernel, kernel, dtype=dtype), noise(2, 48, dtype=dtype)
    layer = Convolution(weight.clone(), bias.clone(), 8, stride, activation)
    for height, width in ((1, 1), (2, 6), (10, 18)):
        x = noise(3, 1, 32, height, width, dtype=dtype).contiguous(memory_format=torch.channels_last)
        around = kernel // 2
        exact = conv2d(x.double(), weight.double(), bias.double(), stride, around)
        products = conv2d(x.double().abs(), weight.double().abs(), bias.double().abs(), stride, around)
        plus = None
        if added:
            plus = noise(4, *exact.shape, dtype=dtype).contiguous(memory_format=torch.channels_last)
        before = [each.clone() for each in (x, plus) if each is not None]
        with torch.inference_mode():
            found = layer(x, plus=plus)
        assert found.dtype == dtype
        assert found.is_contiguous(memory_format=torch.channels_last)
        assert_rounded(found, finished(exact, plus, activation), products)
        assert torch.equal(x, before[0])
        if plus is not None:
            assert torch.equal(plus, before[1])


def test_convolution_of_the_picture_s_three_channels() -> None:
    weight, bias = noise(1, 64, 3, 3, 3), noise(2, 64)
    x = noise(3, 1, 3, 32, 64).contiguous(memory_format=torch.channels_last)
    exact = conv2d(x.double(), weight.double(), bias.double(), 2, 1)
    products = conv2d(x.double().abs(), weight.double().abs(), bias.double().abs(), 2, 1)
    assert_rounded(Convolution(weight, bias, 1, 2, "relu")(x), exact.relu(), products)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize(
    ("activation", "added"), [("none", False), ("relu", False), ("none", True)], ids=["alone", "relu", "plus"]
)
@pytest.mark.parametrize(("inputs", "outputs"), [(256, 256), (32, 288), (256, 21), (1024, 257)])
def test_linear(inputs: int, outputs: int, activation: Activation, added: bool, dtype: torch.dtype) -> None:
    weight, bias = noise(1, outputs, inputs, dtype=dtype), noise(2, outputs, dtype=dtype)
    layer = Linear(weight.clone(), bias.clone(), activation)
    for rows in (1, 7, 100):
        x = noise(3, rows, inputs, dtype=dtype)
        plus = noise(4, rows, outputs, dtype=dtype) if added else None
        before = [each.clone() for each in (x, plus) if each is not None]
        with torch.inference_mode():
            found = layer(x, plus=plus)
        assert found.dtype == dtype
        exact = linear(x.double(), weight.double(), bias.double())
        products = linear(x.double().abs(), weight.double().abs(), bias.double().abs())
        assert_rounded(found, finished(exact, plus, activation), products)
        assert torch.equal(x, before[0])
        if plus is not None:
            assert torch.equal(plus, before[1])


def test_a_part_of_a_larger_matrix_serves_as_weight() -> None:
    """As attention's three projections lie in one."""
    weight, bias, x = noise(1, 96, 32), noise(2, 96), noise(3, 5, 32)
    part = Linear(weight[32:64], bias[32:64])
    torch.testing.assert_close(part(x), linear(x, weight, bias)[:, 32:64], atol=1e-4, rtol=0)


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_rows_may_lie_apart(dtype: torch.dtype) -> None:
    weight, bias, wide = (
        noise(seed, *shape, dtype=dtype) for seed, shape in ((1, (48, 32)), (2, (48,)), (3, (9, 64)))
    )
    layer = Linear(weight, bias)
    torch.testing.assert_close(layer(wide[:, 32:]), layer(wide[:, 32:].contiguous()), atol=0, rtol=0)


def test_the_same_input_gives_the_same_bits() -> None:
    convolution, dense = (
        Convolution(noise(1, 64, 64, 3, 3), noise(2, 64), 8),
        Linear(noise(1, 64, 64), noise(2, 64)),
    )
    image, rows = noise(3, 1, 64, 20, 36), noise(4, 300, 64)
    first = convolution(image), dense(rows)
    for _ in range(3):
        assert torch.equal(convolution(image), first[0])
        assert torch.equal(dense(rows), first[1])
