"""Changes of size, by the nearest pixel: the node Reformat, and a Write in proxy mode."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from .image import Box, Format, Image, Plane
from .op import Op


def reformat(op: Op, inputs: list[Image]) -> Image:
    """Reformat ``to format`` (knob ``format``) or by ``scale``; with Nuke's ``resize``, ``center``, ``pbb``.

    The filter is always the nearest pixel. Raises what it does not know: ``to box``, ``flip``, ``turn``.
    """
    source = inputs[0]
    for knob in ("flip", "flop", "turn"):
        if op.switch(knob):
            raise op.error(f"a Reformat with {knob} can't be evaluated by this fake")
    kind = op.text("type", "to format")
    before = source.info.format
    if kind == "scale":
        across, down = op.numbers("scale", 1, 2)
        return scaled(source, across, down)
    if kind != "to format":
        raise op.error(f"a Reformat {kind!r} can't be evaluated by this fake")
    after = op.format() or before
    if after == before:
        return source
    across, down = _factors(op, before, after)
    shift_x = (after.width - before.width * across) / 2 if op.switch("center", True) else 0.0
    shift_y = (after.height - before.height * down) / 2 if op.switch("center", True) else 0.0
    moved = _moved(source, after, (across, down), (shift_x, shift_y))
    if op.switch("pbb"):
        return moved
    # without "preserve bounding box" nothing is left outside the format
    info = replace(moved.info, box=after.box, black_outside=False)
    inside = moved.info.box

    def compute(channel: str) -> Plane:
        plane = np.zeros(info.box.shape, np.float32)
        part = inside.intersection(info.box)
        if not part.empty:
            rows, columns = slice(part.y, part.t), slice(part.x, part.r)
            plane[rows, columns] = moved.plane(channel, part)
        return plane

    return Image(info, compute)


def scaled(source: Image, across: float, down: float) -> Image:
    """``source`` with everything, format and overscan, scaled; the pixel aspect stays."""
    if (across, down) == (1, 1):
        return source
    before = source.info.format
    after = Format(
        max(1, round(before.width * across)), max(1, round(before.height * down)), before.pixel_aspect
    )
    return _moved(source, after, (after.width / before.width, after.height / before.height), (0.0, 0.0))


def _factors(op: Op, before: Format, after: Format) -> tuple[float, float]:
    width, height = after.width / before.width, after.height / before.height
    square = after.pixel_aspect / before.pixel_aspect
    resize = op.text("resize", "width")
    across = {
        "none": 1.0,
        "width": width,
        "height": height / square,
        "fit": min(width, height / square),
        "fill": max(width, height / square),
        "distort": width,
    }.get(resize)
    if across is None:
        raise op.error(f"resize is {resize!r}")
    if resize == "none":
        return 1.0, 1.0
    return across, height if resize == "distort" else across * square


def _moved(source: Image, format_: Format, scale: tuple[float, float], shift: tuple[float, float]) -> Image:
    box = source.info.written_box
    border = 0 if box == source.info.box else 1
    inner = Box(
        math.floor(box.x * scale[0] + shift[0]),
        math.floor(box.y * scale[1] + shift[1]),
        math.ceil(box.r * scale[0] + shift[0]),
        math.ceil(box.t * scale[1] + shift[1]),
    )
    info = replace(source.info, format=format_, box=inner.grown(border))

    def compute(channel: str) -> Plane:
        x = np.floor((np.arange(inner.x, inner.r) + 0.5 - shift[0]) / scale[0]).astype(int)
        y = np.floor((np.arange(inner.y, inner.t) + 0.5 - shift[1]) / scale[1]).astype(int)
        columns, rows = np.clip(x, box.x, box.r - 1) - box.x, np.clip(y, box.y, box.t - 1) - box.y
        plane = source.plane(channel, box)[np.ix_(rows, columns)]
        return np.pad(plane, border) if border else plane

    return Image(info, compute)
