"""What happens when Nuke starts: as little as possible."""

from __future__ import annotations

import os

import nuke

from . import FOLDER, parts


def everywhere() -> None:
    """With a GUI and without: the gizmo can be found, its layers are declared, renders are watched."""
    if not os.path.isfile(os.path.join(FOLDER, "M2FP.gizmo")):  # a checkout: installed, it lies here
        nuke.pluginAddPath(os.path.join(os.path.dirname(os.path.dirname(FOLDER)), "gizmos"))
    nuke.addBeforeRender(_before_render)  # first: renders are watched even where Nuke has no channel left
    nuke.addBeforeFrameRender(_before_frame)
    parts.declare()


def with_gui() -> None:
    """The node in the Nodes menu."""
    icon = "M2FP.png"  # beside menu.py, which is on the plug-in path
    menu = nuke.menu("Nodes").addMenu("M2FP", icon=icon)
    menu.addCommand(
        "M2FP", "nuke.createNode('M2FP')", icon=icon, tooltip="Body parts of people as mattes, on the CPU"
    )


# Most renders have no M2FP node: the module that looks for one is read at the first render.


def _before_render() -> None:
    from . import render_callbacks

    render_callbacks.before_render()


def _before_frame() -> None:
    from . import render_callbacks

    render_callbacks.before_frame()
