"""Checkpoint values on their way into a network."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import batch_norm, conv2d

from m2fp_server.network.values import NORM_EPSILON, Values


def convolution_and_norm(outputs: int = 6, inputs: int = 5, kernel: int = 3) -> dict[str, Tensor]:
    """Like those of a trained network: variances far from 1, and one channel that hardly varies."""
    generator = torch.Generator().manual_seed(4)

    def noise(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    variance = noise(outputs).exp() ** 2
    variance[0] = 1e-9
    return {
        "stage.conv.weight": noise(outputs, inputs, kernel, kernel),
        "stage.conv.norm.weight": noise(outputs),
        "stage.conv.norm.bias": noise(outputs),
        "stage.conv.norm.running_mean": 3 * noise(outputs),
        "stage.conv.norm.running_var": variance,
        "stage.conv.norm.num_batches_tracked": torch.tensor(7),
    }


def normed(entries: dict[str, Tensor], x: Tensor) -> Tensor:
    """Convolution, then batch norm, in float64."""
    of = {name.removeprefix("stage.conv."): value.double() for name, value in entries.items()}
    y = conv2d(x, of["weight"], padding=of["weight"].shape[2] // 2)
    return batch_norm(
        y,
        of["norm.running_mean"],
        of["norm.running_var"],
        of["norm.weight"],
        of["norm.bias"],
        eps=NORM_EPSILON,
    )


@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize(("dtype", "rounding"), [(torch.float32, 2**-24), (torch.bfloat16, 2**-8)])
def test_a_folded_norm_is_the_norm_as_exact_as_the_precision_holds(
    kernel: int, dtype: torch.dtype, rounding: float
) -> None:
    entries = convolution_and_norm(kernel=kernel)
    x = torch.randn(1, 5, 8, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    weight, bias = (value.double() for value in Values(entries, dtype).below("stage").below("conv").folded())
    folded = conv2d(x, weight, bias, padding=kernel // 2)
    # Each product may be off by its own rounding, all of them in one direction at worst.
    allowed = 1.01 * rounding * conv2d(x.abs(), weight.abs(), bias.abs(), padding=kernel // 2)
    assert bool(((folded - normed(entries, x)).abs() <= allowed).all())


@pytest.mark.parametrize(("dtype", "rounding"), [(torch.float32, 2**-24), (torch.bfloat16, 2**-8)])
def test_folded_weights_are_rounded_once(dtype: torch.dtype, rounding: float) -> None:
    entries = convolution_and_norm()
    weight, bias = Values(entries, dtype).below("stage").below("conv").folded()
    probes = torch.eye(45, dtype=torch.float64).view(45, 5, 3, 3)
    of_nothing = normed(entries, torch.zeros(1, 5, 3, 3, dtype=torch.float64))[0, :, 1, 1]
    exact = (normed(entries, probes)[:, :, 1, 1] - of_nothing).T.reshape(6, 5, 3, 3)
    for found, expected in ((weight, exact), (bias, of_nothing)):
        torch.testing.assert_close(found.double(), expected, atol=1e-11, rtol=1.001 * rounding)


def test_values_come_in_the_precision_asked_for() -> None:
    entries = convolution_and_norm()
    for dtype in (torch.float32, torch.bfloat16):
        conv = Values(entries, dtype).below("stage").below("conv")
        assert conv["weight"].dtype == dtype
        assert [value.dtype for value in conv.folded()] == [dtype] * 2
        assert conv.full("weight").dtype == torch.float32
        assert torch.equal(conv["weight"], entries["stage.conv.weight"].to(dtype))


def test_what_is_given_out_to_be_kept_is_no_view() -> None:
    """Entries may lie in a mapped file, which would stay open."""
    entries = convolution_and_norm()
    before = entries["stage.conv.weight"].clone()
    Values(entries, torch.float32)["stage.conv.weight"].zero_()
    assert torch.equal(entries["stage.conv.weight"], before)


def test_names_go_down_by_parts() -> None:
    values = Values(convolution_and_norm(), torch.float32)
    conv = values.below("stage").below("conv")
    assert "weight" in conv
    assert "bias" not in conv
    assert "weight" not in values
    assert "running_mean" in conv.below("norm")
    assert "weight" not in values.below("stage").below("con")
    with pytest.raises(KeyError, match=r"stage\.conv\.bias"):
        conv["bias"]
