"""Nodes that only move channels: Copy, Shuffle, Remove."""

from __future__ import annotations

import numpy as np

from .channel_sets import RGBA, channel_of, channels_of
from .image import Image, Plane
from .op import Op

_COLUMNS = ("red", "green", "blue", "alpha")
_CONSTANTS = {"black": 0.0, "white": 1.0}


def copy(op: Op, inputs: list[Image]) -> Image:
    """``from0`` to ``from3`` of A (input 1) become ``to0`` to ``to3`` of B (input 0).

    A channel that A does not have, and ``none``, is 0: the matte is black, not B's.
    """
    if len(inputs) > 2 and inputs[2].info.channels:
        raise op.error("a Copy with a mask can't be evaluated by this fake")
    b, a = inputs[0], inputs[1]
    copied: dict[str, str | None] = {}
    for number in range(4):
        default = "rgba.alpha" if number == 0 else "none"
        target = channel_of(op.knobs.get(f"to{number}", default))
        if target is not None:
            copied[target] = channel_of(op.knobs.get(f"from{number}", default))
    for layer in channels_of(op.knobs.get("channels"), a.info.channels):
        copied[layer] = layer
    info = b.info.merged(a.info).with_channels((*b.info.channels, *copied))

    def compute(channel: str) -> Plane:
        if channel not in copied:
            return b.plane(channel, info.box)
        source = copied[channel]
        return np.zeros(info.box.shape, np.float32) if source is None else a.plane(source, info.box)

    return Image(info, compute)


def shuffle(op: Op, inputs: list[Image]) -> Image:
    """The old Shuffle: ``red``, ``green``, ``blue``, ``alpha`` of the layer ``out`` from the layer ``in``.

    Their values are ``red`` to ``alpha``, ``black`` and ``white``; ``in2`` is not known here.
    """
    source = inputs[0]
    before, after = op.text("in", "rgba"), op.text("out", "rgba")
    taken = {}
    for target in _COLUMNS:
        name = _in_layer(after, target, source.info.channels)
        if name is not None:
            taken[name] = op.text(target, target)
    for value in taken.values():
        if value not in (*_COLUMNS, *_CONSTANTS):
            raise op.error(f"Shuffle from {value!r}: only {', '.join((*_COLUMNS, *_CONSTANTS))} are known")
    info = source.info.with_channels((*source.info.channels, *taken))

    def compute(channel: str) -> Plane:
        value = taken.get(channel)
        if value is None:
            return source.plane(channel)
        if value in _CONSTANTS:
            return np.full(info.box.shape, _CONSTANTS[value], np.float32)
        return source.plane(_in_layer(before, value, source.info.channels) or "")

    return Image(info, compute)


def _in_layer(layer: str, column: str, present: tuple[str, ...]) -> str | None:
    """The channel in a layer's column: by its name, else, in a layer of one channel, the one."""
    if layer in ("rgb", "rgba", "alpha"):
        name = f"rgba.{column}"
        return name if name in channels_of(layer, RGBA) else None
    channels = channels_of(layer, present) or [f"{layer}.alpha"]
    if f"{layer}.{column}" in channels:
        return f"{layer}.{column}"
    return channels[0] if column == "red" and f"{layer}.alpha" not in channels else None


def remove(op: Op, inputs: list[Image]) -> Image:
    """``operation`` remove or keep, for ``channels`` to ``channels4``."""
    source = inputs[0]
    named = {
        name
        for suffix in ("", "2", "3", "4")
        for name in channels_of(
            op.knobs.get("channels" + suffix, "all" if not suffix else None), source.info.channels
        )
    }
    operation = op.text("operation", "remove")
    if operation not in ("remove", "keep"):
        raise op.error(f"operation is {operation!r}")
    kept = [name for name in source.info.channels if (name in named) == (operation == "keep")]
    return Image(source.info.with_channels(kept), source.plane)
