"""The M2FP engines: a picture framed as the published model wants it, through the network, to a Parsing."""

from __future__ import annotations

from typing import cast, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import pad

from m2fp_host.errors import WeightsMissing

from ...network import M2FPNetwork, Precision, Queries
from ...network.hard_result import HardMask, hard_instances, hard_semantic
from ...network.layers import BF16_SUPPORTED
from ...network.m2fp import STRIDE
from ...network.soft_result import soft_result
from ...weights import Installed
from ..engine import FP32, Card, Parsing
from .framing import CELL, Frame
from .reference_picture import reference_picture
from .variant import Variant

# Of the colours of ImageNet, 0 to 255, which the backbone was trained with.
_MEAN = (123.675, 116.28, 103.53)
_DEVIATION = (58.395, 57.12, 57.375)


def card_of(variant: Variant, installed: Installed) -> Card:
    """The card of the engine that these weights make."""
    return Card(variant.name, installed.labels, installed.sha256, installed.licence)


class M2FPEngine:
    """``fp32`` is warm after construction; ``bf16`` is made when it is first asked for."""

    precisions: tuple[str, ...] = tuple(
        each for each in get_args(Precision) if each != "bf16" or BF16_SUPPORTED
    )

    def __init__(self, variant: Variant, installed: Installed) -> None:
        """Load the weights and run once.

        :raises WeightsMissing: they are gone or damaged.
        """
        self.variant = variant
        self.card = card_of(variant, installed)
        self._installed = installed
        self._networks: dict[str, M2FPNetwork] = {}
        self.parse(np.zeros((STRIDE, STRIDE, 3), np.float32))

    def picture_size(self, width: float, height: float, resolution: float = 1.0) -> tuple[int, int]:
        """Several people: short edge 640, long edge at most 1333. One person: fitted into 384x512.

        Times ``resolution``; each side a multiple of 4, at least 4.
        """
        return self.variant.framing.picture_size(width, height, resolution)

    def parse(self, picture: npt.NDArray[np.float32], precision: str = FP32) -> Parsing:
        """Parse ``picture (h, w, 3) float32``, display sRGB, 0 to 1, sides multiples of 4.

        The grid is a quarter of the picture.

        :raises WeightsMissing: the weights are finite, but what they compute is not.
        """
        height, width = picture.shape[:2]
        frame = self.variant.framing.frame(width, height)
        queries = self.queries(picture, precision)
        rows = slice(frame.top // CELL, (frame.top + height) // CELL)
        columns = slice(frame.left // CELL, (frame.left + width) // CELL)
        inside = Queries(queries.logits, queries.masks[:, rows, columns])
        with torch.inference_mode():
            result = soft_result(inside, len(self.card.labels), apart=self.variant.apart)
        if not torch.isfinite(result.probabilities).all():
            raise WeightsMissing(
                f"the weights {self._installed.path} make nothing but NaN of a picture",
                "import the original checkpoint again",
            )
        probabilities = result.probabilities.half().numpy()
        if result.people is None:
            return Parsing(self.card.labels, probabilities)
        people = result.people.ownership.half().numpy()
        return Parsing(self.card.labels, probabilities, people, result.people.scores)

    def queries(self, picture: npt.NDArray[np.float32], precision: str = FP32) -> Queries:
        """What the network says of ``picture`` and the padding around it."""
        frame = self.variant.framing.frame(picture.shape[1], picture.shape[0])
        with torch.inference_mode():
            x = _normalised(torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1) * 255)
            found: Queries = self.network(precision)(_framed(x, frame, self.variant.framing.padding))
            return found

    def parse_as_reference(self, image: npt.NDArray[np.uint8], precision: str = FP32) -> list[HardMask]:
        """The reference's own answer for ``image (H, W, 3) uint8``, 8-bit sRGB at plate size; for parity
        only.

        Pre-processing, with the reference's own resize, and post-processing are those of ModelScope's
        pipeline: part and person instances for several people, one mask a class for one person.
        """
        x, place = reference_picture(image, self.variant.framing)
        with torch.inference_mode():
            queries = self.network(precision)(_padded(_normalised(x), place.padded))
            if self.variant.apart:
                return hard_instances(queries, len(self.card.labels), place)
            return hard_semantic(queries, place)

    def network(self, precision: str) -> M2FPNetwork:
        """The network in this precision, made when it is first asked for.

        :raises WeightsMissing: its weights are gone or damaged.
        """
        if precision not in self._networks:
            self._networks[precision] = M2FPNetwork(self._installed.load(), cast(Precision, precision))
        return self._networks[precision]


def _normalised(x: Tensor) -> Tensor:
    """``(3, H, W)`` in 0 to 255 as the backbone was trained to see it."""
    return (x - torch.tensor(_MEAN)[:, None, None]) / torch.tensor(_DEVIATION)[:, None, None]


def _framed(x: Tensor, frame: Frame, level: float | None) -> Tensor:
    """``(3, h, w)`` normalised as the network's input ``(1, 3, H, W)``."""
    height, width = x.shape[1:]
    around = torch.zeros(3, 1, 1) if level is None else _normalised(torch.full((3, 1, 1), level * 255))
    framed = around.repeat(1, frame.height, frame.width)
    framed[:, frame.top : frame.top + height, frame.left : frame.left + width] = x
    return framed[None]


def _padded(x: Tensor, size: tuple[int, int]) -> Tensor:
    """``(3, h, w)`` with zeros on the right and below: ``(1, 3, *size)``."""
    return pad(x, (0, size[1] - x.shape[2], 0, size[0] - x.shape[1]))[None]
