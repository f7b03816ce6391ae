"""``nuke.execute``: one render at a time, started from the top, told to nobody's surprise."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Callable, Sequence

from .blocks import Blocks
from .events import Events
from .rendering import FrameWriter, may_render, refuse_unless_executable
from .session import Session

if TYPE_CHECKING:
    from .main_thread import MainThread


class CancelledError(Exception):
    """``nuke.CancelledError``: some releases of Nuke raise it when the artist cancels."""


class Execution:
    """The renders of one running Nuke.

    ``cancel_after``: frames after which the artist presses Cancel in the next render; ``None``: never.
    ``cancels_with``: what a cancelled render raises, ``RuntimeError`` or :class:`CancelledError`.
    ``between_frames``: called in the event loop with each frame that is done.
    ``seconds``: what all renders took.
    """

    def __init__(self, session: Session, events: Events, main_thread: MainThread, blocks: Blocks) -> None:
        self.cancel_after: int | None = None
        self.cancels_with: type[Exception] = RuntimeError
        self.between_frames: Callable[[int], None] = _nothing
        self.seconds = 0.0
        self._session = session
        self._events = events
        self._main_thread = main_thread
        self._blocks = blocks
        self._writer = FrameWriter(session)
        self._running = False

    def execute(
        self,
        nodes: Sequence[Any],
        frames: Sequence[int],
        views: Sequence[str] = (),
        keep_going: bool = False,
    ) -> list[str]:
        """Render ``nodes``, all of them at a frame before the next frame.

        :param views: empty: every view of the script.
        :param keep_going: go on after a frame that failed.
        :returns: what failed, a line a frame; empty without ``keep_going``.
        :raises RuntimeError: something is being executed or a callback runs; a node can't be executed; a
            callback raised; a file is missing or can't be written; the artist cancelled.
        """
        if self._running or self._events.under_way:
            raise RuntimeError("I'm already executing something else.")
        for node in nodes:
            refuse_unless_executable(node)
        began = time.monotonic()
        before = self._session.root.current_frame
        self._running = True
        try:
            with self._blocks.apart():
                return self._render(nodes, frames, list(views) or self._session.views, keep_going)
        finally:
            self._running = False
            self.cancel_after = None
            self._session.frame = before
            self.seconds += time.monotonic() - began

    def _render(
        self, nodes: Sequence[Any], frames: Sequence[int], views: Sequence[str], keep_going: bool
    ) -> list[str]:
        failed: list[str] = []
        if frames:
            self._session.frame = frames[0]
        if self._session.harsh and frames:
            for node in nodes:
                self._writer.validate(node, frames[0], views)
        for node in nodes:
            self._events.demand("beforeRender", node)
        for done, frame in enumerate(frames):
            self._let_the_artist_in(done)
            for node in nodes:
                try:
                    self._frame(node, frame, views)
                except RuntimeError as fault:
                    if not keep_going:
                        raise
                    failed.append(f"{node.fullName()}, frame {frame}: {fault}")
                    print(failed[-1], file=sys.stderr)
            self.between_frames(frame)
        for node in nodes:
            self._events.demand("afterRender", node)
        return failed

    def _frame(self, node: Any, frame: int, views: Sequence[str]) -> None:
        if not may_render(node, frame):
            return
        self._session.frame = frame
        if self._session.harsh:
            self._writer.validate(node, frame, views)
        self._events.demand("beforeFrameRender", node)
        self._writer.write(node, frame, views)
        self._events.demand("afterFrameRender", node)

    def _let_the_artist_in(self, done: int) -> None:
        if self._session.gui:
            self._main_thread.run_pending()
        if self.cancel_after is not None and done >= self.cancel_after:
            raise self.cancels_with("Cancelled")


def _nothing(_frame: int) -> None:
    pass
