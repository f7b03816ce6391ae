"""Runs modelscope's own M2FP, in the reference environment: pictures in, results and their cost out.

Imports only the standard library, numpy, torch, modelscope and this room's own files: nothing else of the
project's is there.
"""

from __future__ import annotations

import importlib.metadata
import os
import queue
import sys
import threading
import traceback
from dataclasses import astuple
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray

from .measure import Stages, peak_mb
from .messages import HARD_MASKS, LOGITS, MASKS, Done, Failed, Message, Picture, Ready, from_line, to_line
from .stand_ins import import_torchvision, provide_mmcv

PACKAGES = ("modelscope", "torch", "torchvision", "timm", "numpy", "pillow")
"""Those whose versions may matter to a result."""


class Reference:
    """modelscope's pipeline for a model in ``folder``, with its stages timed where they lie.

    The stages are ``preprocess``, ``backbone``, ``pixel_decoder``, ``decoder``, ``postprocess`` (masks at the
    picture's size), ``lists`` (labels, scores and hard masks); ``whole`` is all of them.
    """

    def __init__(self, folder: str) -> None:
        import_torchvision()
        provide_mmcv()
        from modelscope.pipelines import pipeline
        from modelscope.utils.constant import Tasks

        self._stages = Stages()
        self._queries: dict[str, torch.Tensor] = {}
        self._pipeline = pipeline(Tasks.image_segmentation, model=folder, device="cpu")
        self._model: Any = self._pipeline.model
        self._time_stages()

    @property
    def ready(self) -> Ready:
        """What is loaded, and what it runs on."""
        versions = {package: importlib.metadata.version(package) for package in PACKAGES}
        return Ready({"python": sys.version.split()[0], **versions}, list(self._model.classes))

    def run(self, job: Picture) -> Done:
        """Do ``job``; its arrays are written after everything is measured."""
        picture = np.load(job.picture, allow_pickle=False)
        self._stages.costs.clear()
        found = self._stages.timed("whole", self._whole if job.whole else self._network)(picture)
        costs = {stage: astuple(cost) for stage, cost in self._stages.costs.items()}
        done = Done(costs, peak_mb(), found["labels"], [float(score) for score in found["scores"]])
        if job.results:
            folder = Path(job.results)
            np.save(folder / LOGITS, self._queries["pred_logits"][0].numpy())
            np.save(folder / MASKS, self._queries["pred_masks"][0].numpy())
            packed = [np.packbits(mask > 0, axis=-1) for mask in found["masks"]]
            np.save(folder / HARD_MASKS, np.stack(packed) if packed else np.zeros((0, 0, 0), np.uint8))
        self._queries.clear()
        return done

    def _whole(self, picture: NDArray[np.uint8]) -> dict[str, Any]:
        # To modelscope an array is what OpenCV reads: blue first.
        found: dict[str, Any] = self._pipeline(picture[..., ::-1])
        return found

    def _network(self, picture: NDArray[np.uint8]) -> dict[str, Any]:
        planes = torch.from_numpy(picture).permute(2, 0, 1).float()
        with torch.no_grad():
            self._model.forward({"batched_inputs": [{"image": planes}]})
        return {"labels": [], "scores": [], "masks": []}

    def _time_stages(self) -> None:
        head = self._model.sem_seg_head
        for stage, owner, method in (
            ("preprocess", self._pipeline, "preprocess"),
            ("backbone", self._model.backbone, "forward"),
            ("pixel_decoder", head.pixel_decoder, "forward_features"),
            ("decoder", head.predictor, "forward"),
            ("postprocess", self._model, "postprocess"),
            ("lists", self._pipeline, "postprocess"),
        ):
            setattr(owner, method, self._stages.timed(stage, getattr(owner, method)))
        head.predictor.register_forward_hook(lambda module, inputs, found: self._queries.update(found))


class Pipes:
    """The pair of pipes to our side. Standard output is taken away from everything else in the process."""

    def __init__(self) -> None:
        self._answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        self._jobs: queue.SimpleQueue[Picture] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=[sys.stdin.buffer], daemon=True).start()

    def next(self) -> Picture:
        """Wait for the next picture. (The wait ends with the process, when the other end closes.)"""
        return self._jobs.get()

    def answer(self, message: Message) -> None:
        self._answers.write(to_line(message))

    def _read(self, pipe: BinaryIO) -> None:
        try:
            for line in pipe:
                message = from_line(line)
                if isinstance(message, Picture):
                    self._jobs.put(message)
        finally:
            os._exit(0)  # nobody is there any more: whatever runs here is for nobody


def main(folder: str, threads: int) -> None:
    """Load the model in ``folder``, say so, and work until the pipe closes."""
    pipes = Pipes()
    torch.set_num_threads(threads)
    try:
        reference = Reference(folder)
    except Exception as fault:  # noqa: BLE001 (other people's code, at its first import: it may be anything)
        pipes.answer(_failed(fault))
        os._exit(1)  # not sys.exit: the thread that reads waits on standard input
    pipes.answer(reference.ready)
    while True:
        job = pipes.next()
        try:
            answer: Message = reference.run(job)
        except Exception as fault:  # noqa: BLE001 (each picture gets an answer)
            answer = _failed(fault)
        pipes.answer(answer)


def _failed(fault: Exception) -> Failed:
    traceback.print_exception(fault)
    return Failed(f"{type(fault).__name__}: {fault}")
