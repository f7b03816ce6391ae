"""``nuke.execute`` and what belongs to the main thread; undo groups."""

# ruff: noqa: N802, N803 - the names are Nuke's

from __future__ import annotations

from typing import Any, Mapping, Sequence

from .. import application
from ..frame_range import FrameRange, FrameRanges
from .main_only import main_only
from .nodes import node_of


@main_only
def execute(
    nameOrNode: Any,
    start: Any = None,
    end: Any = None,
    incr: Any = 1,
    views: Sequence[str] | None = None,
    continueOnError: bool = False,
) -> None:
    """Render one node; also ``execute(node, ranges, views)`` with FrameRange or FrameRanges.

    Without a range: the frame that is current. With ``continueOnError``, what failed is printed only.
    """
    running = application.current()
    node = node_of(nameOrNode)
    if isinstance(start, (FrameRange, FrameRanges)):
        frames = _frames([start])
        views = end if end is not None else views
    else:
        first = int(running.session.root.current_frame) if start is None else int(start)
        frames = _frames([(first, first if end is None else int(end), int(incr))])
    running.execution.execute([node], frames, views or (), continueOnError)


@main_only
def executeMultiple(
    nodes: Sequence[Any],
    ranges: Any,
    views: Sequence[str] | None = None,
    continueOnError: bool = False,
) -> None:
    """Render several nodes, all at a frame before the next.

    :param ranges: FrameRanges, or a list of FrameRange or (first, last, step).
    """
    wanted = [node_of(node) for node in nodes]
    frames = _frames([ranges] if isinstance(ranges, (FrameRange, FrameRanges)) else ranges)
    application.current().execution.execute(wanted, frames, views or (), continueOnError)


def executeInMainThread(call: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None) -> None:
    application.current().main_thread.call(call, args, kwargs)


def executeInMainThreadWithResult(call: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None) -> Any:
    return application.current().main_thread.call_with_result(call, args, kwargs)


class Undo:
    """Undo groups. The fake undoes nothing but deletions, and keeps no groups."""

    def __init__(self, name: str = "") -> None:
        self._name = name

    def __enter__(self) -> Undo:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    @staticmethod
    def begin(name: str = "") -> None:
        return None

    @staticmethod
    def end() -> None:
        return None

    @staticmethod
    def name(name: str = "") -> None:
        return None

    @staticmethod
    def disable() -> None:
        return None

    @staticmethod
    def enable() -> None:
        return None


def _frames(ranges: Any) -> list[int]:
    frames: list[int] = []
    for one in ranges:
        if isinstance(one, FrameRanges):
            frames += one.toFrameList()
        else:
            frames += list(one if isinstance(one, FrameRange) else FrameRange(*one))
    return frames
