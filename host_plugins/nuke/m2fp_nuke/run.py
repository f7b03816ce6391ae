"""Computing the masks of a node for some frames: one with the daemon, the next on its way there."""

from __future__ import annotations

import getpass
import os
import shutil
import tempfile
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any, Callable, Iterator

from m2fp_host.client import Client
from m2fp_host.errors import (
    BadRequest,
    Busy,
    Cancelled,
    Internal,
    M2FPError,
    NoDaemon,
    Timeout,
    VersionMismatch,
)
from m2fp_host.exr_header import read_header
from m2fp_host.rendered_plate import canonical

from .freshness import Freshness
from .input_render import render_input
from .mask_files import make_folder, mask_file
from .outcome import Outcome
from .plates import RenderedInput, plate_of
from .vendored import import_zmq

if TYPE_CHECKING:
    from .main_thread import MainThread
    from .settings import Settings

IN_FLIGHT = 2
"""One frame computed, one prefetched: hashed, rendered if need be, sent."""

BUSY_PAUSE = 0.5
"""Seconds until Nuke is asked again to render an input, while it renders something else."""

SILENCE = 60.0
"""Seconds until a batch that found no daemon looks again: a farm may render frame by frame."""

_SILENT: dict[str, tuple[float, NoDaemon]] = {}
"""Endpoints where nobody answered, and when that was."""

OnProgress = Callable[[int, str, float], None]
"""Called from the run's threads with frames done, what goes on, and the share done of the frame at work."""


