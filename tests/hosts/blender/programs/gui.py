"""What an artist does at the window of Blender with a shot open.

Order: ``folder``; ``act``: a function of below.
"""

from __future__ import annotations

import importlib
import os
import signal
from pathlib import Path
from typing import Any

import bpy
import window
from desk import answer, order


def look(wanted: dict[str, Any]) -> window.Session:
    """The panel as the artist sees it. ``pictures``: a folder for them; ``panels``: all that there are."""
    pictures = Path(wanted["pictures"])
    drawn: set[str] = set()
    for name in wanted["panels"]:
        panel = getattr(bpy.types, f"M2FP_PT_{name}")
        if hasattr(panel, "bl_parent_id"):
            bpy.utils.unregister_class(panel)
            panel.bl_options = set()  # open
            bpy.utils.register_class(panel)
        panel.append(lambda self, _: drawn.add(self.bl_idname))
    window.group().m2fp.auto_exposure = True
    window.group().m2fp.found_exposure = "1.5"
    yield from window.show_compositor()
    window.photograph(str(pictures / "panel.png"))
    for source in ("CLIP", "SCENE", "IMAGE"):
        window.group().m2fp.source = source
        yield from window.drawn()
    window.group().m2fp.say(wanted["fault"], trouble=True)
    yield from window.drawn()
    window.photograph(str(pictures / "trouble.png"))
    nodes = bpy.context.scene.node_tree.nodes
    for number in range(2):
        window.press("add")
        nodes.active.location = (250 * number, -250)
    yield from window.drawn()
    window.photograph(str(pictures / "several.png"))
    nodes.active = nodes["Composite"]
    yield from window.drawn()
    window.photograph(str(pictures / "none.png"))
    bpy.ops.wm.read_homefile()
    yield from window.moments(4)
    yield from window.show_compositor()
    window.press("add")
    yield from window.drawn()
    window.photograph(str(pictures / "unsaved.png"))
    wrapping = importlib.import_module("m2fp_bridge.wrapping")
    answer(drawn=sorted(drawn), lines=wrapping.wrapped(wanted["fault"], 20, len))


def press(wanted: dict[str, Any]) -> window.Session:
    """``buttons`` of the panel, one after another."""
    yield from window.show_compositor()
    said = []
    for name in wanted["buttons"]:
        fault = yield from window.ended(name)
        said.append({"button": name, "fault": fault, "status": window.status()})
    answer(said=said)


def go_on_working(wanted: dict[str, Any]) -> window.Session:
    """Other things while the daemon ``pid`` does nothing, and the end of Parse Range after them."""
    yield from window.show_compositor()
    with window.paused(wanted["pid"]):
        window.press("parse_range")
        yield from window.until(window.busy)
        bpy.context.scene.frame_set(2)
        window.group().m2fp.choke = 1.5
        again = window.press("parse_range")
        yield from window.drawn()
        meanwhile = window.status()
    yield from window.until(lambda: not window.busy())
    answer(again=again, meanwhile=meanwhile, status=window.status(), choke=window.group().m2fp.choke)


def escape(wanted: dict[str, Any]) -> window.Session:
    """Esc while the daemon ``pid`` does nothing, and Parse Range once more when it goes on."""
    yield from window.show_compositor()
    with window.paused(wanted["pid"]):
        window.press("parse_range")
        yield from window.until(window.busy)
        window.key("ESC")
        yield from window.until(lambda: not window.busy())
        first, files = window.status(), window.files(wanted["folder"])
    yield from window.ended("parse_range")
    answer(first=first, files=files, second=window.status())


def close(wanted: dict[str, Any]) -> window.Session:
    """Blender is closed while the daemon ``pid``, which the test lets go on, does nothing."""
    yield from window.show_compositor()
    os.kill(wanted["pid"], signal.SIGSTOP)
    window.press("parse_range")
    yield from window.until(window.busy)
    answer(status=window.status())


def open_another(wanted: dict[str, Any]) -> window.Session:
    """The file is opened again while the daemon ``pid`` does nothing; then the new one's Parse Range."""
    yield from window.show_compositor()
    with window.paused(wanted["pid"]):
        window.press("parse_range")
        yield from window.until(window.busy)
        bpy.ops.wm.open_mainfile(filepath=str(Path(wanted["folder"]) / "shot.blend"))
        yield from window.moments(10)
        opened = window.status()
    yield from window.show_compositor()
    yield from window.ended("parse_range")
    answer(opened=opened, status=window.status())


