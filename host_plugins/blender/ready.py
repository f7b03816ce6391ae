"""The check before a render in the GUI, where a frame that fails can't stop the render any more."""

from __future__ import annotations

from collections.abc import Iterable

import bpy

from m2fp_host.client import Client

from . import frame_masks
from .plates import PlateFile, plate_of
from .settings import settings_of


def check(tree: bpy.types.NodeTree, frames: Iterable[int]) -> None:
    """Whether a render of ``frames`` will have its masks: they are there, or a daemon answers.

    :raises M2FPError: why it won't.
    """
    settings = settings_of(tree)
    to_compute = False
    for frame in frames:
        plate = plate_of(tree, frame)
        parameters = frame_masks.wanted(settings, plate.colour_space, settings.exposure)
        if not isinstance(plate, PlateFile):
            frame_masks.accept(settings, frame, plate, settings.exposure)
        elif frame_masks.made_with(settings.masks(frame), parameters) is None:
            to_compute = True
    if to_compute:
        with Client(settings.endpoint) as client:
            client.status()
