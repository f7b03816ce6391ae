"""The buttons that fetch masks: Update and Parse Range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from m2fp_host.errors import BadRequest, M2FPError

from . import node_group
from .on_group import Waiting, group_of

if TYPE_CHECKING:
    from m2fp_host.frames.outcome import Outcome

    from .run import GroupRun

_running: list[GroupRun] = []
"""Those that artists wait for. Only the main thread looks at it."""


def scene_frames(scene: bpy.types.Scene) -> list[int]:
    """The frames that an animation of ``scene`` has."""
    return list(range(scene.frame_start, scene.frame_end + 1, scene.frame_step))


def close() -> None:
    """End what is under way."""
    for run in _running:
        run.cancel()
    _running.clear()


class _Parse(Waiting):
    """Frames through the daemon."""

    priority = "normal"
    _run: Any  # a GroupRun: Blender evaluates the annotations of its classes when it registers them

    def frames(self, scene: bpy.types.Scene) -> list[int]:
        raise NotImplementedError

    def begin(self, context: bpy.types.Context) -> None:
        from .run import GroupRun  # a session that parses nothing loads nothing of the client

        tree, scene = group_of(context), context.scene
        if any(run.node.is_of(tree) for run in _running):
            raise BadRequest(f"{tree.name} is being parsed", "wait, or cancel that with Esc")
        self._run = GroupRun(tree, scene, self.frames(scene), priority=self.priority)

    def block(self, context: bpy.types.Context) -> set[str]:
        return self._end(context, self._run.execute())

    def start(self) -> None:
        _running.append(self._run)
        self._run.start()

    def look(self, context: bpy.types.Context) -> set[str] | None:
        outcome = self._run.step()
        if outcome is None:
            self._tell(context)
            return None
        return self._end(context, outcome)

    def give_up(self) -> None:
        self._run.cancel()

    def _stop(self, context: bpy.types.Context) -> None:
        super()._stop(context)
        context.window_manager.progress_end()
        if self._run in _running:
            _running.remove(self._run)

    def _tell(self, context: bpy.types.Context) -> None:
        done, what = self._run.progress()
        sentence = f"{done} of {self._run.total} frames, {what or 'starting'}; Esc cancels"
        tree = self._run.node.tree()
        if tree.m2fp.status == sentence:
            return
        tree.m2fp.status = sentence
        context.workspace.status_text_set(f"Human Parts: {sentence}")
        context.window_manager.progress_begin(0, self._run.total)
        context.window_manager.progress_update(done)
        for area in context.screen.areas:
            area.tag_redraw()

    def _end(self, context: bpy.types.Context, outcome: Outcome) -> set[str]:
        tree, settings = self._run.node.tree(), self._run.settings
        there = [frame for frame, _ in outcome.parsed + outcome.skipped]
        current = context.scene.frame_current
        shown = current if current in there else min(there, default=None)
        said, good = [outcome.summary(), *outcome.warnings, *outcome.problems()], outcome.ok
        if shown is not None:
            try:
                node_group.show(tree, settings.masks(shown), settings.layer)
            except M2FPError as error:
                said, good = [str(error), *said], False
        return self.said(tree, "; ".join(said), good)


class Update(_Parse):
    """Fetch the masks of one frame, the current one or else the first, and show the part that is picked"""

    bl_idname = "m2fp.update"
    bl_label = "Update"
    priority = "interactive"

    def frames(self, scene: bpy.types.Scene) -> list[int]:
        inside = scene.frame_start <= scene.frame_current <= scene.frame_end
        return [scene.frame_current if inside else scene.frame_start]


class ParseRange(_Parse):
    """Fetch the masks of the scene's frame range; those that are there and unchanged stay"""

    bl_idname = "m2fp.parse_range"
    bl_label = "Parse Range"

    def frames(self, scene: bpy.types.Scene) -> list[int]:
        return scene_frames(scene)
