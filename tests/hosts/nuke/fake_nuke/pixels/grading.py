"""Nodes that change values where they stand: Grade, Premult, Unpremult, Expression."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .arithmetic import evaluate, names_in
from .channel_sets import RGBA, channel_of, channels_of
from .image import Image, Plane
from .op import Op

_ALPHA = "rgba.alpha"
_SHORT = dict(zip("rgba", RGBA, strict=True))


def grade(op: Op, inputs: list[Image]) -> Image:
    """Nuke's Grade: ``blackpoint``, ``whitepoint``, ``black``, ``white``, ``multiply``, ``add``, ``gamma``.

    Each one number or four. ``offset`` is another name of ``add``. ``channels`` default rgb;
    ``black_clamp`` default on, ``white_clamp`` off.
    """
    channels = channels_of(op.knobs.get("channels", "rgb"), inputs[0].info.channels)
    low, high = op.numbers("blackpoint", 0, 4), op.numbers("whitepoint", 1, 4)
    lift, gain = op.numbers("black", 0, 4), op.numbers("white", 1, 4)
    multiply, gamma = op.numbers("multiply", 1, 4), op.numbers("gamma", 1, 4)
    add = op.numbers("add" if "add" in op.knobs else "offset", 0, 4)
    black_clamp, white_clamp = op.switch("black_clamp", True), op.switch("white_clamp")
    columns = ("red", "green", "blue", "alpha")

    def graded(channel: str, plane: Plane) -> Plane:
        last = channel.rpartition(".")[2]
        at = columns.index(last) if last in columns else 0
        scale = multiply[at] * (gain[at] - lift[at]) / (high[at] - low[at])
        result = plane * np.float32(scale) + np.float32(add[at] + lift[at] - scale * low[at])
        if gamma[at] != 1:
            result = np.where(result > 0, np.abs(result) ** (1 / gamma[at]), result)
        if black_clamp:
            result = np.maximum(result, 0)
        return np.minimum(result, 1) if white_clamp else result

    if any(of == to for of, to in zip(low, high, strict=True)):
        raise op.error("blackpoint and whitepoint are the same")
    return _changed(inputs[0], channels, graded)


def premult(op: Op, inputs: list[Image]) -> Image:
    """``channels`` (default rgb) times ``alpha``."""
    source, alpha = inputs[0], _alpha(op)
    channels = channels_of(op.knobs.get("channels", "rgb"), source.info.channels)
    return _changed(source, channels, lambda channel, plane: plane * source.plane(alpha))


def unpremult(op: Op, inputs: list[Image]) -> Image:
    """``channels`` (default rgb) by ``alpha``; where that is 0 they stay as they are."""
    source, alpha = inputs[0], _alpha(op)
    channels = channels_of(op.knobs.get("channels", "rgb"), source.info.channels)

    def divided(channel: str, plane: Plane) -> Plane:
        by = source.plane(alpha)
        safe: Plane = np.where(by == 0, 1, by).astype(np.float32)
        return plane / safe

    return _changed(source, channels, divided)


def expression(op: Op, inputs: list[Image]) -> Image:
    """``expr0`` to ``expr3`` into the channels of ``channel0`` to ``channel3`` (red, green, blue, alpha).

    The arithmetic of :mod:`arithmetic` over ``r g b a x y`` and ``layer.channel``, of the input before the
    node: one expression does not see what another made.
    """
    source = inputs[0]
    formulas: dict[str, str] = {}
    for number, default in enumerate(RGBA):
        formula = op.text(f"expr{number}").strip()
        if formula:
            names = channels_of(op.knobs.get(f"channel{number}", default), source.info.channels)
            formulas.update(dict.fromkeys(names, formula))
    for formula in formulas.values():
        names_in(formula, op)
    info = source.info.with_channels((*source.info.channels, *formulas))

    def compute(channel: str) -> Plane:
        if channel not in formulas:
            return source.plane(channel)
        formula = formulas[channel]
        y, x = np.indices(info.box.shape, np.float32)
        values: dict[str, Plane] = {"x": x + info.box.x, "y": y + info.box.y}
        for name in names_in(formula, op) - set(values):
            stored = _SHORT.get(name, name)
            values[name] = source.plane(channel_of(stored) or "")
        return np.broadcast_to(evaluate(formula, values), info.box.shape).astype(np.float32)

    return Image(info, compute)


def _alpha(op: Op) -> str:
    return channel_of(op.knobs.get("alpha", _ALPHA)) or ""


def _changed(source: Image, channels: list[str], change: Callable[[str, Plane], Plane]) -> Image:
    """``source`` with ``change`` done to those of its own channels that are among ``channels``."""

    def compute(channel: str) -> Plane:
        plane = source.plane(channel)
        return change(channel, plane).astype(np.float32) if channel in channels else plane

    return Image(source.info, compute)
