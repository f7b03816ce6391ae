"""modelscope's own M2FP, as something to be called with pictures."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from m2fp_host.errors import EngineUnavailable, Internal, WorkerCrashed

from .measure import Cost
from .messages import HARD_MASKS, LOGITS, MASKS, Done, Picture, Ready
from .process import ReferenceProcess

START_SECONDS = 300.0
"""modelscope imports thousands of files, and a cold disk takes its time."""

PICTURE_SECONDS = 600.0


@dataclass(frozen=True)
class ReferenceResult:
    """What modelscope's M2FP found in a picture of ``(H, W)``, and at what cost.

    ``costs`` by stage (:class:`.module_runner.Reference` names them); ``peak_mb`` of its process since that
    began. ``labels`` and ``scores``: one for each hard mask. ``logits (100, C + 1)`` and ``masks (100, h/4,
    w/4)`` float32, for the network's input of ``(h, w)``. The arrays are there only if asked for.
    """

    costs: dict[str, Cost]
    peak_mb: float
    labels: list[str]
    scores: list[float]
    logits: NDArray[np.float32]
    masks: NDArray[np.float32]
    packed: NDArray[np.uint8]
    width: int

    def hard_mask(self, index: int) -> NDArray[np.bool_]:
        """``(H, W)``: where ``labels[index]`` is."""
        return np.unpackbits(self.packed[index], axis=-1, count=self.width).view(bool)


class ReferenceModule:
    """``with ReferenceModule(python, folder, threads=2) as module: module.parse(picture)``.

    After a picture that modelscope failed at it takes the next. After a time-out or a crash the process is
    gone, and :meth:`start` begins another.
    """

    def __init__(
        self, python: Path, model: Path, threads: int, environment: Mapping[str, str] | None = None
    ) -> None:
        """As :class:`.process.ReferenceProcess`; nothing is started yet."""
        self._arguments = (python, model, threads, environment)
        self._process: ReferenceProcess | None = None
        self.versions: dict[str, str] = {}
        self.classes: list[str] = []

    @property
    def pid(self) -> int:
        """The process id, 0 while there is none."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the process, after ending one that runs, and wait until the model is loaded.

        :raises EngineUnavailable: modelscope can't load the model, or can't be imported.
        :raises Timeout: it is not ready in time.
        """
        self.stop()
        self._process = ReferenceProcess(*self._arguments)
        try:
            ready = self._process.answer(START_SECONDS)
        except (WorkerCrashed, Internal) as error:
            self.stop()
            raise EngineUnavailable(
                f"the reference can't be started: {error.message}", "see whether the model's folder is whole"
            ) from error
        if isinstance(ready, Ready):
            self.versions, self.classes = ready.versions, ready.classes

    def parse(self, picture: NDArray[np.uint8], *, results: bool = True) -> ReferenceResult:
        """Do with ``picture (H, W, 3)``, display sRGB, all that modelscope's pipeline does.

        :raises Internal: modelscope's code failed. :raises WorkerCrashed: the process is gone.
        :raises Timeout: it took too long, and was ended.
        """
        return self._run(picture, whole=True, results=results)

    def run_network(self, picture: NDArray[np.uint8]) -> ReferenceResult:
        """The network alone, on ``picture (h, w, 3)`` as it is. Raises as :meth:`parse` does."""
        return self._run(picture, whole=False, results=True)

    def stop(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()

    def __enter__(self) -> ReferenceModule:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, picture: NDArray[np.uint8], *, whole: bool, results: bool) -> ReferenceResult:
        if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
            given = f"{picture.shape} {picture.dtype}"
            raise Internal(f"the reference takes (H, W, 3) uint8, not {given}", "please report this")
        if self._process is None:
            raise WorkerCrashed("the reference does not run", "start it")
        with tempfile.TemporaryDirectory(dir=self._process.scratch) as name:
            path = Path(name) / "picture.npy"
            np.save(path, picture)
            self._process.send(Picture(str(path), whole, name if results else ""))
            done = self._process.answer(PICTURE_SECONDS)
            if not isinstance(done, Done):
                raise Internal(f"the reference said {type(done).__name__}", "please report this")
            logits, masks, packed = (_array(Path(name) / file) for file in (LOGITS, MASKS, HARD_MASKS))
        costs = {stage: Cost(*seconds) for stage, seconds in done.costs.items()}
        return ReferenceResult(
            costs, done.peak_mb, done.labels, done.scores, logits, masks, packed, picture.shape[1]
        )


def _array(path: Path) -> NDArray[Any]:
    return np.load(path, allow_pickle=False) if path.exists() else np.zeros((0, 0, 0), np.uint8)
