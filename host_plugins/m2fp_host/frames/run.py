"""Computing the masks of a node for some frames: one with the daemon, the next on its way there."""

from __future__ import annotations

import threading
import traceback
from typing import TYPE_CHECKING, Callable, Iterator

from m2fp_host.client import Client
from m2fp_host.errors import Cancelled, Internal, M2FPError, NoDaemon, VersionMismatch
from m2fp_host.exr_header import read_header

from .mask_maker import MaskMaker
from .outcome import Outcome

if TYPE_CHECKING:
    from .host_node import HostNode
    from .job import Job
    from .main_thread import MainThread

IN_FLIGHT = 2
"""One frame computed, one prefetched: hashed, rendered if need be, sent."""

OnProgress = Callable[[int, str, float], None]
"""Called from the run's threads with frames done, what goes on, and the share done of the frame at work."""


class Run:
    """The frames of one node. Make it in the main thread; :meth:`execute` it in another one.

    :param frames: in this order. With automatic exposure the first of them finds it for all.
    :param may_render: whether the host may render a plate; not so inside of a render.
    :param priority: ``interactive``, ``normal`` or ``batch``.
    """

    def __init__(
        self,
        node: HostNode,
        job: Job,
        frames: list[int],
        main: MainThread,
        *,
        may_render: bool = True,
        priority: str = "normal",
        on_progress: OnProgress | None = None,
    ) -> None:
        self._job = job
        self._main = main
        self._shots = [(frame, view) for frame in frames for view in job.views]
        self._on_progress = on_progress
        self._next: Iterator[tuple[int, str]] = iter(())
        self._taking = threading.Lock()
        self._told = threading.Lock()
        self._fatal: M2FPError | None = None
        self.cancel = threading.Event()
        self.outcome = Outcome(job.name, job.endpoint)
        self._maker = MaskMaker(node, job, main, self.outcome, self.cancel, self._tell, may_render, priority)

    @property
    def total(self) -> int:
        return len(self._shots)

    def execute_here(self, between: Callable[[], None] = lambda: None) -> Outcome:
        """:meth:`execute` while this, the main thread, serves the run, and calls ``between`` now and then."""
        over = threading.Event()

        def work() -> None:
            try:
                self.execute()
            finally:
                over.set()
                self._main.wake()

        thread = threading.Thread(target=work, name=f"{self._job.name} run", daemon=True)
        thread.start()
        try:
            self._main.serve(over.is_set, between)
        except BaseException:  # Ctrl-C: what flies is cancelled, nothing half-written stays
            self.cancel.set()
            thread.join(5.0)
            raise
        return self.outcome

    def execute(self) -> Outcome:
        """Compute what is missing or out of date. Never raises: what fails is in the outcome."""
        try:
            with Client(self._job.endpoint, timeout=self._job.timeout) as client:
                self._all(client)
        except M2FPError as error:
            self._fatal = error
        except Exception as fault:  # noqa: BLE001 (or a thread would end, and the frames with it, unnoticed)
            self._fatal = _unforeseen(fault)
        finally:
            self._maker.close()
        self._fail_the_rest()
        self._note_channels()
        return self.outcome

    def _all(self, client: Client) -> None:
        self._maker.begin(client)
        shots = list(self._shots)
        while shots and self._maker.exposure == "auto" and not self._over():
            self._shot(*shots.pop(0))
        self._next = iter(shots)
        threads = [
            threading.Thread(target=self._lane, name=f"m2fp {lane}", daemon=True)
            for lane in range(min(IN_FLIGHT, len(shots)))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _fail_the_rest(self) -> None:
        """No frame that nobody came to may look like one that had nothing to do."""
        if not self.cancel.is_set():
            ended = {*self.outcome.parsed, *self.outcome.skipped, *self.outcome.failed}
            rest = [shot for shot in self._shots if shot not in ended]
            reason = self._fatal or Internal("the run ended early", "parse again; if it stays, report it")
            self.outcome.failed.update(dict.fromkeys(rest, reason))

    def _note_channels(self) -> None:
        """Which channels the masks really have, made now or before."""
        for frame, view in (self.outcome.parsed + self.outcome.skipped)[-1:]:
            try:
                header = read_header(self._job.masks(frame, view))
            except M2FPError:
                return
            self.outcome.channels = tuple(channel.name for channel in header.channels() or ())

    def _over(self) -> bool:
        return self.cancel.is_set() or self._fatal is not None

    def _lane(self) -> None:
        while not self._over():
            with self._taking:
                shot = next(self._next, None)
            if shot is None:
                return
            self._shot(*shot)

    def _shot(self, frame: int, view: str) -> None:
        """One frame of one view, with its end in the outcome."""
        outcome, shot = self.outcome, (frame, view)
        try:
            parsed = self._maker.make(frame, view)
        except Cancelled:
            outcome.cancelled = True
            self.cancel.set()
        except NoDaemon as error:  # masks of other frames may be there all the same
            outcome.failed[shot] = error
        except VersionMismatch as error:
            self._fatal = outcome.failed[shot] = error
        except M2FPError as error:
            outcome.failed[shot] = error
        except Exception as fault:  # noqa: BLE001 (see execute; ValueError: Nuke's node was deleted meanwhile)
            outcome.failed[shot] = _unforeseen(fault)
            if not isinstance(fault, (RuntimeError, OSError)):
                self._fatal = outcome.failed[shot]
        else:
            (outcome.parsed if parsed else outcome.skipped).append(shot)
        self._tell(f"frame {frame}", 0.0)

    def _tell(self, what: str, share: float) -> None:
        if self._on_progress is not None:
            with self._told:
                done = len(self.outcome.parsed) + len(self.outcome.skipped) + len(self.outcome.failed)
                self._on_progress(done, what, share)


def _unforeseen(fault: Exception) -> Internal:
    if not isinstance(fault, (RuntimeError, OSError, ValueError)):  # those speak for themselves
        traceback.print_exc()
    kind = type(fault).__name__
    return Internal(f"{kind}: {fault}", "parse again; if it stays, report it with what the terminal says")
