"""A Human Parts group as its run sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import bpy

from m2fp_host.errors import BadRequest, Busy, Internal
from m2fp_host.frames.host_node import HostNode
from m2fp_host.frames.outcome import Outcome
from m2fp_host.frames.plates import Plate, ToRender

from . import parsed_frames
from .parsed_frames import PARSE_FIRST
from .plate_render import render_plate
from .plates import plate_of


class GroupNode(HostNode):
    """The group ``tree`` in ``scene``. Holds neither of them: undo makes others of all that Python holds."""

    parse_first = PARSE_FIRST

    def __init__(self, tree: bpy.types.NodeTree, scene: bpy.types.Scene) -> None:
        self._tree = _identity(tree)
        self._scene = _identity(scene)

    def is_of(self, tree: bpy.types.NodeTree) -> bool:
        """Whether this is the node of ``tree``."""
        return self._tree == _identity(tree)

    def tree(self) -> bpy.types.NodeTree:
        """The group as it is now. Only in the main thread.

        :raises BadRequest: it was removed.
        """
        return _found(bpy.data.node_groups, self._tree)

    def import_zmq(self) -> None:
        try:
            import zmq  # noqa: F401 (not before a frame is asked for)
        except ImportError as fault:
            raise Internal(
                f"this Blender has no pyzmq ({fault})", "install the extension again with install.py blender"
            ) from None

    def plate(self, frame: int, view: str) -> Plate:
        tree = self.tree()
        plate = plate_of(tree, frame)
        render = _found(bpy.data.scenes, self._scene).render
        if not isinstance(plate, ToRender) or tree.m2fp.source != "SCENE" or render.use_border:
            return plate
        share = render.resolution_percentage
        size = (render.resolution_x * share // 100, render.resolution_y * share // 100)
        return replace(plate, size=size)

    def vouches_for(self, frame: int) -> bool:
        # Where nobody works: an artist may change the plate between Parse Range and the render.
        return bpy.app.background and parsed_frames.made_here(self.tree(), frame)

    def render(self, frame: int, view: str, folder: str) -> str:
        if not bpy.app.background and bpy.app.is_job_running("RENDER"):
            raise Busy("Blender is rendering something else", "wait until it is done")
        return render_plate(self.tree(), _found(bpy.data.scenes, self._scene), frame, folder)

    def hold(self, outcome: Outcome) -> None:
        """Keep the stops that the first frame found, so that nothing flickers."""
        if outcome.exposure is not None:
            self.tree().m2fp.found_exposure = repr(outcome.exposure)


def _identity(block: bpy.types.ID) -> tuple[int, str]:
    """What stays the same when it is renamed, and its name for a Blender that does not tell (before 4.2)."""
    return getattr(block, "session_uid", 0), str(block.name_full)


def _found(blocks: Any, identity: tuple[int, str]) -> Any:
    for block in blocks:
        mine = _identity(block)
        if mine[0] == identity[0] and (identity[0] or mine[1] == identity[1]):
            return block
    raise BadRequest(f"{identity[1]} is not there any more", "add it again")
