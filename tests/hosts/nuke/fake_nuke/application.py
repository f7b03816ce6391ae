"""A running Nuke: a session, and all that happens around it."""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import Any, Iterator, Sequence

from . import session as sessions
from .callbacks import Callbacks
from .dialogs import Dialogs
from .dummy_knob import DummyKnob
from .events import Events
from .execution import Execution
from .interpreter import Interpreter
from .main_thread import MainThread
from .menus import Menus, Shell
from .plugins import Plugins
from .progress import ProgressWindows
from .running_session import RunningSession
from .uncaught import Uncaught

_current: list[Application] = []

VERSION = {(3, 7): 13, (3, 9): 14, (3, 10): 15}.get(sys.version_info[:2], 16)
"""The release of Nuke that has this Python."""


class Application:
    """What the fake knows besides the script; one for each session.

    :param raw_arguments: the command line, the program first.
    """

    def __init__(self, session: RunningSession, raw_arguments: Sequence[str] = ()) -> None:
        self.session = session
        self.raw_arguments = list(raw_arguments) or ["Nuke"]
        self.blocks = session.blocks
        self.uncaught = Uncaught()
        self.callbacks = Callbacks()
        self.interpreter = Interpreter()
        self.windows = ProgressWindows()
        self.dialogs = Dialogs(self.has_gui)
        self.plugins = Plugins(session.plugin_path, self.interpreter)
        self.menus = Menus(Shell(self.run_command, lambda: self.session.plugin_path))
        self.main_thread = MainThread(self.has_gui, self.blocks, self.uncaught)
        self.events = Events(session, self.callbacks, self.interpreter, self.blocks, self.uncaught)
        self.clipboard = ""
        self.execution = Execution(session, self.events, self.main_thread, self.blocks)
        session.on_create = lambda node: self.events.tell("onCreate", node)
        session.on_knob_changed = self.user_changed
        session.on_press = self.press

    def open_script(self, path: str) -> None:
        """Open a script; what a user would be told of its nodes is printed.

        :raises RuntimeError: there is no such script, or its text does not parse.
        """
        known = len(self.session.errors)
        self.session.open(path)
        for text in self.session.errors[known:]:
            print(f"ERROR: {text}", file=sys.stderr)
        self.events.tell("onScriptLoad", self.session.root)

    def open_panel(self, node: Any) -> None:
        """Open a node's panel; the node hears of it."""
        node.showControlPanel()
        self.user_changed(node, DummyKnob("showPanel", node))

    def has_gui(self) -> bool:
        return self.session.gui

    def user_changed(self, node: Any, knob: Any) -> None:
        """A user changed ``knob``: its node hears of it if its panel is open and no callback runs."""
        if self.session.gui and node.shown() and not self.events.under_way:
            self.events.tell("knobChanged", node, knob)

    def press(self, button: Any) -> None:
        """Run a button's Python, as a click on it does; what it raises reaches the caller."""
        node = button.node()
        self.run_command(button.value(), f"button {button.fullyQualifiedName()}", node, button)

    def run_command(self, command: Any, note: str, node: Any = None, knob: Any = None) -> Any:
        """Run a function or a text of Python from the event loop, as a command of ``knob`` of ``node``."""
        group = (node.parent() if node is not None else None) or self.session.group
        with self.session.within(group, node, knob), self.blocks.piece(note):
            if callable(command):
                return command()
            self.interpreter.run_text(str(command), note)
            return None

    def note_violation(self, name: str) -> None:
        """Remember that ``nuke.name`` was called, if this is not the main thread."""
        if threading.get_ident() != self.session.thread:
            where = threading.current_thread().name
            self.session.violations.append(f"nuke.{name} called in thread {where}")

    def faults(self) -> list[str]:
        """What a plug-in let out into the event loop, and the questions that nobody expected."""
        return [*self.uncaught.told, *(f"unexpected dialog: {text}" for text in self.dialogs.unexpected)]

    def warnings(self) -> list[str]:
        """What Nuke let pass and a plug-in should not have done."""
        count = self.session.python_expressions
        evaluated = [f"[python ...] asked to be evaluated {count} times"] if count else []
        return [*self.session.warnings, *evaluated]

    def close(self) -> None:
        """Quit: nobody waits for this Nuke any longer, its folders leave ``sys.path``, its evaluator ends."""
        self.main_thread.close()
        self.plugins.close()
        self.session.close()
        if self in _current:
            _current.remove(self)


def current() -> Application:
    """The running Nuke.

    :raises RuntimeError: none was started in this process.
    """
    if not _current:
        raise RuntimeError("no Nuke is running: call fake_nuke.application.start() first")
    return _current[-1]


def start(
    gui: bool = False, harsh: bool = False, python: str | None = None, raw_arguments: Sequence[str] = ()
) -> Application:
    """Start a Nuke in this process, in place of any other that runs; its start-up files are not run.

    :param python: the interpreter that evaluates pixels; default ``FAKE_NUKE_PYTHON``, else this one.
    """
    for running in list(_current):
        running.close()
    session = RunningSession(gui, harsh, python)
    sessions.start(session)
    _current[:] = [Application(session, raw_arguments)]
    return _current[-1]


@contextlib.contextmanager
def running(gui: bool = False, harsh: bool = False, python: str | None = None) -> Iterator[Application]:
    """A Nuke in this process for a while: ``import nuke`` gives the fake inside.

    Afterwards nothing of it is left.
    """
    from . import api

    before = sys.modules.get("nuke")
    application = start(gui, harsh, python)
    sys.modules["nuke"] = api
    try:
        yield application
    finally:
        application.close()
        del sys.modules["nuke"]
        if before is not None:
            sys.modules["nuke"] = before
