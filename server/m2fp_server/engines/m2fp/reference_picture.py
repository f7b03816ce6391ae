"""The reference's own pre-processing, for comparison alone.

ModelScope's ``ImageHumanParsingPipeline.preprocess``: 8-bit display pictures, resized by Pillow's bilinear
filter, which is 8-bit as well.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...network.hard_result import Placement
from ...network.m2fp import STRIDE
from .framing import Canvas, Framing, ShortEdge


def reference_picture(image: npt.NDArray[np.uint8], framing: Framing) -> tuple[Tensor, Placement]:
    """``image (H, W, 3) uint8`` as ``(3, h, w)`` float32, 0 to 255, and where the plate lies in it.

    The picture is not padded yet to what the network's strides need: that is done after normalisation.

    :raises ValueError: the plate is so narrow that the reference's picture has no width or no height.
    """
    if isinstance(framing, ShortEdge):
        return _short_edge(image, framing)
    if isinstance(framing, Canvas):
        return _canvas(image, framing)
    raise TypeError(f"the reference has no {type(framing).__name__}")


def _short_edge(image: npt.NDArray[np.uint8], framing: ShortEdge) -> tuple[Tensor, Placement]:
    height, width = image.shape[:2]
    scale = framing.short / min(height, width)
    # The short edge is exact, as in the reference; a product can round to another size.
    new_height = framing.short if height < width else scale * height
    new_width = scale * width if height < width else framing.short
    if max(new_height, new_width) > framing.long:
        shrink = framing.long / max(new_height, new_width)
        new_height, new_width = new_height * shrink, new_width * shrink
    size = (int(new_height + 0.5), int(new_width + 0.5))
    # To 0-1 in float32 and back to 0-255, as torchvision's ToTensor and the pipeline do.
    picture = torch.from_numpy(_resized(image, size)).permute(2, 0, 1).float() / 255 * 255.0
    return picture, _placement(image, picture, (0, 0, *size))


def _canvas(image: npt.NDArray[np.uint8], framing: Canvas) -> tuple[Tensor, Placement]:
    height, width = image.shape[:2]
    size = _fitted(height, width, framing)
    top, left = (framing.height - size[0]) // 2, (framing.width - size[1]) // 2
    picture = image if size == (height, width) else _resized(image, size)
    if top or left:  # the reference does not pad what lacks a single row or column
        below, right = framing.height - size[0] - top, framing.width - size[1] - left
        picture = np.pad(picture, ((top, below), (left, right), (0, 0)), constant_values=128)
    tensor = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1).float()
    return tensor, _placement(image, tensor, (top, left, top + size[0], left + size[1]))


def _fitted(height: int, width: int, framing: Canvas) -> tuple[int, int]:
    """Height and width of a plate in the canvas; a small plate keeps its size."""
    if height <= framing.height and width <= framing.width:
        return height, width
    if width <= framing.width or (height > framing.height and height >= width):
        fitted = (framing.height, int(framing.height * width / height))
        if fitted[1] > framing.width:
            fitted = (int(framing.width * height / width), framing.width)
        return fitted
    fitted = (int(framing.width * height / width), framing.width)
    if fitted[0] > framing.height:
        fitted = (framing.height, int(framing.height * width / height))
    return fitted


def _placement(image: npt.NDArray[np.uint8], picture: Tensor, box: tuple[int, int, int, int]) -> Placement:
    height, width = (math.ceil(side / STRIDE) * STRIDE for side in picture.shape[1:])
    return Placement((image.shape[0], image.shape[1]), (height, width), box)


def _resized(image: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    from PIL import Image

    resized = Image.fromarray(image).resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return np.asarray(resized).copy()
