"""The body parts as channels of Nuke."""

from __future__ import annotations

import nuke
from m2fp_host.frames.parts import PARTS


def channel_of(layer: str) -> str:
    """Nuke's name for the channel of a layer of the masks: ``hair.A`` in the file is ``hair.alpha``."""
    return f"{layer}.alpha"


def layer_in(channel: str) -> str:
    """The layer of the masks that a channel of Nuke is in."""
    return channel.rpartition(".")[0]


def declare(layers: tuple[str, ...] = PARTS) -> None:
    """Make the layers' channels known to Nuke, so that they can be picked before a mask was ever read."""
    for layer in layers:
        nuke.Layer(layer, [channel_of(layer)])
