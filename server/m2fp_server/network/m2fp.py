"""The whole network: a picture to a hundred queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from .backbone import ResidualBackbone
from .entries import PIXEL_DECODER, PREDICTOR
from .geometry import geometry
from .pixel_decoder import PixelDecoder
from .query_decoder import Queries, QueryDecoder
from .values import Values

Precision = Literal["fp32", "bf16"]

STRIDE = 32
"""Both sides of a picture have to be multiples of this."""


class M2FPNetwork(nn.Module):
    """M2FP: Mask2Former for Parsing (L. Yang et al., arXiv:2301.00394) in its fast form, for inference alone.

    The same function as ModelScope's ``M2FP`` module to rounding; ``tests/network`` holds the proofs.
    """

    def __init__(self, entries: Mapping[str, Tensor], precision: Precision = "fp32") -> None:
        """``entries``: the values named in ``entries.py``.

        ``bf16`` computes the backbone and the pixel decoder in bfloat16; the query decoder, where an error
        would move whole masks, stays in float32.
        """
        super().__init__()
        with torch.inference_mode():
            dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
            self._dtype = dtype
            pixel_decoder = PIXEL_DECODER.rstrip(".")
            exact = Values(entries, torch.float32)
            self.backbone = ResidualBackbone(Values(entries, dtype).below("backbone"))
            self.pixel_decoder = PixelDecoder(Values(entries, dtype).below(pixel_decoder))
            self.query_decoder = QueryDecoder(
                exact.below(PREDICTOR.rstrip(".")), exact.below(f"{pixel_decoder}.mask_features")
            )

    def forward(self, x: Tensor) -> Queries:
        """``x (1, 3, H, W)`` float32 RGB, normalised, both sides multiples of 32."""
        height, width = x.shape[2:]
        places = geometry(height, width)
        x = x.to(self._dtype, memory_format=torch.channels_last)
        queries: Queries = self.query_decoder(self.pixel_decoder(self.backbone(x), places), places)
        return queries
