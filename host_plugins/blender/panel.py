"""The group's settings in the sidebar of the compositor, and its entry in the Add menu."""

from __future__ import annotations

import bpy

from . import node_group
from .daemon_buttons import StartDaemon, TestConnection
from .on_group import group_of
from .operators import AddHumanParts, RenderAnimation
from .parsing import ParseRange, Update
from .plate_nodes import plate_node
from .wrapping import fitting


class _InSidebar:
    bl_space_type = "NODE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Human Parts"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(context.space_data.tree_type == "CompositorNodeTree")


class HumanPartsPanel(_InSidebar, bpy.types.Panel):  # type: ignore[misc]
    """Plate, part, buttons, and how the last one ended."""

    bl_idname = "M2FP_PT_human_parts"
    bl_label = "Human Parts"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        tree = group_of(context)
        if tree is None:
            if node_group.groups_of(context.scene):
                _say(layout, context, "Select one of the Human Parts nodes for its settings", "INFO")
            layout.operator(AddHumanParts.bl_idname, text="Add Human Parts", icon="ADD")
            return
        layout.use_property_split = True
        layout.use_property_decorate = False
        chosen = tree.m2fp
        if len(node_group.groups_of(context.scene)) > 1:
            layout.label(text=tree.name, icon="NODETREE")
        layout.prop(chosen, "source")
        if chosen.source != "SCENE":
            _plate(layout, context, tree)
        layout.prop(chosen, "part")
        layout.prop(chosen, "people")
        if chosen.folder.startswith("//") and not bpy.data.filepath:
            _say(layout, context, "Save the file first: its masks go beside it", "ERROR")
        buttons = layout.column(align=True)
        buttons.operator(Update.bl_idname, icon="FILE_REFRESH")
        buttons.operator(ParseRange.bl_idname, icon="SEQUENCE")
        buttons.operator(RenderAnimation.bl_idname, icon="RENDER_ANIMATION")
        if chosen.status:
            _say(layout, context, chosen.status, "ERROR" if chosen.trouble else "INFO")


class _Settings(_InSidebar):
    """Settings that most artists leave as they are."""

    bl_parent_id = HumanPartsPanel.bl_idname
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 (Blender wants it so)
    names: tuple[str, ...]

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return super().poll(context) and group_of(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout  # type: ignore[attr-defined]  # of the panel that this is a part of
        layout.use_property_split = True
        layout.use_property_decorate = False
        chosen = group_of(context).m2fp
        for name in self.names:
            layout.prop(chosen, name)


class MattePanel(_Settings, bpy.types.Panel):  # type: ignore[misc]
    """What becomes of the engine's answer."""

    bl_idname = "M2FP_PT_matte"
    bl_label = "Matte"
    names = ("edges", "choke", "blur", "black", "white")


class FilesPanel(_Settings, bpy.types.Panel):  # type: ignore[misc]
    """The mask files."""

    bl_idname = "M2FP_PT_files"
    bl_label = "Mask Files"
    names = ("folder", "fetch", "missing")


class EnginePanel(_Settings, bpy.types.Panel):  # type: ignore[misc]
    """How the engine looks at the plate."""

    bl_idname = "M2FP_PT_engine"
    bl_label = "Engine"
    names = ("engine", "precision", "resolution", "colour_space", "unpremult", "auto_exposure")

    def draw(self, context: bpy.types.Context) -> None:
        super().draw(context)
        chosen = group_of(context).m2fp
        if not chosen.auto_exposure:
            self.layout.prop(chosen, "exposure")
        elif chosen.found_exposure:
            self.layout.label(text=f"Found: {float(chosen.found_exposure):+.2f} stops")


class DaemonPanel(_Settings, bpy.types.Panel):  # type: ignore[misc]
    """Who computes."""

    bl_idname = "M2FP_PT_daemon"
    bl_label = "Daemon"
    names = ("endpoint", "timeout")

    def draw(self, context: bpy.types.Context) -> None:
        super().draw(context)
        buttons = self.layout.column(align=True)
        buttons.operator(TestConnection.bl_idname)
        buttons.operator(StartDaemon.bl_idname)


CLASSES = (HumanPartsPanel, MattePanel, FilesPanel, EnginePanel, DaemonPanel)


def _plate(layout: bpy.types.UILayout, context: bpy.types.Context, tree: bpy.types.NodeTree) -> None:
    held = tree.m2fp.source.lower()
    node = plate_node(tree, held)
    if node is None:
        _say(layout, context, "Somebody removed the node of the plate: add a new group", "ERROR")
        return
    layout.template_ID(node, held, open=f"{held}.open")
    layout.prop(tree.m2fp, "offset")


def _say(layout: bpy.types.UILayout, context: bpy.types.Context, sentence: str, icon: str) -> None:
    lines = layout.column(align=True)
    lines.scale_y = 0.8  # as close as the lines of a sentence are
    for number, line in enumerate(fitting(sentence, context)):
        lines.label(text=line, icon="BLANK1" if number else icon)


def _in_add_menu(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    if context.space_data.tree_type == "CompositorNodeTree":
        menu.layout.operator(AddHumanParts.bl_idname)


def register() -> None:
    for each in CLASSES:
        bpy.utils.register_class(each)
    bpy.types.NODE_MT_add.append(_in_add_menu)


def unregister() -> None:
    bpy.types.NODE_MT_add.remove(_in_add_menu)
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)
