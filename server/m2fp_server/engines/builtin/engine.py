"""The engine that ships with the project: small, free for commercial work, all people together."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors

from m2fp_host.errors import WeightsMissing

from ...weights.published import CIHP
from ..engine import FP32, Card, Parsing
from .network import empty_network

LABELS = CIHP
LONG_SIDE = 320
STRIDE = 32
WEIGHTS = Path(__file__).with_name("weights.safetensors")

# In a mirrored picture a left arm looks like a right one.
_MIRRORED = [
    LABELS.index(
        label.replace("left", "right") if label.startswith("left") else label.replace("right", "left")
    )
    for label in LABELS
]


def builtin_card(weights: Path = WEIGHTS) -> Card:
    """The engine's card, without making it.

    :raises WeightsMissing: the file can't be read.
    """
    try:
        return _card(weights.read_bytes())
    except OSError as fault:
        raise _unusable(weights, str(fault)) from fault


class BuiltinEngine:
    """Long side 320 pixels, flip-averaged; the grid is a quarter of the picture."""

    precisions: tuple[str, ...] = (FP32,)

    def __init__(self, weights: Path = WEIGHTS) -> None:
        """Load ``weights`` and run once, so that the first job finds a warm network.

        :raises WeightsMissing: the file is not there or is not this network's.
        """
        try:
            data = weights.read_bytes()
            self._network = empty_network()
            # Channels last suits the depthwise convolutions: about a quarter less CPU time for the whole.
            values = {
                name: value.contiguous(memory_format=torch.channels_last) if value.dim() == 4 else value
                for name, value in load_safetensors(data).items()
            }
            self._network.load_state_dict(values, assign=True)
        except (OSError, RuntimeError, ValueError, SafetensorError) as fault:
            reason = str(fault).partition("\n")[0].rstrip(": ")  # torch lists every tensor that does not fit
            raise _unusable(weights, reason) from fault
        self.card = _card(data)
        self._network.eval().requires_grad_(False)
        self.parse(np.zeros((STRIDE, STRIDE, 3), np.float32))

    def picture_size(self, width: float, height: float, resolution: float = 1.0) -> tuple[int, int]:
        """Long side 320 (times ``resolution``), each side rounded to a multiple of 32, at least 32."""
        scale = LONG_SIDE * resolution / max(width, height)
        return (
            max(STRIDE, round(width * scale / STRIDE) * STRIDE),
            max(STRIDE, round(height * scale / STRIDE) * STRIDE),
        )

    def parse(self, picture: npt.NDArray[np.float32], precision: str = FP32) -> Parsing:
        """Parse ``picture (h, w, 3) float32``, display sRGB, 0 to 1, sides multiples of 32; only in fp32."""
        image = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)
        with torch.inference_mode():
            batch = torch.stack((image, image.flip(2))).contiguous(memory_format=torch.channels_last)
            straight, mirrored = self._network(batch).softmax(1)
            probabilities = (straight + mirrored.flip(2)[_MIRRORED]) / 2
            return Parsing(LABELS, probabilities.half().numpy())


def _card(weights: bytes) -> Card:
    return Card("builtin", LABELS, hashlib.sha256(weights).hexdigest(), "Apache-2.0")


def _unusable(weights: Path, reason: str) -> WeightsMissing:
    return WeightsMissing(
        f"the built-in engine's weights {weights} can't be loaded ({reason})", "install M2FP Bridge again"
    )
