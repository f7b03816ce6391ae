"""Nodes that join two images: Merge2 and ChannelMerge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from .channel_sets import channel_of, channels_of
from .image import Image, Info, Plane
from .op import Op

_ALPHA = "rgba.alpha"

_Formula = Callable[[Plane, Plane, Plane, Plane], Plane]

_MERGE: dict[str, _Formula] = {
    "over": lambda a, b, a_alpha, b_alpha: a + b * (1 - a_alpha),
    "under": lambda a, b, a_alpha, b_alpha: a * (1 - b_alpha) + b,
    "plus": lambda a, b, a_alpha, b_alpha: a + b,
    "mask": lambda a, b, a_alpha, b_alpha: b * a_alpha,
    "in": lambda a, b, a_alpha, b_alpha: a * b_alpha,
    "out": lambda a, b, a_alpha, b_alpha: a * (1 - b_alpha),
    "stencil": lambda a, b, a_alpha, b_alpha: b * (1 - a_alpha),
    "copy": lambda a, b, a_alpha, b_alpha: a,
    # two negative numbers would make a positive one
    "multiply": lambda a, b, a_alpha, b_alpha: np.where((a < 0) & (b < 0), a, a * b),
    "max": lambda a, b, a_alpha, b_alpha: np.maximum(a, b),
    "min": lambda a, b, a_alpha, b_alpha: np.minimum(a, b),
    "from": lambda a, b, a_alpha, b_alpha: b - a,
    "minus": lambda a, b, a_alpha, b_alpha: a - b,
    "difference": lambda a, b, a_alpha, b_alpha: np.abs(a - b),
}

_CHANNEL_MERGE: dict[str, Callable[[Plane, Plane], Plane]] = {
    "union": lambda a, b: a + b - a * b,
    "plus": lambda a, b: a + b,
    "minus": lambda a, b: a - b,
    "from": lambda a, b: b - a,
    "absminus": lambda a, b: np.abs(a - b),
    "multiply": lambda a, b: a * b,
    "in": lambda a, b: a * b,
    "out": lambda a, b: a * (1 - b),
    "stencil": lambda a, b: b * (1 - a),
    "max": lambda a, b: np.maximum(a, b),
    "min": lambda a, b: np.minimum(a, b),
}


def merge(op: Op, inputs: list[Image]) -> Image:
    """Merge2: A (input 1, then 3 and on) onto B (input 0); input 2, the mask, is not known here.

    ``operation``; the n-th channel of ``Achannels`` with the n-th of ``Bchannels`` into the n-th of
    ``output`` (all default rgba); ``also_merge``: further channels, each with its namesake. ``bbox``.
    """
    if len(inputs) > 2 and inputs[2].info.channels:
        raise op.error("a Merge2 with a mask can't be evaluated by this fake")
    result = inputs[0]
    for a in (inputs[1], *inputs[3:]):
        result = _onto(op, a, result)
    return result


def _onto(op: Op, a: Image, b: Image) -> Image:
    operation = op.text("operation", "over")
    formula = _MERGE.get(operation)
    if formula is None:
        raise op.error(f"Merge2 by {operation!r}: only {', '.join(_MERGE)} are known")
    present = tuple(dict.fromkeys((*b.info.channels, *a.info.channels)))
    sets = [channels_of(op.knobs.get(knob, "rgba"), present) for knob in ("Achannels", "Bchannels", "output")]
    pairs = {out: (of_a, of_b) for of_a, of_b, out in zip(*sets, strict=False)}
    for name in channels_of(op.knobs.get("also_merge"), present):
        pairs.setdefault(name, (name, name))
    info = _joined(op, a.info, b.info)
    # rgba is merged as a whole, but a channel that neither has does not come into being
    made = [out for out, (of_a, of_b) in pairs.items() if {of_a, of_b} & set(present)]
    info = info.with_channels((*b.info.channels, *made))

    def compute(channel: str) -> Plane:
        if channel not in pairs:
            return b.plane(channel, info.box)
        of_a, of_b = pairs[channel]
        return formula(
            a.plane(of_a, info.box),
            b.plane(of_b, info.box),
            a.plane(_ALPHA, info.box),
            b.plane(_ALPHA, info.box),
        ).astype(np.float32)

    return Image(info, compute)


def _joined(op: Op, a: Info, b: Info) -> Info:
    joined, kind = b.merged(a), op.text("bbox", "union")
    if kind == "union":
        return joined
    if kind == "intersection":
        return replace(joined, box=a.box.intersection(b.box))
    if kind in ("A", "B"):
        of = a if kind == "A" else b
        return replace(joined, box=of.box, black_outside=of.black_outside)
    raise op.error(f"bbox is {kind!r}")


def channel_merge(op: Op, inputs: list[Image]) -> Image:
    """ChannelMerge: channel ``A`` of input 1 and ``B`` of input 0 into ``output``, all default alpha."""
    operation = op.text("operation", "union")
    formula = _CHANNEL_MERGE.get(operation)
    if formula is None:
        raise op.error(f"ChannelMerge by {operation!r}: only {', '.join(_CHANNEL_MERGE)} are known")
    b, a = inputs[0], inputs[1]
    of_a, of_b, output = (channel_of(op.knobs.get(knob, _ALPHA)) for knob in ("A", "B", "output"))
    if output is None:
        return b
    info = b.info.merged(a.info).with_channels((*b.info.channels, output))

    def compute(channel: str) -> Plane:
        if channel != output:
            return b.plane(channel, info.box)
        return formula(a.plane(of_a or "", info.box), b.plane(of_b or "", info.box)).astype(np.float32)

    return Image(info, compute)
