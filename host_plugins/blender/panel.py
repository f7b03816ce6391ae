"""The group's settings in the sidebar of the compositor, and its entry in the Add menu."""

from __future__ import annotations

import textwrap

import bpy

from . import node_group
from .daemon_buttons import StartDaemon, TestConnection
from .on_group import group_of
from .operators import AddHumanParts, RenderAnimation
from .parsing import ParseRange, Update

_LINE = 44
"""Characters of a status line in a sidebar of usual width."""


class _InSidebar:
    bl_space_type = "NODE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Human Parts"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(context.space_data.tree_type == "CompositorNodeTree")


class HumanPartsPanel(_InSidebar, bpy.types.Panel):  # type: ignore[misc]
    """Plate, part, masks and buttons."""

    bl_idname = "M2FP_PT_human_parts"
    bl_label = "Human Parts"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        tree = group_of(context)
        if tree is None:
            layout.operator(AddHumanParts.bl_idname, text="Add Human Parts", icon="ADD")
            return
        layout.use_property_split = True
        layout.use_property_decorate = False
        chosen = tree.m2fp
        layout.prop(chosen, "source")
        if chosen.source != "SCENE":
            held = chosen.source.lower()
            layout.template_ID(node_group.plate_node(tree, held), held, open=f"{held}.open")
            layout.prop(chosen, "offset")
        for name in ("part", "people", "fetch", "folder", "missing"):
            layout.prop(chosen, name)
        layout.operator(Update.bl_idname, icon="FILE_REFRESH")
        layout.operator(ParseRange.bl_idname, icon="SEQUENCE")
        layout.operator(RenderAnimation.bl_idname, icon="RENDER_ANIMATION")
        for line in textwrap.wrap(chosen.status, _LINE):
            layout.label(text=line)


class EnginePanel(_InSidebar, bpy.types.Panel):  # type: ignore[misc]
    """How the masks are computed, and by whom."""

    bl_idname = "M2FP_PT_engine"
    bl_label = "Engine and Matte"
    bl_parent_id = HumanPartsPanel.bl_idname
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012 (Blender wants it so)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return super().poll(context) and group_of(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        chosen = group_of(context).m2fp
        for name in ("engine", "precision", "resolution", "colour_space", "unpremult", "auto_exposure"):
            layout.prop(chosen, name)
        if not chosen.auto_exposure:
            layout.prop(chosen, "exposure")
        elif chosen.found_exposure:
            layout.label(text=f"Exposure: {chosen.found_exposure} stops")
        for name in ("edges", "choke", "blur", "black", "white", "endpoint", "timeout"):
            layout.prop(chosen, name)
        layout.operator(TestConnection.bl_idname)
        layout.operator(StartDaemon.bl_idname)


CLASSES = (HumanPartsPanel, EnginePanel)


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
