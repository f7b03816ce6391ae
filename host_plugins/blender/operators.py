"""The buttons of the panel. In background each runs to its end, and fails with its reason."""

from __future__ import annotations

from typing import Any

import bpy

from m2fp_host.errors import M2FPError

from . import daemon, node_group, ready
from .run import Run

_TICK = 0.1
"""Seconds between looks at a run while the artist goes on working."""


def group_of(context: bpy.types.Context) -> Any:
    """The Human Parts group that the artist means: the open one, the active node's, else the scene's only;
    ``None`` if there is none."""
    space = context.space_data
    opened = getattr(space, "edit_tree", None)
    if opened is not None and opened.bl_idname == "CompositorNodeTree":
        if opened.m2fp.made:
            return opened
        inner = getattr(opened.nodes.active, "node_tree", None)
        return inner if inner is not None and inner.m2fp.made else None
    compositor = node_group.compositor_of(context.scene)
    if compositor is None:
        return None
    inner = getattr(compositor.nodes.active, "node_tree", None)
    if inner is not None and inner.m2fp.made:
        return inner
    groups = node_group.groups_of(context.scene)
    return groups[0] if len(groups) == 1 else None


def scene_frames(scene: bpy.types.Scene) -> list[int]:
    """The frames that an animation of ``scene`` has."""
    return list(range(scene.frame_start, scene.frame_end + 1, scene.frame_step))


class AddHumanParts(bpy.types.Operator):  # type: ignore[misc]
    """Add a Human Parts group to the compositor"""

    bl_idname = "m2fp.add"
    bl_label = "Human Parts"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 (Blender wants it so)

    def execute(self, context: bpy.types.Context) -> set[str]:
        space = context.space_data
        opened = getattr(space, "edit_tree", None)
        tree = opened if opened is not None else node_group.make_compositor(context.scene)
        node = tree.nodes.new("CompositorNodeGroup")
        node.node_tree = node_group.new_group()
        node.name = node.label = node_group.NAME
        node.width = 180
        for each in tree.nodes:
            each.select = each == node
        tree.nodes.active = node
        return {"FINISHED"}


class _OnGroup(bpy.types.Operator):  # type: ignore[misc]
    """What all buttons of a group have in common. ``group``: its name; empty: the active one."""

    bl_options = {"REGISTER"}  # noqa: RUF012

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return group_of(context) is not None

    def said(self, tree: bpy.types.NodeTree, sentence: str, good: bool) -> set[str]:
        """Put the end of an operator where the artist looks; in background an error is raised by Blender."""
        tree.m2fp.status = sentence
        self.report({"INFO"} if good else {"ERROR"}, sentence)
        return {"FINISHED"} if good else {"CANCELLED"}


class _Parse(_OnGroup):
    """Frames through the daemon while Blender stays usable."""

    _run: Run
    _tree: Any
    _timer: Any

    def frames(self, scene: bpy.types.Scene) -> list[int]:
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Blocks to the end: in background, and for scripts."""
        try:
            self._begin(context)
        except M2FPError as error:
            return self.said(group_of(context), str(error), good=False)
        try:
            while not self._run.step(_TICK):
                continue
        finally:
            self._run.close()
        return self._end(context)

    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> set[str]:
        if bpy.app.background:
            return self.execute(context)
        try:
            self._begin(context)
        except M2FPError as error:
            return self.said(group_of(context), str(error), good=False)
        manager = context.window_manager
        self._timer = manager.event_timer_add(_TICK, window=context.window)
        manager.progress_begin(0, self._run.total)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type == "ESC":
            self._run.cancel()
        if event.type != "TIMER":
            return {"RUNNING_MODAL"} if event.type == "ESC" else {"PASS_THROUGH"}
        if not self._run.step():
            self._tell(context)
            return {"PASS_THROUGH"}
        self._stop(context)
        return self._end(context)

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender closes, or another file is opened."""
        self._stop(context)

    def _begin(self, context: bpy.types.Context) -> None:
        self._tree = group_of(context)
        self._run = Run(self._tree, context.scene, self.frames(context.scene))

    def _tell(self, context: bpy.types.Context) -> None:
        done, total = self._run.outcome.done, self._run.total
        sentence = f"{done} of {total} frames; Esc cancels"
        context.window_manager.progress_update(done)
        context.workspace.status_text_set(f"Human Parts: {sentence}")
        if self._tree.m2fp.status != sentence:
            self._tree.m2fp.status = sentence
            for area in context.screen.areas:
                area.tag_redraw()

    def _stop(self, context: bpy.types.Context) -> None:
        context.window_manager.progress_end()
        context.window_manager.event_timer_remove(self._timer)
        context.workspace.status_text_set(None)
        self._run.close()

    def _end(self, context: bpy.types.Context) -> set[str]:
        outcome, settings = self._run.outcome, self._run.settings
        if self._tree.m2fp.auto_exposure and self._run.exposure != "auto":
            self._tree.m2fp.found_exposure = str(self._run.exposure)
        there, current = outcome.parsed + outcome.unchanged, context.scene.frame_current
        shown = current if current in there else min(there, default=None)
        sentence, good = outcome.summary(), not outcome.failed and not outcome.cancelled
        if shown is not None:
            try:
                node_group.show(self._tree, settings.masks(shown), settings.layer)
            except M2FPError as error:
                sentence, good = f"{error}; {sentence}", False
        return self.said(self._tree, sentence, good)


class Update(_Parse):
    """Fetch the masks of the current frame and show the part that is picked"""

    bl_idname = "m2fp.update"
    bl_label = "Update"

    def frames(self, scene: bpy.types.Scene) -> list[int]:
        return [scene.frame_current]


class ParseRange(_Parse):
    """Fetch the masks of the scene's frame range; those that are there and unchanged stay"""

    bl_idname = "m2fp.parse_range"
    bl_label = "Parse Range"

    def frames(self, scene: bpy.types.Scene) -> list[int]:
        return scene_frames(scene)


class TestConnection(_OnGroup):
    """Ask the daemon how it is"""

    bl_idname = "m2fp.test_connection"
    bl_label = "Test Connection"

    def execute(self, context: bpy.types.Context) -> set[str]:
        tree = group_of(context)
        try:
            return self.said(tree, daemon.describe(tree.m2fp.endpoint.strip()), good=True)
        except M2FPError as error:
            return self.said(tree, str(error), good=False)


class StartDaemon(_OnGroup):
    """Start the daemon of M2FP Bridge on this machine"""

    bl_idname = "m2fp.start_daemon"
    bl_label = "Start Daemon"

    def execute(self, context: bpy.types.Context) -> set[str]:
        tree = group_of(context)
        try:
            return self.said(tree, daemon.start(tree.m2fp.endpoint.strip()), good=True)
        except M2FPError as error:
            return self.said(tree, str(error), good=False)


class RenderAnimation(_OnGroup):
    """Render the frame range, once every mask is there or can be computed"""

    bl_idname = "m2fp.render_animation"
    bl_label = "Render Animation"

    def execute(self, context: bpy.types.Context) -> set[str]:
        for tree in node_group.groups_of(context.scene):
            try:
                ready.check(tree, scene_frames(context.scene))
            except M2FPError as error:
                return self.said(tree, str(error), good=False)
        bpy.ops.render.render("INVOKE_DEFAULT", animation=True)
        return {"FINISHED"}


CLASSES = (AddHumanParts, Update, ParseRange, RenderAnimation, TestConnection, StartDaemon)


def register() -> None:
    for each in CLASSES:
        bpy.utils.register_class(each)


def unregister() -> None:
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)
