"""The artist: someone at the fake's desk who makes nodes, edits knobs, presses buttons and waits."""

from __future__ import annotations

import time
from collections import deque
from typing import Any, Callable

from .application import Application
from .blocks import Block
from .dummy_knob import DummyKnob
from .execution import CancelledError
from .menus import Menu, MenuItem
from .progress import Progress

_TICK = 0.01


class Artist:
    """Uses the Nuke ``application`` as through its windows. All methods are for the main thread.

    What a plug-in's Python raises reaches the caller from :meth:`press` and :meth:`choose_menu`; what
    callbacks and functions of the event loop raise is kept in :attr:`faults`.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._session = application.session

    # What is to be seen

    @property
    def messages(self) -> list[str]:
        """The texts of ``nuke.message``."""
        return self._application.dialogs.messages

    @property
    def questions(self) -> list[Any]:
        """The questions asked so far, each ("ask", "getInput" or "getFilename", text)."""
        return self._application.dialogs.questions

    @property
    def answers(self) -> deque[Any]:
        """The answers to come, first to be given first; a question without one is an error."""
        return self._application.dialogs.answers

    @property
    def progress(self) -> list[Progress]:
        """The progress windows on the screen."""
        return self._application.windows.shown()

    @property
    def progress_history(self) -> list[Progress]:
        """All that progress windows ever showed."""
        return list(self._application.windows.history)

    @property
    def faults(self) -> list[str]:
        """What a plug-in let out into the event loop, and the questions that nobody expected."""
        return self._application.faults()

    @property
    def script_errors(self) -> list[str]:
        """What Nuke told of the nodes of the scripts that were opened."""
        return self._session.errors

    @property
    def warnings(self) -> list[str]:
        """What Nuke let pass and a plug-in should not have done."""
        return self._application.warnings()

    @property
    def violations(self) -> list[str]:
        """Uses of nodes from other threads than the main one."""
        return self._session.violations

    @property
    def longest_block(self) -> Block:
        """``seconds`` and ``note`` of the longest piece of a plug-in's Python that held the main thread.

        Renders by ``nuke.execute``, the evaluation of pixels, and what Nuke does in C++ besides (opening,
        saving, making nodes) are taken out.
        """
        return self._application.blocks.longest

    @property
    def render_seconds(self) -> float:
        """What all renders by ``nuke.execute`` took."""
        return self._application.execution.seconds

    # The graph

    def create(self, class_name: str, knobs: str = "") -> Any:
        """Make a node as the Tab key does: after the selected ones, selected, with its panel open."""
        from .api import createNode

        return createNode(class_name, knobs)

    def select(self, *nodes: Any) -> None:
        """Select ``nodes`` and no other."""
        for node in self._session.group.nodes():
            node.setSelected(any(node is wanted for wanted in nodes))

    def connect(self, node: Any, index: int, other: Any | None) -> None:
        """Drag an input of ``node`` to another node, or off."""
        node.setInput(index, other)
        self._application.user_changed(node, DummyKnob("inputChange", node))

    def delete(self, *nodes: Any) -> None:
        self._session.delete(nodes)

    def undo_delete(self) -> list[Any]:
        """Undo the last deletion; the nodes come back as new objects."""
        return self._session.undo_delete()

    def copy_and_paste(self, *nodes: Any) -> list[Any]:
        """Copy ``nodes`` and paste them, with nothing selected."""
        text = self._session.copy(nodes)
        self.select()
        return self._session.paste(text)

    def open_script(self, path: str) -> None:
        self._application.open_script(path)

    def save_script(self, path: str) -> None:
        self._session.save(path)

    # Panels

    def open_panel(self, node: Any) -> None:
        self._application.open_panel(node)

    def close_panel(self, node: Any) -> None:
        node.hideControlPanel()

    def edit(self, node: Any, knob: str, value: Any) -> None:
        """Change a knob by hand: the node hears of it, if its panel is open. An expression gives way."""
        if node[knob].hasExpression():
            node[knob].clearAnimated()
        node[knob].setValue(value)
        self._application.user_changed(node, node[knob])

    def press(self, node: Any, knob: str) -> None:
        """Press a Python button.

        :raises ValueError: the knob is greyed out, hidden, or no button; and whatever the script raises.
        """
        button = node[knob]
        if button.Class() != "PyScript_Knob" or not button.enabled() or not button.visible():
            raise ValueError(f"{node.fullName()}.{knob} can't be pressed")
        self._application.press(button)

    # Menus

    def menu(self, path: str) -> Menu | MenuItem | None:
        """A menu or an item in one, such as ``Nodes/M2FP/M2FP``."""
        first, _, rest = path.partition("/")
        found = self._application.menus.menu(first)
        return found.findItem(rest) if found is not None and rest else found

    def choose_menu(self, path: str) -> Any:
        """Choose a command of a menu.

        :raises ValueError: there is no such command; and whatever it raises.
        """
        item = self.menu(path)
        if not isinstance(item, MenuItem):
            raise ValueError(f"there is no menu command {path}")
        return item.invoke()

    # Time

    def wait_until(self, condition: Callable[[], Any], timeout: float = 30.0) -> None:
        """Let the event loop run until ``condition()`` holds.

        :raises TimeoutError: it does not within ``timeout`` seconds; says what is on the screen.
        """
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"waited {timeout:g} s; progress {self.progress}, messages {self.messages}, "
                    f"faults {self.faults}"
                )
            self._application.main_thread.run_next(_TICK)

    def idle(self, seconds: float) -> None:
        """Let the event loop run for a while."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._application.main_thread.run_next(_TICK)

    def cancel_progress(self) -> int:
        """Press Cancel in every progress window, and return how many there are."""
        return self._application.windows.cancel()

    def cancel_render(self, after: int, error: type[Exception] = RuntimeError) -> None:
        """Press Cancel in the next render once ``after`` frames are done.

        :param error: what that Nuke raises, ``RuntimeError`` or :class:`~.execution.CancelledError`.
        """
        if error not in (RuntimeError, CancelledError):
            raise ValueError(f"Nuke never raises {error.__name__} for Cancel")
        self._application.execution.cancel_after = after
        self._application.execution.cancels_with = error

    def during_render(self, look: Callable[[int], None]) -> None:
        """Have ``look(frame)`` called in the event loop after each frame of a render."""
        self._application.execution.between_frames = look

    def close(self) -> None:
        """Quit Nuke: threads that wait for its main thread are let go, its evaluator ends."""
        self._application.close()
