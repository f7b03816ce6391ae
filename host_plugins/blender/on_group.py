"""What all buttons of a Human Parts group have in common: which group, how they end, and how they wait."""

from __future__ import annotations

from typing import Any

import bpy

from m2fp_host.errors import M2FPError

from . import node_group

_TICK = 0.05
"""Seconds between looks at what goes on behind, while the artist goes on working."""


def group_of(context: bpy.types.Context) -> Any:
    """The Human Parts group that the artist means: the open one, the active node's, else the scene's only;
    ``None`` if there is none."""
    tree = getattr(context.space_data, "edit_tree", None)
    if tree is None or tree.bl_idname != "CompositorNodeTree":
        tree = node_group.compositor_of(context.scene)
    if tree is None:
        return None
    if tree.m2fp.made:
        return tree
    inner = getattr(tree.nodes.active, "node_tree", None)
    if inner is not None and inner.m2fp.made:
        return inner
    groups = node_group.groups_of(context.scene)
    return groups[0] if len(groups) == 1 else None


class OnGroup(bpy.types.Operator):  # type: ignore[misc]  # the stub knows no classes
    """A button of a group."""

    bl_options = {"REGISTER"}  # noqa: RUF012 (Blender wants it so)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if group_of(context) is None:
            cls.poll_message_set("add a Human Parts group, or select one of them")
            return False
        return True

    def said(self, tree: Any, sentence: str, good: bool) -> set[str]:
        """Put the end of an operator where the artist looks; in background an error is raised by Blender."""
        if tree is not None:
            tree.m2fp.say(sentence, trouble=not good)
        self.report({"INFO"} if good else {"ERROR"}, sentence)
        return {"FINISHED"} if good else {"CANCELLED"}


class Waiting(OnGroup):
    """A button that takes a while: modal where an artist pressed it, else it blocks to its end."""

    _timer: Any = None

    def begin(self, context: bpy.types.Context) -> None:
        """:raises M2FPError: it makes no sense."""
        raise NotImplementedError

    def block(self, context: bpy.types.Context) -> set[str]:
        """All of it, at once."""
        raise NotImplementedError

    def start(self) -> None:
        """All of it, behind."""
        raise NotImplementedError

    def look(self, context: bpy.types.Context) -> set[str] | None:
        """In a moment: show how far it is; at the end how it ended."""
        raise NotImplementedError

    def give_up(self) -> None:
        """The artist wants no more of it, or Blender closes, or opens another file."""

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            self.begin(context)
            return self.block(context)
        except M2FPError as error:
            return self.said(group_of(context), str(error), good=False)

    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> set[str]:
        if bpy.app.background:
            return self.execute(context)
        try:
            self.begin(context)
        except M2FPError as error:
            return self.said(group_of(context), str(error), good=False)
        self.start()
        self._timer = context.window_manager.event_timer_add(_TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type == "ESC":
            self.give_up()
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            ended = self.look(context)
        except M2FPError as error:  # the group was removed meanwhile
            self.give_up()
            ended = self.said(None, str(error), good=False)
        if ended is None:
            return {"PASS_THROUGH"}
        self._stop(context)
        return ended

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender closes, or another file is opened."""
        self.give_up()
        self._stop(context)

    def _stop(self, context: bpy.types.Context) -> None:
        context.window_manager.event_timer_remove(self._timer)
        if context.workspace is not None:
            context.workspace.status_text_set(None)
