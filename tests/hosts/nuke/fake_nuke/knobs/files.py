"""File names, with frame numbers and views in them."""
# ruff: noqa: N802 - Nuke's names

from __future__ import annotations

import re
from typing import Any, ClassVar

from ..frame_range import FrameRange
from .texts import EvalString_Knob

_FRAME = re.compile(r"#+|%0?(\d*)d")
_RANGE = re.compile(r"(.*\S)\s+(-?\d+(?:-(-?\d+))?)$")


class File_Knob(EvalString_Knob):  # noqa: N801 - Nuke's name
    """A file or a sequence: ``plate.####.exr``, ``plate.%04d.exr``; ``%V`` is the view, ``%v`` its
    initial.
    """

    TYPE: ClassVar[int | None] = 2

    def setValue(self, value: Any) -> bool:
        if isinstance(value, str) and "\\" in value:
            self._warn(f"a backslash in the file name {value}")
        return super().setValue(value)

    def fromUserText(self, text: str) -> None:
        """Take what a user types: a file name and, for a Read, the frame range after it."""
        match = _RANGE.match(text)
        self.setValue((match.group(1) if match else text).replace("\\", "/"))
        if match is None or self._node is None or self._node.Class() != "Read":
            return
        frames = FrameRange(match.group(2))
        for name, frame in (("first", frames.first()), ("last", frames.last())):
            self._node[name].setValue(frame)
            self._node["orig" + name].setValue(frame)

    def evaluated(self) -> str:
        """The file of the session's frame and view."""
        return _FRAME.sub(self._number, self.getEvaluatedValue())

    def evaluated_text(self) -> str:
        """What ``[value ...]`` gives: commands are replaced, the marks for frame and view are not."""
        return str(super().evaluated())

    def getEvaluatedValue(self, oc: Any | None = None) -> str:
        """As :meth:`evaluate`, with the frame's padding kept."""
        view = self.session.view
        return self.evaluated_text().replace("%V", view).replace("%v", view[:1])

    def _number(self, match: Any) -> str:
        width = len(match.group()) if match.group().startswith("#") else int(match.group(1) or 0)
        return f"{int(self.session.frame):0{width}d}"
