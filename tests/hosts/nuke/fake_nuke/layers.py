"""The layers and channels that exist. There are never more than 1023 channels."""

from __future__ import annotations

import re
from typing import Sequence

LIMIT = 1023

BUILT_IN = {
    "rgba": ["red", "green", "blue", "alpha"],
    "depth": ["Z"],
    "forward": ["u", "v"],
    "backward": ["u", "v"],
    "motion": ["forward_u", "forward_v", "backward_u", "backward_v"],
    "mask": ["a"],
    "rotopaint_mask": ["a"],
}
COLOURS = ("red", "green", "blue", "alpha")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*$")


class Layer:
    """``nuke.Layer``: a name and its channels, such as ``hair.alpha``."""

    def __init__(self, name: str, channels: list[str]) -> None:
        self._name = name
        self._channels = channels

    def name(self) -> str:
        return self._name

    def channels(self) -> list[str]:
        return [f"{self._name}.{channel}" for channel in self._channels]

    def visible(self) -> bool:
        return True


class Layers:
    """All layers of a running Nuke; a script that is closed leaves its own behind, as in Nuke."""

    def __init__(self) -> None:
        self._channels: dict[str, list[str]] = {name: list(channels) for name, channels in BUILT_IN.items()}

    def names(self) -> list[str]:
        return list(self._channels)

    def channels(self) -> list[str]:
        """Every channel, such as ``rgba.red``."""
        return [channel for name in self._channels for channel in self.layer(name).channels()]

    def layer(self, name: str) -> Layer:
        """:raises KeyError: there is no such layer."""
        return Layer(name, self._channels[name])

    def layers(self) -> list[Layer]:
        return [self.layer(name) for name in self._channels]

    def is_built_in(self, name: str) -> bool:
        return name in BUILT_IN

    def add(self, name: str, channels: Sequence[str]) -> Layer:
        """Declare what does not exist yet of the layer ``name``, and return it.

        :param channels: each ``layer.channel`` or ``channel``.
        :raises ValueError: a name that is no name, or reserved, or too many channels.
        """
        wanted = [self._own_name(name, channel) for channel in channels]
        known = self._channels.get(name, [])
        new = [channel for channel in wanted if channel not in known]
        if new:
            self._refuse_reserved(name, new)
            if len(self.channels()) + len(new) > LIMIT:
                raise ValueError(f"more than {LIMIT} channels: {name}")
            self._channels[name] = [*known, *new]
        return self.layer(name) if name in self._channels else Layer(name, [])

    def canonical(self, channel: str) -> str:
        """``rgba.red`` for ``red``; ``none`` for nothing or what is not declared."""
        if channel in COLOURS:
            return f"rgba.{channel}"
        if channel.startswith("rgb.") and channel[4:] in COLOURS[:3]:
            return f"rgba.{channel[4:]}"
        layer, _, own = channel.partition(".")
        return channel if own in self._channels.get(layer, []) else "none"

    def is_set(self, name: str) -> bool:
        """Whether ``name`` names several channels: a layer, ``rgb``, ``all`` or ``none``."""
        return name in ("all", "none", "rgb", "alpha", "") or name in self._channels

    @staticmethod
    def _own_name(layer: str, channel: str) -> str:
        own = channel.split(".", 1)[1] if channel.startswith(layer + ".") else channel
        if not _NAME.match(layer) or not _NAME.match(own):
            raise ValueError(f"this is no layer and channel: {layer!r}, {channel!r}")
        return own

    @staticmethod
    def _refuse_reserved(name: str, channels: Sequence[str]) -> None:
        if name in BUILT_IN or name.startswith("mask_") or name in ("all", "none", "rgb", "alpha"):
            raise ValueError(f"the layer name {name} is reserved: no channels {', '.join(channels)} in it")
        single = [channel for channel in channels if len(channel) == 1]
        if single:
            raise ValueError(f"a channel's name has more than one letter: {name}.{single[0]}")
