"""All operators: a new group, a render that is checked before, and what :mod:`on_group` is the base of."""

from __future__ import annotations

import bpy

from m2fp_host.errors import M2FPError

from . import node_group, parsing
from .daemon_buttons import StartDaemon, TestConnection
from .on_group import OnGroup
from .parsing import ParseRange, Update, scene_frames


class AddHumanParts(bpy.types.Operator):  # type: ignore[misc]  # the stub knows no classes
    """Add a Human Parts group to the compositor"""

    bl_idname = "m2fp.add"
    bl_label = "Human Parts"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 (Blender wants it so)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        space = context.space_data
        if getattr(space, "edit_tree", None) is not None and context.region.type == "WINDOW":
            # From the menu: where the mouse is.
            space.cursor_location_from_region(event.mouse_region_x, event.mouse_region_y)
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        space = context.space_data
        opened = getattr(space, "edit_tree", None)
        tree = opened if opened is not None else node_group.make_compositor(context.scene)
        node = tree.nodes.new("CompositorNodeGroup")
        node.node_tree = node_group.new_group()
        node.name = node.label = node_group.NAME
        node.width = 180
        node.location = getattr(space, "cursor_location", (0, 0))
        for each in tree.nodes:
            each.select = each == node
        tree.nodes.active = node
        return {"FINISHED"}


class RenderAnimation(OnGroup):
    """Render the frame range, once every mask is there or can be computed"""

    bl_idname = "m2fp.render_animation"
    bl_label = "Render Animation"

    def execute(self, context: bpy.types.Context) -> set[str]:
        from . import ready

        for tree in node_group.groups_of(context.scene):
            try:
                ready.check(tree, scene_frames(context.scene))
            except M2FPError as error:
                return self.said(tree, f"{tree.name}: {error}", good=False)
        bpy.ops.render.render("INVOKE_DEFAULT", animation=True)
        return {"FINISHED"}


CLASSES = (AddHumanParts, Update, ParseRange, RenderAnimation, TestConnection, StartDaemon)


def register() -> None:
    for each in CLASSES:
        bpy.utils.register_class(each)


def unregister() -> None:
    parsing.close()
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)
