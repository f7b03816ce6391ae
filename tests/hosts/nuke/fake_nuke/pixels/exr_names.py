"""What Nuke calls the channels of an EXR file.

The rules are those that Foundry's published EXR reader states.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

_RGBA = {
    spelling: colour
    for colour in ("red", "green", "blue", "alpha")
    for spelling in (colour[0], colour[0].upper(), colour.capitalize(), colour.upper())
}
_PRIMARY_LAYER = "Ci"  # RenderMan's name of the beauty
_LONE = {"Z": "depth.Z", "z": "depth.Z"} | {colour: f"rgba.{colour}" for colour in _RGBA.values()}


@dataclass(frozen=True)
class NukeName:
    """A channel of a file: ``view`` and ``layer`` are empty where its name says nothing of them."""

    view: str
    layer: str
    channel: str

    @property
    def full(self) -> str:
        """``layer.channel``; without a layer ``rgba`` or ``depth`` if it belongs there, else ``other``."""
        if self.layer:
            return f"{self.layer}.{self.channel}"
        return _LONE.get(self.channel, f"other.{self.channel}")


def nuke_name(stored: str, views: Collection[str]) -> NukeName:
    """Nuke's name of the EXR channel ``stored`` where ``views`` are known.

    >>> nuke_name("left-arm.A", []).full
    'left_arm.alpha'
    >>> nuke_name("left.arm.A", ["left", "right"])
    NukeName(view='left', layer='arm', channel='alpha')
    """
    parts = [re.sub(r"^[0-9]+", "", part) for part in stored.split(".", 2)]
    # Nuke looks at bytes: a letter with an accent becomes as many underscores as it has bytes.
    parts = [re.sub(rb"[^A-Za-z0-9]", b"_", part.encode()).decode() for part in parts if part]
    if not parts:
        return NukeName("", "", "unnamed")
    *leading, channel = parts
    view = next((part for part in reversed(leading) if part in views), "")
    layer = "_".join(part for part in leading if part not in views)
    return NukeName(view, "" if layer == _PRIMARY_LAYER else layer, _RGBA.get(channel, channel))
