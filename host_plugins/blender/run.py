"""Frames of one group through the daemon, while Blender goes on or until they are done."""

from __future__ import annotations

import threading

import bpy

from m2fp_host.frames.main_thread import MainThread
from m2fp_host.frames.outcome import Outcome
from m2fp_host.frames.run import Run

from . import parsed_frames
from .group_node import GroupNode
from .settings import VIEW, Settings, settings_of

_AT_ONCE = 0.02
"""Seconds that Blender may stand still at each look at a run, but for the rendering of plates."""


class GroupRun:
    """A run of one group. Make it, and call all of it, in the main thread.

    :param frames: in this order; where the exposure has still to be found, the scene's first one goes before
        them: every machine of a farm finds the same.
    :param may_render: not so inside of a render.
    :raises M2FPError: the group's settings make no sense.
    """

    def __init__(
        self,
        tree: bpy.types.NodeTree,
        scene: bpy.types.Scene,
        frames: list[int],
        *,
        may_render: bool = True,
        priority: str = "normal",
    ) -> None:
        self.settings: Settings = settings_of(tree)
        self.node = GroupNode(tree, scene)
        self._first = (scene.frame_start, VIEW)
        self._may_render = may_render
        if self.settings.exposure == "auto":
            frames = list(dict.fromkeys([scene.frame_start, *frames]))
        self._main = MainThread()
        self._run = Run(
            self.node,
            self.settings,
            frames,
            self._main,
            may_render=may_render,
            priority=priority,
            on_progress=self._note,
        )
        self._thread: threading.Thread | None = None
        self._done, self._what = 0, ""

    @property
    def total(self) -> int:
        """Frames."""
        return self._run.total

    def execute(self) -> Outcome:
        """Blocks to the end."""
        return self._finished(self._run.execute_here())

    def start(self) -> None:
        """Begin in threads; :meth:`step` again and again until it has an outcome."""
        self._thread = threading.Thread(target=self._run.execute, name="m2fp run", daemon=True)
        self._thread.start()

    def step(self) -> Outcome | None:
        """Do what the run needs of the main thread; the outcome at the end."""
        self._main.serve_for(_AT_ONCE)
        if self._thread is not None and self._thread.is_alive():
            return None
        return self._finished(self._run.outcome)

    def progress(self) -> tuple[int, str]:
        """Frames done, and what goes on."""
        return self._done, "cancelling" if self._run.cancel.is_set() else self._what

    def cancel(self) -> None:
        """End soon: the frame under way stops within a moment."""
        self._run.cancel.set()

    def _note(self, done: int, what: str, _: float) -> None:
        self._done, self._what = done, what

    def _finished(self, outcome: Outcome) -> Outcome:
        outcome.cancelled = outcome.cancelled or self._run.cancel.is_set()
        if self._first not in outcome.failed:  # else another machine would find other stops
            self.node.hold(outcome)
        if self._may_render:
            there = [frame for frame, _ in outcome.parsed + outcome.skipped]
            parsed_frames.remember(self.node.tree(), self.settings, there)
        return outcome
