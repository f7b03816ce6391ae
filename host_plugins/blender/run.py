"""The frames of one group through the daemon: one computed, the next on its way there."""

from __future__ import annotations

import os
import queue
import shutil
import tempfile
import threading
import traceback
from dataclasses import dataclass, field
from typing import Any

import bpy

from m2fp_host.client import Client
from m2fp_host.errors import Cancelled, Internal, M2FPError
from m2fp_host.patience import TICK

from . import frame_masks
from .plate_render import render_plate
from .plates import PlateFile, ToRender, plate_of
from .settings import settings_of

IN_FLIGHT = 2
"""One frame computed, one prefetched: hashed and sent."""


@dataclass
class Outcome:
    """What became of each frame. ``report``: the daemon's last one."""

    parsed: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    failed: dict[int, M2FPError] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    cancelled: bool = False

    @property
    def done(self) -> int:
        return len(self.parsed) + len(self.unchanged) + len(self.failed)

    def summary(self) -> str:
        """One line for the panel and the terminal."""
        said = [
            f"{len(frames)} frame{'' if len(frames) == 1 else 's'} {became}"
            for frames, became in (
                (self.parsed, "parsed"),
                (self.unchanged, "up to date"),
                (self.failed, "failed"),
            )
            if frames
        ]
        engine = self.report.get("engine")
        by = f" (engine {engine}, {self.report.get('licence', 'licence unknown')})" if engine else ""
        lines = [(", ".join(said) or "nothing to do") + by, *self.warnings]
        if self.cancelled:
            lines.append("cancelled")
        if self.failed:
            frame = min(self.failed)
            lines.append(f"frame {frame}: {self.failed[frame]}")
        return "; ".join(lines)


class Run:
    """Frames of one group. All methods in the main thread; :meth:`step` again and again until it is true."""

    def __init__(self, tree: bpy.types.NodeTree, scene: bpy.types.Scene, frames: list[int]) -> None:
        """:raises M2FPError: the group is not ready for any frame."""
        self.settings = settings_of(tree)
        self.outcome = Outcome()
        self.total = len(frames)
        self._tree, self._scene = tree, scene
        self._frames = list(frames)
        self._exposure = self.settings.exposure
        self._client = Client(self.settings.endpoint, timeout=self.settings.timeout)
        self._cancel = threading.Event()
        self._work: queue.Queue[tuple[int, PlateFile]] = queue.Queue()
        self._pending = 0
        self._ended: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        self._folder = ""
        self._threads = [
            threading.Thread(target=self._lane, name=f"m2fp {lane}", daemon=True) for lane in range(IN_FLIGHT)
        ]
        for thread in self._threads:
            thread.start()

    def step(self, wait: float = 0.0) -> bool:
        """Hand on the next frames and take what has ended, for up to ``wait`` seconds; true at the end."""
        most = 1 if self._exposure == "auto" else IN_FLIGHT
        while self._frames and self._pending < most and not self._cancel.is_set():
            self._hand_on(self._frames.pop(0))
        try:
            while True:
                self._take(*self._ended.get(timeout=wait) if wait else self._ended.get_nowait())
                wait = 0.0
        except queue.Empty:
            pass
        return not self._pending and (not self._frames or self._cancel.is_set())

    def cancel(self) -> None:
        """End soon: the frame under way stops within a moment."""
        self._cancel.set()
        self.outcome.cancelled = True

    def close(self) -> None:
        """End the connections and remove what was rendered."""
        self._cancel.set()
        self._client.close()
        for thread in self._threads:
            thread.join(1.0)
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def exposure(self) -> Any:
        """The stops that were found, or those that were set."""
        return self._exposure

    def _hand_on(self, frame: int) -> None:
        try:
            plate = plate_of(self._tree, frame)
            if isinstance(plate, ToRender):
                self._folder = self._folder or tempfile.mkdtemp(prefix="m2fp-")
                path = render_plate(self._tree, self._scene, frame, self._folder)
                plate = PlateFile(path, plate.colour_space)
        except M2FPError as error:
            self.outcome.failed[frame] = error
            return
        self._pending += 1
        self._work.put((frame, plate))

    def _lane(self) -> None:
        while not self._cancel.is_set():
            try:
                frame, plate = self._work.get(timeout=TICK)
            except queue.Empty:
                continue
            self._ended.put((frame, self._made(frame, plate)))

    def _made(self, frame: int, plate: PlateFile) -> dict[str, Any] | M2FPError:
        try:
            return frame_masks.parsed(
                self._client,
                self.settings,
                frame,
                plate,
                self._exposure,
                priority="interactive" if self.total == 1 else "normal",
                cancel=self._cancel,
            )
        except M2FPError as error:
            return error
        except Exception as fault:  # noqa: BLE001 (or the thread would end, and the run wait for ever)
            traceback.print_exc()
            return Internal(f"{type(fault).__name__}: {fault}", "parse again; if it stays, report it")
        finally:
            if self._folder and plate.path.startswith(self._folder) and os.path.exists(plate.path):
                os.remove(plate.path)

    def _take(self, frame: int, ended: Any) -> None:
        self._pending -= 1
        if isinstance(ended, Cancelled):
            return
        if isinstance(ended, M2FPError):
            self.outcome.failed[frame] = ended
        elif not ended:
            self.outcome.unchanged.append(frame)
            if self._exposure == "auto":
                self._exposure = frame_masks.exposure_of(self.settings.masks(frame))
        else:
            self.outcome.parsed.append(frame)
            self.outcome.report = ended
            self.outcome.warnings += [
                each for each in ended.get("warnings", []) if each not in self.outcome.warnings
            ]
            if self._exposure == "auto":
                self._exposure = round(float(ended["exposure"]), 3)
