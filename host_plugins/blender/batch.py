"""A render's own requests: before each frame its masks are seen to, and no frame is written without them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import bpy

from m2fp_host.errors import BadRequest, Internal, M2FPError
from m2fp_host.frames.mask_maker import forget_silence
from m2fp_host.frames.plates import ToRender

from . import black_frames, node_group, parsed_frames, ready, replaced_masks
from .plates import plate_of
from .run import GroupRun
from .settings import Settings, settings_of

STATUS_WITHOUT_MASKS = 3
"""Exit status of a render in background that can't have its masks."""


def before_render(scene: bpy.types.Scene) -> None:
    """Have each Human Parts group look for the layer that is picked, where it does not yet.

    Any frame's masks will do for that. A frame that fails here is looked at again in its turn.
    """
    forget_silence()  # an artist may have started the daemon since the last render
    for tree in node_group.groups_of(scene):
        _check_movie(tree, scene)
        for frame in dict.fromkeys((scene.frame_current, scene.frame_start)):
            with suppress(M2FPError):
                _prepare(tree, scene, frame)
                break


def before_frame(scene: bpy.types.Scene) -> None:
    """Make the masks of the scene's current frame, for each Human Parts group that it goes through.

    Blender swallows exceptions of a handler and renders on, so in background a frame without masks ends the
    process; in the GUI the matte is black, and the group's status and the terminal say why.
    """
    replaced_masks.begin()
    for tree in node_group.groups_of(scene):
        try:
            _see_to(tree, scene, scene.frame_current)
        except M2FPError as error:
            _failed(tree, scene, error)
        except Exception as fault:  # noqa: BLE001 (Blender would render on with a wrong matte)
            _failed(tree, scene, Internal(f"{type(fault).__name__}: {fault}"))


def after_frame(scene: bpy.types.Scene) -> None:
    """The frame is written. It stays only if nobody replaced the masks that it was to show."""
    for tree in node_group.groups_of(scene):
        masks = replaced_masks.replaced(tree)
        if masks:
            error = BadRequest(
                f"its masks {masks} were replaced by others while Blender rendered",
                "give each .blend that is worked on or rendered at the same time a mask folder of its own",
            )
            _failed(tree, scene, error, written=True)


def after_render(scene: bpy.types.Scene) -> None:
    """A frame that was black for want of its mask is not what the group shows from now on."""
    for tree in node_group.groups_of(scene):
        with suppress(M2FPError):  # said before the frame
            black_frames.restore(tree)


def _prepare(tree: bpy.types.NodeTree, scene: bpy.types.Scene, frame: int) -> None:
    settings = settings_of(tree)
    if not node_group.shows(tree, settings.masks(frame), settings.layer):
        _make(tree, scene, settings, frame)
        node_group.show(tree, settings.masks(frame), settings.layer)


def _check_movie(tree: bpy.types.NodeTree, scene: bpy.types.Scene) -> None:
    """A movie that is not written to its end is of no use: better not to begin it."""
    if scene.render.is_movie_format and bpy.app.background and tree.m2fp.missing == "ERROR":
        try:
            ready.check(tree, range(scene.frame_start, scene.frame_end + 1, scene.frame_step))
        except M2FPError as error:
            _failed(tree, scene, error)


def _see_to(tree: bpy.types.NodeTree, scene: bpy.types.Scene, frame: int) -> None:
    settings = settings_of(tree)
    _make(tree, scene, settings, frame)
    black_frames.unblacken(tree, settings.masks(frame))
    if not node_group.shows(tree, settings.masks(frame), settings.layer):
        raise BadRequest(
            f"the group does not show {settings.layer} of {settings.masks(frame)}",
            "press Update before the render",
        )
    node_group.reload(tree)
    replaced_masks.note(tree, settings.masks(frame))


def _make(tree: bpy.types.NodeTree, scene: bpy.types.Scene, settings: Settings, frame: int) -> None:
    outcome = GroupRun(tree, scene, [frame], may_render=False, priority="batch").execute()
    for error in outcome.failed.values():
        raise error
    for layer in (settings.layer, *node_group.linked_by_artists(tree)):
        if outcome.lacks(layer):
            raise BadRequest(
                f"the masks {settings.masks(frame)} have no layer {layer}",
                "choose another part, or an engine that knows it",
            )
    if isinstance(plate_of(tree, frame), ToRender):
        parsed_frames.check(tree, settings, frame)
    for line in outcome.notes():
        _say(line)
    if outcome.exposure is not None:
        _say(
            f"{tree.name}: exposure {outcome.exposure:+.2f} stops, found on frame {scene.frame_start}: press "
            "Update before a farm renders parts of the range, or each machine finds its own"
        )


def _failed(
    tree: bpy.types.NodeTree, scene: bpy.types.Scene, error: M2FPError, *, written: bool = False
) -> None:
    sentence = f"{tree.name}, frame {scene.frame_current}: {error}"
    _say(sentence)
    if tree.m2fp.missing == "ERROR" and bpy.app.background:
        replaced_masks.remove_frame(scene, written=written)
        sys.stdout.flush()
        # SystemExit would be swallowed (5.0) or hang (4.5), and Blender would write the frame.
        os._exit(STATUS_WITHOUT_MASKS)
    tree.m2fp.say(sentence, trouble=True)
    if written:
        return
    with suppress(M2FPError):  # without its nodes the group shows nothing anyway
        black_frames.blacken(tree, scene.frame_current)


def _say(sentence: str) -> None:
    print(f"m2fp: {sentence}", file=sys.stderr, flush=True)
