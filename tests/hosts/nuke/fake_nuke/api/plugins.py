"""``nuke.pluginAddPath``, ``nuke.pluginPath``, ``nuke.menu``."""

# ruff: noqa: N802, N803 - the names are Nuke's

from __future__ import annotations

from typing import Any

from .. import application
from ..menus import Menu
from .main_only import main_only


@main_only
def pluginAddPath(args: Any, addToSysPath: bool = True) -> None:
    folders = [args] if isinstance(args, str) else list(args)
    for folder in folders:
        application.current().plugins.add(folder, addToSysPath)


@main_only
def pluginPath() -> list[str]:
    return list(application.current().plugins.path)


@main_only
def menu(name: str) -> Menu | None:
    """:raises RuntimeError: there is no GUI."""
    running = application.current()
    if not running.session.gui:
        raise RuntimeError(f"nuke.menu needs the GUI: {name}")
    return running.menus.menu(name)
