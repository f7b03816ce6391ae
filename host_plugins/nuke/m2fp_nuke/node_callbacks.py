"""What Nuke calls when a knob of the node is edited, and when a node is made, pasted or loaded."""

from __future__ import annotations

from typing import Any

import nuke
from m2fp_host.errors import BadRequest
from m2fp_host.frames.parts import layer_of

from .mask_path import OWN_NAME, evaluated_path, shares
from .parts import channel_of, declare

_EXPOSES = ("auto_exposure", "exposure", "colour_space", "unpremult", "inputChange")
"""Knobs, and Nuke's word for a new input, after which an exposure found before is no longer right."""


def knob_changed() -> None:
    """An artist edited a knob: part and people set the channel, which is the truth."""
    node, knob = nuke.thisNode(), nuke.thisKnob()
    if knob.name() in ("part", "people"):
        choose(node, node["part"].value(), node["people"].value())
    elif knob.name() in _EXPOSES:
        node["found_exposure"].setValue("")


def choose(node: Any, part: str, people: str = "all") -> None:
    """Let ``node`` use a part of all people, or of one person ("1" to "8"). Also for scripts of a studio."""
    layer = layer_of(part, 0 if people == "all" else int(people))
    declare((layer,))
    node["part"].setValue(part)
    node["people"].setValue(people)
    node["from0"].setValue(channel_of(layer))


def created() -> None:
    """A node appeared. A copy with a path of its own, or in a copied group, would write over other masks.

    Quick where there is nothing to say: scripts are opened with many of these.
    """
    node = nuke.thisNode()
    if OWN_NAME in node["mask_path"].value() and "." not in node.fullName():
        return  # in a group another node may have the same name
    from .identity import all_m2fp

    try:
        path = evaluated_path(node)
    except BadRequest:  # said when it is parsed
        return
    for other in all_m2fp():
        if other.fullName() != node.fullName() and shares(other, path):
            sentence = f"its mask path is also {other.fullName()}'s: change one of them"
            node["status"].setValue(sentence)
            nuke.tprint(f"M2FP: {node.fullName()}: {sentence}")
            return
