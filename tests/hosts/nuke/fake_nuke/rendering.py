"""One frame of one Write."""

from __future__ import annotations

import os
from typing import Any, Sequence

from .session import Session

_WRITE_KNOBS = ("channels", "datatype", "compression", "raw", "colorspace", "premultiplied")


def refuse_unless_executable(node: Any) -> None:
    """:raises RuntimeError: ``node`` is no Write, has no input, or is disabled."""
    if node.Class() != "Write" or node.input(0) is None:
        raise RuntimeError(f"{node.fullName()} cannot be executed")
    if node["disable"].value():
        raise RuntimeError(f"{node.fullName()} cannot be executed: it is disabled")


def may_render(node: Any, frame: int) -> bool:
    """Whether ``frame`` lies within the Write's limit, if it has one."""
    return not node["use_limit"].value() or node["first"].value() <= frame <= node["last"].value()


class FrameWriter:
    """Writes frames of the script of ``session``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def validate(self, node: Any, frame: int, views: Sequence[str]) -> None:
        """Look at everything that ``node`` would render, without rendering it.

        :raises RuntimeError: the graph means nothing, or a Read's file is not there.
        """
        for view in views:
            with _Named(node):
                self._session.pixels.validate(self._session.flatten(node.input(0), frame, view))

    def write(self, node: Any, frame: int, views: Sequence[str]) -> None:
        """Render ``node`` at ``frame``: a file for each view.

        :raises RuntimeError: as :meth:`validate`; the file can't be written; several views, one file.
        """
        written: list[str] = []
        for view in views:
            with _Named(node), self._session.at(frame, view):
                path = self._path(node, frame)
                if path in written:
                    raise RuntimeError(f"{path} is the file of several views; put %V into its name")
                written.append(path)
                ops = self._session.flatten(node.input(0), frame, view)
                self._session.pixels.write(ops=ops, file=path, **self._options(node, view))

    def _path(self, node: Any, frame: int) -> str:
        path = str(node["file"].evaluate(frame) or "")
        if not path:
            raise RuntimeError("no file name")
        folder = os.path.dirname(path)
        if folder and not os.path.isdir(folder):
            if not node["create_directories"].value():
                raise RuntimeError(f"can't open {path}: there is no folder {folder}")
            os.makedirs(folder, exist_ok=True)
        return path

    def _options(self, node: Any, view: str) -> dict[str, Any]:
        root = self._session.root
        scale = float(root["proxy_scale"].value()) if root.proxy() else 1.0
        values = {name: node[name].value() for name in _WRITE_KNOBS if node.knob(name) is not None}
        return dict(values, scale=scale, view=view, working_space=root["workingSpaceLUT"].value())


class _Named:
    """Puts a node's name before what went wrong in it."""

    def __init__(self, node: Any) -> None:
        self._name = node.fullName()

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, fault: Any, where: Any) -> None:
        if isinstance(fault, RuntimeError):
            raise RuntimeError(f"{self._name}: {fault}") from fault
