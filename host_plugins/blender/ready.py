"""The check before a render that must not fail half-way: in the GUI, where nothing stops it; of a movie."""

from __future__ import annotations

import os
from collections.abc import Iterable

import bpy

from m2fp_host.client import Client
from m2fp_host.errors import BadRequest, NoDaemon
from m2fp_host.frames.freshness import Freshness
from m2fp_host.frames.plates import PlateFile

from . import parsed_frames
from .group_node import GroupNode
from .plates import plate_of
from .settings import settings_of


def check(tree: bpy.types.NodeTree, frames: Iterable[int]) -> None:
    """Whether a render of ``frames`` will have its masks: they are there, or a daemon answers.

    :raises M2FPError: why it won't.
    """
    settings = settings_of(tree)
    lost: NoDaemon | None = None
    freshness = Freshness()
    with Client(settings.endpoint) as client:
        try:
            freshness = Freshness(client.status().models)
        except NoDaemon as error:
            lost = error
    for frame in frames:
        plate = plate_of(tree, frame)
        masks = settings.masks(frame)
        wanted = dict(settings.parameters, colour_space=plate.colour_space, exposure=settings.exposure)
        if freshness.made_with(masks, wanted) is not None:
            if not isinstance(plate, PlateFile):
                parsed_frames.check(tree, settings, frame)
            continue
        if not isinstance(plate, PlateFile):
            state = "are of other settings" if os.path.isfile(masks) else "are not there"
            raise BadRequest(f"the masks of frame {frame} {state}", GroupNode.parse_first)
        if lost is not None:
            raise lost
