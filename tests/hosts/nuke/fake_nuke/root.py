"""The root: the script's own knobs, and the group of all its outermost nodes."""
# ruff: noqa: N802 - Nuke's names

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .classes import CLASSES
from .formats import Format
from .frame_range import FrameRange
from .group import Group
from .words import split

if TYPE_CHECKING:
    from .session import Session


class Root(Group):
    """``nuke.Root``."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, CLASSES["Root"], None)

    def name(self) -> str:
        """The path of the script, ``Root`` before it has one."""
        return str(self._knobs["name"].value()) or "Root"

    def fullName(self) -> str:
        return "root"

    def setName(self, name: str, uncollide: bool = True, updateExpressions: bool = False) -> None:  # noqa: N803
        self.load_script_name(name)

    def maxInputs(self) -> int:
        return 0

    def format(self) -> Format:
        found: Any = self._knobs["format"]
        return found.format()  # type: ignore[no-any-return]

    def frameRange(self) -> FrameRange:
        return FrameRange(int(self["first_frame"].value()), int(self["last_frame"].value()))

    def setFrame(self, frame: float) -> None:
        self.current_frame = frame

    def fps(self) -> int:
        return int(self["fps"].value())

    def realFps(self) -> float:
        return float(self["fps"].value())

    def proxy(self) -> bool:
        return bool(self["proxy"].value())

    def setProxy(self, proxy: bool) -> None:
        self["proxy"].setValue(bool(proxy))

    def modified(self) -> bool:
        return False

    def setModified(self, modified: bool) -> None:
        """Nothing: the fake never asks whether to save."""

    # For the fake itself

    @property
    def current_frame(self) -> float:
        """The frame that the viewer, or a render, is at."""
        return float(self._knobs["frame"].value())

    @current_frame.setter
    def current_frame(self, frame: float) -> None:
        self._knobs["frame"].setValue(frame)

    def view_names(self) -> list[str]:
        """The script's views: a line each in the knob ``views``, the name first."""
        names = []
        for line in str(self._knobs["views"].value()).splitlines():
            for word in split(line)[:1]:
                names.append(split(word.text)[0].text)
        return names or ["main"]

    def load_script_name(self, path: str) -> None:
        """Name the script."""
        self._knobs["name"].load(path)
