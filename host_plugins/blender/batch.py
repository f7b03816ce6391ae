"""A render's own requests: before each frame its masks are seen to, and no frame is written without them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any

import bpy

from m2fp_host.client import Client
from m2fp_host.errors import BadRequest, Internal, M2FPError

from . import frame_masks, node_group
from .plates import ToRender, plate_of
from .settings import Settings, settings_of

STATUS_WITHOUT_MASKS = 3
"""Exit status of a render in background that can't have its masks."""

_clients: dict[str, Client] = {}
"""By endpoint: a render of a thousand frames makes one context."""


def before_render(scene: bpy.types.Scene) -> None:
    """Have each Human Parts group look for the layer that is picked, where it does not yet.

    Any frame's masks will do for that. A frame that fails here is looked at again in its turn.
    """
    for tree in node_group.groups_of(scene):
        for frame in dict.fromkeys((scene.frame_current, scene.frame_start)):
            with suppress(M2FPError):
                _prepare(tree, frame)
                break


def before_frame(scene: bpy.types.Scene) -> None:
    """Make the masks of the scene's current frame, for each Human Parts group that it goes through.

    Blender swallows exceptions of a handler and renders on, so in background a frame without masks ends the
    process; in the GUI the matte is black, and the group's status and the terminal say why.
    """
    for tree in node_group.groups_of(scene):
        try:
            _see_to(tree, scene.frame_current)
        except M2FPError as error:
            _failed(tree, scene.frame_current, error)
        except Exception as fault:  # noqa: BLE001 (Blender would render on with a wrong matte)
            _failed(tree, scene.frame_current, Internal(f"{type(fault).__name__}: {fault}"))


def after_frame(scene: bpy.types.Scene) -> None:
    """A frame that was black for want of its mask takes no other one with it."""
    for tree in node_group.groups_of(scene):
        with suppress(M2FPError):  # said before the frame
            node_group.unblacken(tree)


def close() -> None:
    """End what is under way."""
    while _clients:
        _clients.popitem()[1].close()


def _prepare(tree: bpy.types.NodeTree, frame: int) -> None:
    settings = settings_of(tree)
    if not node_group.shows(tree, settings.masks(frame), settings.layer):
        _make(tree, settings, frame)
        node_group.show(tree, settings.masks(frame), settings.layer)


def _see_to(tree: bpy.types.NodeTree, frame: int) -> None:
    settings = settings_of(tree)
    _make(tree, settings, frame)
    if not node_group.shows(tree, settings.masks(frame), settings.layer):
        raise BadRequest(
            f"the group does not show {settings.layer} of {settings.masks(frame)}",
            "press Update before the render",
        )
    node_group.reload(tree)


def _make(tree: bpy.types.NodeTree, settings: Settings, frame: int) -> None:
    plate = plate_of(tree, frame)
    if isinstance(plate, ToRender):
        frame_masks.accept(settings, frame, plate, settings.exposure)
        return
    report = frame_masks.parsed(
        _client(settings), settings, frame, plate, settings.exposure, priority="batch"
    )
    hold_exposure(tree, report)


def hold_exposure(tree: bpy.types.NodeTree, report: dict[str, Any]) -> None:
    """Keep the stops that the first frame found, so that nothing flickers."""
    chosen = tree.m2fp
    if chosen.auto_exposure and not chosen.found_exposure and "exposure" in report:
        chosen.found_exposure = f"{report['exposure']:.3f}"


def _client(settings: Settings) -> Client:
    if settings.endpoint not in _clients:
        _clients[settings.endpoint] = Client(settings.endpoint)
    return _clients[settings.endpoint]


def _failed(tree: bpy.types.NodeTree, frame: int, error: M2FPError) -> None:
    sentence = f"{tree.name}, frame {frame}: {error}"
    print(f"m2fp: {sentence}", file=sys.stderr, flush=True)
    if tree.m2fp.missing == "ERROR" and bpy.app.background:
        sys.stdout.flush()
        # SystemExit would be swallowed (5.0) or hang (4.5), and Blender would write the frame.
        os._exit(STATUS_WITHOUT_MASKS)
    tree.m2fp.status = sentence
    with suppress(M2FPError):  # without its nodes the group shows nothing anyway
        node_group.blacken(tree)
