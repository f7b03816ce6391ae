"""The dialogs that stop an artist: what they said, and the answers prepared for them."""

from __future__ import annotations

import collections
from typing import Any, Callable


class UnexpectedDialog(AssertionError):
    """A plug-in asked something that the test had no answer for."""


class Dialogs:
    """Shows messages and answers questions as a test prepared it.

    :param has_gui: whether there is anybody to see a dialog; asked at each call.
    """

    def __init__(self, has_gui: Callable[[], bool]) -> None:
        self.messages: list[str] = []
        self.questions: list[tuple[str, str]] = []
        self.unexpected: list[str] = []
        self.answers: collections.deque[Any] = collections.deque()
        self._has_gui = has_gui

    def message(self, text: str) -> None:
        """:raises RuntimeError: there is no GUI."""
        self._refuse_without_gui("message", text)
        self.messages.append(text)

    def question(self, kind: str, text: str) -> Any:
        """The next prepared answer, to a dialog of the ``kind`` ask, getInput or getFilename.

        :raises RuntimeError: there is no GUI.
        :raises UnexpectedDialog: no answer is left.
        """
        self._refuse_without_gui(kind, text)
        self.questions.append((kind, text))
        if not self.answers:
            self.unexpected.append(f"nuke.{kind}: {text}")
            raise UnexpectedDialog(f"nobody prepared an answer to nuke.{kind}({text!r})")
        return self.answers.popleft()

    def _refuse_without_gui(self, kind: str, text: str) -> None:
        if not self._has_gui():
            raise RuntimeError(f"nuke.{kind} needs the GUI: {text}")
