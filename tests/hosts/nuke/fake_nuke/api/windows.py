"""What ``nuke`` shows and asks: dialogs, progress, lines on the terminal."""

# ruff: noqa: N802 - the names are Nuke's

from __future__ import annotations

import sys
from typing import Any

from .. import application
from ..progress import Window
from .main_only import main_only


class ProgressTask:
    """A progress window with Cancel, from its making until nobody holds it any more. Usable from any thread.

    :raises RuntimeError: there is no GUI.
    """

    def __init__(self, name: str = "") -> None:
        running = application.current()
        if not running.session.gui:
            raise RuntimeError(f"nuke.ProgressTask needs the GUI: {name}")
        self._windows = running.windows
        self._window = Window(str(name))
        self._windows.add(self._window)

    def setMessage(self, message: str) -> None:
        self._window.message = str(message)
        self._windows.note(self._window)

    def setProgress(self, percent: int) -> None:
        """:raises TypeError: ``percent`` is no whole number.
        :raises ValueError: it is not one of 0 to 100.
        """
        if not isinstance(percent, int):
            raise TypeError(f"setProgress takes an int, not {percent!r}")
        if not 0 <= percent <= 100:
            raise ValueError(f"a progress of {percent} per cent")
        self._window.percent = percent
        self._windows.note(self._window)

    def isCancelled(self) -> bool:
        return self._window.cancelled.is_set()


@main_only
def message(prompt: str) -> None:
    application.current().dialogs.message(prompt)


@main_only
def ask(prompt: str) -> bool:
    return bool(application.current().dialogs.question("ask", prompt))


@main_only
def getInput(prompt: str, default: str = "") -> str | None:
    """The text given; ``None`` if the artist cancels."""
    answer = application.current().dialogs.question("getInput", prompt)
    return None if answer is None else str(answer)


@main_only
def getFilename(
    message: str,
    pattern: str = "",
    default: str = "",
    favorites: str = "",
    type: str = "",
    multiple: bool = False,
) -> str | list[str] | None:
    """The path or, with ``multiple``, the paths chosen; ``None`` if the artist cancels."""
    answer: str | list[str] | None = application.current().dialogs.question("getFilename", message)
    return answer


def tprint(value: Any = "", *more: Any, sep: str = " ", end: str = "\n", file: Any = None) -> None:
    print(value, *more, sep=sep, end=end, file=file or sys.stdout)


def warning(message: str) -> None:
    print(f"WARNING: {message}", file=sys.stderr)


def error(message: str) -> None:
    print(f"ERROR: {message}", file=sys.stderr)


def debug(message: str) -> None:
    print(f"DEBUG: {message}", file=sys.stderr)
