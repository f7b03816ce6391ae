"""What the extension adds to a render, frame by frame, and how long Blender takes with its masks.

Order: ``folder``, ``image``, ``size``, ``last``, ``endpoint``, ``fetch``. Found, in milliseconds for each
frame: ``computed`` and ``present``, what the handler takes beyond the daemon and beyond Blender's load of the
masks, in a render that computes them and in one that finds them; ``load``, that load; ``frame``, from the
beginning of ``render_pre`` to ``render_post``, with the masks there.
"""

from __future__ import annotations

import importlib
import time
from pathlib import Path
from typing import Any

import bpy
from desk import EXTENSION, answer, composite, order, press, scene_for, switch_on

from m2fp_host.client import Client


class Watch:
    """Takes the place of the extension's handler and of its call to the daemon."""

    def __init__(self, group: bpy.types.NodeTree) -> None:
        self.image = group.nodes["masks"].image
        self.overheads: list[float] = []
        self.loads: list[float] = []
        self.calls = 0
        self._daemon = 0.0
        self._batch: Any = importlib.import_module(f"{EXTENSION}.batch")
        self._before_frame, self._parse = self._batch.before_frame, Client.parse

    def __enter__(self) -> Watch:
        def before_frame(scene: bpy.types.Scene) -> None:
            self._daemon = 0.0
            handler = timed(self._before_frame, scene)
            # Once more by itself: it reads the file again, and what it took within the handler can't be had.
            load = timed(self.image.reload)
            self.loads.append(load)
            self.overheads.append(handler - self._daemon - load)

        def parse(*arguments: Any, **keywords: Any) -> Any:
            self.calls += 1
            began = time.perf_counter()
            try:
                return self._parse(*arguments, **keywords)
            finally:
                self._daemon += (time.perf_counter() - began) * 1000

        self._batch.before_frame = before_frame
        Client.parse = parse  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        self._batch.before_frame = self._before_frame
        Client.parse = self._parse  # type: ignore[method-assign]


def timed(call: Any, *arguments: Any) -> float:
    """Milliseconds that a call takes."""
    began = time.perf_counter()
    call(*arguments)
    return (time.perf_counter() - began) * 1000


def frames_of_a_render() -> list[float]:
    """Render the animation; milliseconds of each frame, without what writing it takes."""
    spent: list[float] = []

    def begin(*_: Any) -> None:
        spent.append(time.perf_counter())

    def end(*_: Any) -> None:
        spent[-1] = (time.perf_counter() - spent[-1]) * 1000

    before, after = bpy.app.handlers.render_pre, bpy.app.handlers.render_post
    before.insert(0, begin)
    after.append(end)
    bpy.ops.render.render(animation=True)
    before.remove(begin)
    after.remove(end)
    return spent


def session(wanted: dict[str, Any]) -> None:
    """Masks of the first frame, then three renders: with masks to compute, with all there, undisturbed."""
    folder = Path(wanted["folder"])
    switch_on()
    scene = scene_for(folder, wanted["size"], wanted["last"])
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "shot.blend"))
    group = composite(scene)
    image = bpy.data.images.load(wanted["image"])
    image.source = "SEQUENCE"
    group.m2fp.image, group.m2fp.endpoint = image, wanted["endpoint"]
    group.m2fp.part, group.m2fp.fetch = "hair", wanted["fetch"]
    fault = press(bpy.ops.m2fp.update)
    with Watch(group) as computing:
        bpy.ops.render.render(animation=True)
    with Watch(group) as finding:
        bpy.ops.render.render(animation=True)
    answer(
        fault=fault,
        calls=[computing.calls, finding.calls],
        parts=[socket.name for socket in group.nodes["masks"].outputs],
        computed=computing.overheads[1:],  # the first frame's masks were there
        present=finding.overheads,
        load=finding.loads,
        frame=frames_of_a_render(),
    )


session(order())
