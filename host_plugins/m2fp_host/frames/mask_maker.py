"""The masks of one frame: from its plate, or from what the host renders, by the daemon."""

from __future__ import annotations

import getpass
import os
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Callable

from m2fp_host.errors import BadRequest, Busy, Cancelled, M2FPError, NoDaemon
from m2fp_host.exr_header import read_header
from m2fp_host.rendered_plate import canonical

from .freshness import Freshness
from .job import make_folder
from .plates import ToRender

if TYPE_CHECKING:
    from m2fp_host.client import Client

    from .host_node import HostNode
    from .job import Job
    from .main_thread import MainThread
    from .outcome import Outcome

BATCH = "batch"

BUSY_PAUSE = 0.5
"""Seconds until the host is asked again to render a plate, while it renders something else."""

SILENCE = 60.0
"""Seconds until a batch that found no daemon looks again: a farm may render frame by frame."""

_silent: dict[str, tuple[float, NoDaemon]] = {}
"""Endpoints where nobody answered, and when that was."""


def forget_silence() -> None:
    """Somebody may have started a daemon since: ask again at once."""
    _silent.clear()


class MaskMaker:
    """Makes masks for a run, from several of its threads at once.

    ``exposure``: stops, or ``"auto"`` until the first frame has found them.
    """

    def __init__(
        self,
        node: HostNode,
        job: Job,
        main: MainThread,
        outcome: Outcome,
        cancel: threading.Event,
        tell: Callable[[str, float], None],
        may_render: bool,
        priority: str,
    ) -> None:
        self._node = node
        self._job = job
        self._main = main
        self._outcome = outcome
        self._cancel = cancel
        self._tell = tell
        self._may_render = may_render
        self._priority = priority
        self._client: Any = None
        self._lost: M2FPError | None = None
        self._freshness = Freshness()
        self._folder = ""
        self._making_folder = threading.Lock()
        self.exposure = job.exposure

    def begin(self, client: Client) -> None:
        """Ask the daemon for its engines. None, and no way to talk to one, is no fault yet: all masks may be
        there.

        :raises M2FPError: it answers, but can't be talked to.
        """
        self._client = client
        try:
            self._node.import_zmq()
        except M2FPError as error:
            self._lost = error
            return
        endpoint, now = self._job.endpoint, time.monotonic()
        if self._priority == BATCH and endpoint in _silent and now - _silent[endpoint][0] < SILENCE:
            self._lost = _silent[endpoint][1]
            return
        try:
            self._freshness = Freshness(client.status().models)
            _silent.pop(endpoint, None)
        except NoDaemon as error:
            self._lost = error
            _silent[endpoint] = (now, error)

    def close(self) -> None:
        """Remove what was rendered."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def make(self, frame: int, view: str) -> bool:
        """Compute one frame; False if its masks are up to date.

        :raises M2FPError: why there are no masks of it.
        """
        out = self._job.masks(frame, view)
        plate = self._on_main(lambda: self._node.plate(frame, view))
        if not isinstance(plate, ToRender):
            return self._send(plate.path, out, plate.colour_space, frame)
        if not self._may_render:
            self._accept(out, plate, frame)
            return False
        if self._lost is not None and not os.path.isfile(out):
            raise self._lost
        self._tell(f"frame {frame}: rendering the plate", 0.0)
        path = self._render(frame, view)
        try:
            canonical(path)
            return self._send(path, out, plate.colour_space, frame)
        finally:
            with suppress(OSError):  # the folder goes at the end; a virus scanner may hold the file now
                os.remove(path)

    def _send(self, plate: str, out: str, colour_space: str, frame: int) -> bool:
        wanted = self._wanted(colour_space)
        if self._job.skip_existing:
            self._refuse_other_engine(out)
            made = self._freshness.up_to_date(out, plate, wanted, self._check)
            if made is not None:
                self._hold(made.exposure)
                return False
        if self._lost is not None:
            raise self._lost
        make_folder(out)
        try:
            masks = self._client.parse(
                plate,
                out,
                on_progress=lambda stage, share: self._tell(f"frame {frame}: {stage}", share),
                cancel=self._cancel,
                priority=self._priority,
                user=_user(),
                **wanted,
            )
        except NoDaemon as error:  # the next frames need not wait for it
            self._lost = error
            raise
        self._outcome.report = masks.report
        self._outcome.warn(frame, masks.report.get("warnings", []))
        self._hold(float(masks.report["exposure"]))
        return True

    def _accept(self, out: str, plate: ToRender, frame: int) -> None:
        """Take the masks that are there: what they were made of can't be rendered now.

        :raises BadRequest: there are none, or they are of other settings.
        """
        self._refuse_other_engine(out)
        made = self._freshness.made_with(out, self._wanted(plate.colour_space))
        if made is None:
            state = "its masks are of other settings" if os.path.isfile(out) else "there are no masks"
            raise BadRequest(
                f"{state}, and the plate has to be rendered for new ones ({plate.reason})",
                self._node.parse_first,
            )
        self._refuse_other_size(out, plate)
        if not self._node.vouches_for(frame):
            unseen = f"its masks are taken unseen: nobody looked whether the plate changed ({plate.reason})"
            self._outcome.warn(frame, [unseen])
        self._hold(made.exposure)

    def _refuse_other_size(self, out: str, plate: ToRender) -> None:
        """:raises BadRequest: the plate would have another size now, where the host knows that."""
        window = read_header(out).box("displayWindow")
        if plate.size is None or window is None:
            return
        there = (window.right - window.left + 1, window.bottom - window.top + 1)
        if there != plate.size:
            sizes = "its masks are of a plate of {} x {}, and it is {} x {} now".format(*there, *plate.size)
            raise BadRequest(sizes, self._node.parse_first)

    def _refuse_other_engine(self, out: str) -> None:
        """Two machines of a farm must not make each other's masks again, or mix engines in one shot.

        :raises BadRequest: in batch, masks by an engine that this daemon has not.
        """
        if self._priority != BATCH or self._job.parameters["engine"] != "auto":
            return
        engine = self._freshness.engine_of_others(out)
        if engine:
            raise BadRequest(
                f"its masks are by engine {engine}, which the daemon at {self._job.endpoint} has not",
                "install its weights there, or choose an engine on the node instead of auto",
            )

    def _wanted(self, colour_space: str) -> dict[str, Any]:
        return dict(self._job.parameters, colour_space=colour_space, exposure=self.exposure)

    def _hold(self, exposure: float | None) -> None:
        """Send the first frame's automatic exposure with all others, so that nothing flickers."""
        if self.exposure == "auto" and exposure is not None:
            # The daemon uses thousandths; a file's header has the nearest 32-bit number.
            self.exposure = self._outcome.exposure = round(exposure, 3)

    def _render(self, frame: int, view: str) -> str:
        with self._making_folder:
            self._folder = self._folder or tempfile.mkdtemp(prefix="m2fp-")
        while True:  # for as long as the host renders something else, or until the artist cancels
            try:
                return str(self._on_main(lambda: self._node.render(frame, view, self._folder)))
            except Busy:
                if self._cancel.wait(BUSY_PAUSE):
                    raise Cancelled("cancelled") from None

    def _on_main(self, function: Callable[[], Any]) -> Any:
        return self._main.call(function, self._cancel.is_set)

    def _check(self) -> None:
        if self._cancel.is_set():
            raise Cancelled("cancelled")


def _user() -> str:
    try:
        return getpass.getuser()[:64]
    except (KeyError, OSError, ImportError):  # no name for this uid: a container
        return ""