class Run:
    """The frames of one node. Make it in the main thread; :meth:`execute` it in another one.

    :param frames: in this order. With automatic exposure the first of them finds it for all.
    :param may_render: whether the node's input may be rendered; not so inside of a render.
    :param priority: ``interactive``, ``normal`` or ``batch``.
    """

    def __init__(
        self,
        node: Any,
        settings: Settings,
        frames: list[int],
        main: MainThread,
        *,
        may_render: bool = True,
        priority: str = "normal",
        on_progress: OnProgress | None = None,
    ) -> None:
        self._node = node
        self._settings = settings
        self._shots = [(frame, view) for frame in frames for view in settings.views]
        self._main = main
        self._may_render = may_render
        self._priority = priority
        self._on_progress = on_progress
        self._exposure = settings.exposure
        self._next: Iterator[tuple[int, str]] = iter(())
        self._taking = threading.Lock()
        self._told = threading.Lock()
        self._fatal: M2FPError | None = None
        self._lost: M2FPError | None = None
        self._freshness = Freshness()
        self._folder = ""
        self.cancel = threading.Event()
        self.outcome = Outcome(settings.name, settings.endpoint)

    @property
    def total(self) -> int:
        return len(self._shots)

    def node_is_there(self) -> bool:
        """Whether the node is still in the script that is open; if not, the run ends. In the main thread."""
        try:
            self._node.name()
        except ValueError:
            self.cancel.set()
            return False
        return True

    def execute(self) -> Outcome:
        """Compute what is missing or out of date. Never raises: what fails is in the outcome."""
        try:
            self._folder = tempfile.mkdtemp(prefix="m2fp-")
            try:
                with Client(self._settings.endpoint, timeout=self._settings.timeout) as client:
                    self._ask_for_engines(client)
                    self._all(client)
            finally:
                shutil.rmtree(self._folder, ignore_errors=True)
        except Exception as fault:  # noqa: BLE001 (or a thread would end, and the frames with it, unnoticed)
            self._fatal = _unforeseen(fault)
        self._fail_the_rest()
        self._note_channels()
        return self.outcome

    def _ask_for_engines(self, client: Client) -> None:
        """No daemon, and no way to talk to one, is no fault yet: all masks may be there."""
        try:
            import_zmq()
        except M2FPError as error:
            self._lost = error
            return
        endpoint, now = self._settings.endpoint, time.monotonic()
        if self._priority == "batch" and endpoint in _SILENT and now - _SILENT[endpoint][0] < SILENCE:
            self._lost = _SILENT[endpoint][1]
            return
        try:
            self._freshness = Freshness(client.status().models)
        except NoDaemon as error:
            self._lost = error
            _SILENT[endpoint] = (now, error)
        except M2FPError as error:
            self._fatal = error

    def _all(self, client: Client) -> None:
        shots = list(self._shots)
        while shots and self._exposure == "auto" and not self._over():
            self._shot(client, *shots.pop(0))
        self._next = iter(shots)
        threads = [
            threading.Thread(target=self._lane, args=(client,), name=f"m2fp {lane}", daemon=True)
            for lane in range(min(IN_FLIGHT, len(shots)))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _fail_the_rest(self) -> None:
        """What nobody came to any more, for a reason that all frames share."""
        if self._fatal is not None:
            ended = {*self.outcome.parsed, *self.outcome.skipped, *self.outcome.failed}
            rest = [shot for shot in self._shots if shot not in ended]
            self.outcome.failed.update(dict.fromkeys(rest, self._fatal))

    def _note_channels(self) -> None:
        """Which channels the masks really have, made now or before."""
        for frame, view in (self.outcome.parsed + self.outcome.skipped)[-1:]:
            try:
                header = read_header(mask_file(self._settings.pattern, frame, view))
            except M2FPError:
                return
            self.outcome.channels = tuple(channel.name for channel in header.channels() or ())

    def _over(self) -> bool:
        return self.cancel.is_set() or self._fatal is not None

    def _lane(self, client: Client) -> None:
        while not self._over():
            with self._taking:
                shot = next(self._next, None)
            if shot is None:
                return
            self._shot(client, *shot)

    def _shot(self, client: Client, frame: int, view: str) -> None:
        """One frame of one view, with its end in the outcome."""
        outcome, shot = self.outcome, (frame, view)
        try:
            parsed = self._parse(client, frame, view)
        except Cancelled:
            outcome.cancelled = True
            self.cancel.set()
        except NoDaemon as error:  # masks of other frames may be there all the same
            self._lost = outcome.failed[shot] = error
        except VersionMismatch as error:
            self._fatal = outcome.failed[shot] = error
        except M2FPError as error:
            outcome.failed[shot] = error
        except Exception as fault:  # noqa: BLE001 (see execute; ValueError: the node was deleted meanwhile)
            outcome.failed[shot] = _unforeseen(fault)
            if not isinstance(fault, (RuntimeError, OSError)):
                self._fatal = outcome.failed[shot]
        else:
            (outcome.parsed if parsed else outcome.skipped).append(shot)
        self._tell(f"frame {frame}", 0.0)

    def _parse(self, client: Client, frame: int, view: str) -> bool:
        """Compute one frame; False if its masks are up to date."""
        out = mask_file(self._settings.pattern, frame, view)
        plate = self._on_main(lambda: plate_of(self._node, self._settings, frame, view))
        if not isinstance(plate, RenderedInput):
            return self._send(client, plate.path, out, plate.colour_space, frame)
        if not self._may_render:
            self._accept(out, plate)
            return False
        if self._lost is not None and not os.path.isfile(out):
            raise self._lost
        self._tell(f"frame {frame}: rendering the input", 0.0)
        path = self._render(frame, view)
        try:
            canonical(path)
            return self._send(client, path, out, plate.colour_space, frame)
        finally:
            os.remove(path)

    def _accept(self, out: str, plate: RenderedInput) -> None:
        """Take the masks that are there: what they were made of can't be rendered now.

        :raises BadRequest: there are none, or they are of other settings.
        """
        made = self._freshness.made_with(out, self._wanted(plate.colour_space))
        if made is None:
            state = "its masks are of other settings" if os.path.isfile(out) else "there are no masks"
            raise BadRequest(
                f"{state}, and the input has to be rendered for new ones ({plate.reason})",
                "parse the range in Nuke before, or render with m2fp_batch.py",
            )
        self._hold(made.exposure)

    def _wanted(self, colour_space: str) -> dict[str, Any]:
        return dict(self._settings.parameters, colour_space=colour_space, exposure=self._exposure)

    def _send(self, client: Client, plate: str, out: str, colour_space: str, frame: int) -> bool:
        wanted = self._wanted(colour_space)
        if self._settings.skip_existing:
            made = self._freshness.up_to_date(out, plate, wanted, self._check)
            if made is not None:
                self._hold(made.exposure)
                return False
        if self._lost is not None:
            raise self._lost
        make_folder(out)
        masks = client.parse(
            plate,
            out,
            on_progress=lambda stage, share: self._tell(f"frame {frame}: {stage}", share),
            cancel=self.cancel,
            priority=self._priority,
            user=_user(),
            **wanted,
        )
        self.outcome.report = masks.report
        self.outcome.warn(frame, masks.report.get("warnings", []))
        self._hold(float(masks.report["exposure"]))
        return True

    def _hold(self, exposure: float | None) -> None:
        """Send the first frame's automatic exposure with all others, so that nothing flickers."""
        if self._exposure == "auto" and exposure is not None:
            # The daemon uses thousandths; a file's header has the nearest 32-bit number.
            self._exposure = self.outcome.exposure = round(exposure, 3)

    def _render(self, frame: int, view: str) -> str:
        end = time.monotonic() + self._settings.timeout
        while True:
            try:
                return str(self._on_main(lambda: render_input(self._node, frame, view, self._folder)))
            except Busy:
                if time.monotonic() > end:
                    raise Timeout("Nuke was busy with another render", "parse when it is done") from None
                if self.cancel.wait(BUSY_PAUSE):
                    raise Cancelled("cancelled") from None

    def _on_main(self, function: Callable[[], Any]) -> Any:
        return self._main.call(function, self.cancel.is_set, self._settings.timeout)

    def _check(self) -> None:
        if self.cancel.is_set():
            raise Cancelled("cancelled")

    def _tell(self, what: str, share: float) -> None:
        if self._on_progress is not None:
            with self._told:
                done = len(self.outcome.parsed) + len(self.outcome.skipped) + len(self.outcome.failed)
                self._on_progress(done, what, share)


def _unforeseen(fault: Exception) -> Internal:
    if not isinstance(fault, (RuntimeError, OSError, ValueError)):  # those speak for themselves
        traceback.print_exc()
    kind = type(fault).__name__
    return Internal(f"{kind}: {fault}", "parse again; if it stays, report it with what Nuke's terminal says")


def _user() -> str:
    try:
        return getpass.getuser()[:64]
    except (KeyError, OSError, ImportError):  # no name for this uid: a container
        return ""
