"""Nuke's menus: what a plug-in's ``menu.py`` puts there, and pressing it."""

# ruff: noqa: N802 - the names are Nuke's

from __future__ import annotations

import os
from typing import Any, Callable

MENUS = ("Nuke", "Nodes", "Viewer", "Node Graph", "Animation", "Properties", "Axis")
"""The menus that are there from the start."""


class MenuItem:
    """A command in a menu. ``command`` is a function or a line of Python."""

    def __init__(self, name: str, command: Any, shortcut: str, icon: str, tooltip: str, shell: Shell) -> None:
        self._name = name
        self._command = command
        self._shortcut = shortcut
        self._icon = icon
        self._tooltip = tooltip
        self._shell = shell
        self._enabled = True

    def name(self) -> str:
        return self._name

    def script(self) -> Any:
        return self._command

    def shortcut(self) -> str:
        return self._shortcut

    def icon(self) -> str:
        """The icon's file: as named, or where the plug-in path has it; empty if nowhere."""
        return self._shell.find_icon(self._icon)

    def tooltip(self) -> str:
        return self._tooltip

    def setEnabled(self, enabled: bool) -> None:
        self._enabled = bool(enabled)

    def isEnabled(self) -> bool:
        return self._enabled

    def invoke(self) -> Any:
        """Run the command.

        :raises RuntimeError: it is greyed out.
        """
        if not self._enabled:
            raise RuntimeError(f"the menu command {self._name} is greyed out")
        return self._shell.run(self._command, f"menu command {self._name}")


class Shell:
    """How menus run commands and find icons.

    :param run: given a function or a line of Python, and what it is.
    :param plugin_path: the folders of plug-ins, asked at each call.
    """

    def __init__(self, run: Callable[[Any, str], Any], plugin_path: Callable[[], list[str]]) -> None:
        self.run = run
        self._plugin_path = plugin_path

    def find_icon(self, icon: str) -> str:
        folders = ["", *self._plugin_path()]
        candidates = [os.path.join(folder, icon) for folder in folders if icon]
        return next((path for path in candidates if os.path.isfile(path)), "")


class Menu:
    """A menu, with its commands and sub-menus in order."""

    def __init__(self, name: str, shell: Shell, icon: str = "", tooltip: str = "") -> None:
        self._name = name
        self._shell = shell
        self._icon = icon
        self._tooltip = tooltip
        self._items: list[Menu | MenuItem] = []

    def name(self) -> str:
        return self._name

    def icon(self) -> str:
        return self._shell.find_icon(self._icon)

    def tooltip(self) -> str:
        return self._tooltip

    def items(self) -> list[Menu | MenuItem]:
        return list(self._items)

    def addMenu(self, name: str, icon: str = "", tooltip: str = "", index: int = -1) -> Menu:
        """The sub-menu ``name`` (``A/B``: one in another), made if it is not there."""
        first, _, rest = name.partition("/")
        found = self._child(first)
        if not isinstance(found, Menu):
            found = Menu(first, self._shell)
            self._insert(found, index)
        if rest:
            return found.addMenu(rest, icon, tooltip)
        found._icon = icon or found._icon
        found._tooltip = tooltip or found._tooltip
        return found

    def addCommand(
        self,
        name: str,
        command: Any = None,
        shortcut: str = "",
        icon: str = "",
        tooltip: str = "",
        index: int = -1,
        **_options: Any,
    ) -> MenuItem:
        """Put a command there (``A/B``: into the sub-menu ``A``), instead of one of the same name.

        :raises TypeError: ``command`` is neither text nor a function.
        """
        if command is not None and not isinstance(command, str) and not callable(command):
            raise TypeError(f"the command of the menu item {name} is neither text nor a function")
        folder, _, last = name.rpartition("/")
        menu = self.addMenu(folder) if folder else self
        item = MenuItem(last, command or "", shortcut or "", icon or "", tooltip or "", self._shell)
        menu.removeItem(last)
        menu._insert(item, index)
        return item

    def addSeparator(self, **_options: Any) -> None:
        self._insert(MenuItem("", "", "", "", "", self._shell), -1)

    def findItem(self, name: str) -> Menu | MenuItem | None:
        """The item ``name`` (``A/B``: in the sub-menu ``A``); ``None`` if there is none."""
        first, _, rest = name.partition("/")
        found = self._child(first)
        if not rest:
            return found
        return found.findItem(rest) if isinstance(found, Menu) else None

    def removeItem(self, name: str) -> None:
        self._items = [item for item in self._items if item.name() != name]

    def _child(self, name: str) -> Menu | MenuItem | None:
        return next((item for item in self._items if item.name() == name), None)

    def _insert(self, item: Menu | MenuItem, index: int) -> None:
        self._items.insert(len(self._items) if index < 0 else index, item)


class Menus:
    """All menus of one running Nuke."""

    def __init__(self, shell: Shell) -> None:
        self._menus: dict[str, Menu] = {name: Menu(name, shell) for name in MENUS}

    def menu(self, name: str) -> Menu | None:
        """The menu ``name``, one of :data:`MENUS`; ``None`` if there is none."""
        return self._menus.get(name)