def undo(wanted: dict[str, Any]) -> window.Session:
    """A group from the Add menu, settings, undo and redo; then undo while the daemon ``pid`` does nothing."""
    yield from window.show_compositor()
    with window.compositor():
        bpy.ops.wm.call_menu(name="NODE_MT_add")
    yield from window.drawn()
    window.photograph(str(Path(wanted["pictures"]) / "menu.png"))
    window.key("ESC")
    yield from window.drawn()
    window.press("add")
    yield from window.drawn()
    added = bpy.data.node_groups["Human Parts.001"]
    added.m2fp.image, added.m2fp.part, added.m2fp.endpoint = (
        window.group().m2fp.image,
        "face",
        window.group().m2fp.endpoint,
    )
    window.step_back("settings")
    window.undo()
    unset = bpy.data.node_groups["Human Parts.001"].m2fp.part
    window.redo()
    part = bpy.data.node_groups["Human Parts.001"].m2fp.part
    yield from window.drawn()
    window.step_back("before the run")
    window.name = "Human Parts.001"
    with window.paused(wanted["pid"]):
        window.press("parse_range")
        yield from window.until(window.busy)
        window.undo()
        yield from window.drawn()
        window.redo()
        yield from window.drawn()
    yield from window.until(lambda: "parsed" in window.status())  # undo brought an older status back
    ended = window.status()
    with window.paused(wanted["pid"]):
        window.group().m2fp.choke = 2.0
        window.press("parse_range")
        yield from window.until(window.busy)
        for _ in range(3):  # choke, the settings, the group itself
            window.undo()
            yield from window.drawn()
    yield from window.moments(20)
    answer(unset=unset, part=part, ended=ended, groups=[group.name for group in bpy.data.node_groups])


def render(wanted: dict[str, Any]) -> window.Session:
    """Whether a render began, how it ended, and what the group says.

    ``checked``: with Render Animation; ``endpoint``: another one than that of the file.
    """
    window.group().m2fp.endpoint = wanted.get("endpoint", window.group().m2fp.endpoint)
    yield from window.show_compositor()
    happened: list[str] = []
    for name in ("init", "complete", "cancel"):
        getattr(bpy.app.handlers, f"render_{name}").append(lambda *_, name=name: happened.append(name))
    fault = ""
    if wanted["checked"]:
        fault = window.press("render_animation")
    else:
        bpy.ops.render.render("INVOKE_DEFAULT", animation=True)
    if not fault:
        yield from window.until(lambda: happened[1:])
        yield from window.moments(5)
    answer(fault=fault, happened=happened, status=window.status())


def backdrop(_: dict[str, Any]) -> window.Session:
    """What a Viewer shows of the mask: after Update, and when another part is picked; its mean, in [0, 1]."""
    tree = bpy.context.scene.node_tree
    viewer = tree.nodes.new("CompositorNodeViewer")
    tree.links.new(tree.nodes[window.name].outputs["Mask"], viewer.inputs["Image"])
    tree.nodes.active = viewer
    yield from window.show_compositor()
    yield from window.ended("update")
    yield from window.until(window.viewed)
    hair = window.viewed()
    window.group().m2fp.part = "face"
    yield from window.until(lambda: window.viewed() != hair)
    answer(hair=hair, face=window.viewed())


def keep_the_plate(wanted: dict[str, Any]) -> window.Session:
    """Looks at the composite, a save, and the file again."""
    yield from window.show_compositor()
    for mute in (True, False):
        bpy.context.scene.node_tree.nodes["Set Alpha"].mute = mute
        yield from window.moments(10)
    path = str(Path(wanted["folder"]) / "shot.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    yield from window.moments(5)
    image = window.group().m2fp.image
    answer(plate=image.name if image else "")


ACTS = (look, press, go_on_working, escape, close, open_another, undo, render, backdrop, keep_the_plate)

wanted = order()
window.perform({act.__name__: act for act in ACTS}[wanted["act"]](wanted))
