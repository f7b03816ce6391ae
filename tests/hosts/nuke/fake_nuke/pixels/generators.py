"""Nodes that make an image out of nothing: Constant and CheckerBoard2."""

from __future__ import annotations

import numpy as np

from .channel_sets import RGBA, channels_of
from .image import DEFAULT_FORMAT, Format, Image, Info, Plane
from .op import Op

_LIGHT, _DARK, _SQUARE = 0.5, 0.1, 64.0


def constant(op: Op) -> Image:
    """``color`` (red, green, blue, alpha) in ``channels`` (default rgb) over ``format``."""
    info = _info(op.format())
    red, green, blue, alpha = op.numbers("color", 0.0, 4)
    values = dict(zip(RGBA, (red, green, blue, alpha), strict=True))
    names = channels_of(op.knobs.get("channels", "rgb"), RGBA)
    # A channel that is none of these takes its value by its name, as hair.alpha does.
    by_name = {name.partition(".")[2]: value for name, value in values.items()}

    def compute(channel: str) -> Plane:
        return np.full(info.box.shape, by_name.get(channel.rpartition(".")[2], red), np.float32)

    return Image(info.with_channels(names), compute)


def checkerboard(format_: Format | None, square: float = _SQUARE) -> Image:
    """Light and dark squares of ``square`` pixels, alpha 1."""
    info = _info(format_).with_channels(RGBA)

    def compute(channel: str) -> Plane:
        if channel == "rgba.alpha":
            return np.ones(info.box.shape, np.float32)
        y, x = np.indices(info.box.shape)
        even = (x // square + y // square) % 2 == 0
        return np.where(even, np.float32(_LIGHT), np.float32(_DARK))

    return Image(info, compute)


def checkerboard_node(op: Op) -> Image:
    """The node CheckerBoard2: ``format`` and ``boxsize``."""
    return checkerboard(op.format(), max(1.0, op.number("boxsize", _SQUARE)))


def _info(format_: Format | None) -> Info:
    format_ = format_ or DEFAULT_FORMAT
    return Info(format=format_, box=format_.box)
