"""A checkpoint's values as a network takes them: by name, batch norm folded, in one precision."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

NORM_EPSILON = 1e-5
"""Of every batch, layer and group norm of the published network."""


class Values:
    """The entries whose names begin with ``prefix``, given out as ``dtype``."""

    def __init__(self, entries: Mapping[str, Tensor], dtype: torch.dtype, prefix: str = "") -> None:
        self._entries = entries
        self._prefix = prefix
        self.dtype = dtype

    def below(self, name: str) -> Values:
        """The entries of the part called ``name``."""
        return Values(self._entries, self.dtype, f"{self._prefix}{name}.")

    def full(self, name: str) -> Tensor:
        """One entry in float32, for those who compute with it before the network does; not to be kept."""
        return self._entries[self._prefix + name].float()

    def __getitem__(self, name: str) -> Tensor:
        return self.full(name).to(self.dtype, copy=True)  # not a view of a file

    def __contains__(self, name: str) -> bool:
        return self._prefix + name in self._entries

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weight ``(O, I, k, k)`` and bias ``(O,)`` of a convolution with the batch norm after it folded in.

        At inference a batch norm is ``(x - mean) * gain + bias`` with constants, so it is a part of the
        convolution before it. Folded in float64: the result is as exact as float32 can hold it.
        """
        norm = self.below("norm")
        gain = norm.full("weight").double() / (norm.full("running_var").double() + NORM_EPSILON).sqrt()
        weight = self.full("weight").double() * gain[:, None, None, None]
        bias = norm.full("bias").double() - norm.full("running_mean").double() * gain
        return weight.to(self.dtype), bias.to(self.dtype)
