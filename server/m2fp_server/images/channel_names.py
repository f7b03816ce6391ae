"""Names of layers and channels in the files we write: ``hair.A``, ``left_arm.A``, ``p1_hair.A``.

One dot, an upper-case ``A``, lower-case words joined by underscores, never a leading digit. A channel without
a dot lands in Nuke's shared layer ``other``; a second dot makes it a stereo view.
"""

from __future__ import annotations

import re

from m2fp_host.errors import BadRequest
from m2fp_host.parameters import LAYER_NAME

LONGEST_CHANNEL = 63
"""Characters; Blender cuts longer names."""

_MATTE = ".A"
_LONGEST_LAYER = LONGEST_CHANNEL - len(_MATTE)


def channel_of(layer: str) -> str:
    """The channel of a layer's matte: ``hair`` -> ``hair.A``."""
    return check_layer(layer) + _MATTE


def check_layer(layer: str) -> str:
    """``layer`` if it is a valid layer name; raises :class:`BadRequest` if not."""
    if not re.fullmatch(LAYER_NAME, layer, re.ASCII):
        raise BadRequest(
            f"{layer!r} is no layer name", "use lower-case words joined by underscores, e.g. left_arm"
        )
    if len(layer) > _LONGEST_LAYER:
        raise BadRequest(
            f"the layer name {layer!r} has {len(layer)} characters",
            f"use at most {_LONGEST_LAYER}: Blender keeps {LONGEST_CHANNEL} of a channel's name",
        )
    return layer
