"""An M2FP node as its run sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from m2fp_host.frames.host_node import HostNode

from .input_render import render_input
from .plates import plate_of
from .vendored import import_zmq

if TYPE_CHECKING:
    from m2fp_host.frames.plates import Plate

    from .settings import Settings


class NukeNode(HostNode):
    """``node`` with its knobs as they were when the run began."""

    parse_first = "parse the range in Nuke before, or render with m2fp_batch.py"

    def __init__(self, node: Any, settings: Settings) -> None:
        self._node = node
        self._settings = settings

    def import_zmq(self) -> None:
        import_zmq()

    def plate(self, frame: int, view: str) -> Plate:
        return plate_of(self._node, self._settings, frame, view)

    def render(self, frame: int, view: str, folder: str) -> str:
        return render_input(self._node, frame, view, folder)
