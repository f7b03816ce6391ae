"""One job from plate to masks: read, colour, network, mattes, write."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from m2fp_host.errors import BadRequest
from m2fp_host.parameters import MatteSettings, Parameters

from .. import __version__
from ..engines.engine import FP32, Engine, Parsing
from ..engines.registry import Engines
from ..images.channel_names import channel_of
from ..images.colour import Exposure, View
from ..images.exr_reader import read_plate
from ..images.layered_exr import write_layered
from ..images.limits import Limits
from ..images.picture import Picture, picture_of
from ..images.plate import LARGEST_HALF, Plate
from ..mattes.layers import Layers, layer_names, select_layers
from ..mattes.upsample import upsampled_bands, with_margins
from .memory import Memory
from .messages import Done, Run
from .named_plate import copy_named_plate

Bands = Iterator[npt.NDArray[np.float16]]
OnStage = Callable[[str, float], None]

# Where a stage begins on the way from 0 to 1; by their usual shares of the time with the built-in engine.
STAGES = {"read": 0.0, "colour": 0.15, "network": 0.2, "mattes": 0.45, "write": 0.5}

_BLOCK = 1 << 20


@dataclass
class Stopwatch:
    """Seconds spent in each stage, added up."""

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    _stage: str = ""
    _since: float = 0.0

    def enter(self, stage: str) -> None:
        """The stage before ends, ``stage`` begins or goes on (``""``: none does)."""
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] += now - self._since
        self._stage, self._since = stage, now


class Pipeline:
    """The worker's own function. ``run`` may be called again and again; an engine stays warm."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._memory = Memory()

    def run(self, job: Run, on_stage: OnStage) -> Done:
        """Compute ``job`` and write its masks.

        ``on_stage(stage, fraction)`` is called as stages are reached and between the bands of a large frame;
        what it raises (a cancellation) ends the job and leaves no file.

        :raises M2FPError: whatever is wrong with the request, the plate or this machine.
        """
        parameters = Parameters.from_fields(job.parameters)
        watch = Stopwatch()

        def enter(stage: str) -> None:
            watch.enter(stage)
            on_stage(stage, STAGES[stage])

        enter("read")
        source = job.sha256
        path = job.plate
        if job.roots is not None:
            path = job.scratch
            source = copy_named_plate(job.plate, job.roots, path, job.plate_bytes)
        plate = read_plate(path, name=job.name, layer=parameters.plate_layer)

        enter("colour")
        engine = self._engines.get(parameters.engine)
        names = layer_names(engine.card.labels, parameters.layers, parameters.people)
        channels = _channels(names, parameters.beauty)
        picture = _picture(plate, engine, parameters)

        enter("network")
        precision = parameters.precision if parameters.precision in engine.precisions else FP32
        self._memory.expect(picture.pixels.shape)
        parsing = engine.parse(picture.pixels, precision)

        enter("mattes")
        layers = select_layers(parsing, names)
        frame = plate.data_window.union(plate.display_window)
        bands = _bands(plate, layers, parameters.beauty)

        enter("write")
        write_layered(
            job.masks,
            channels,
            _watched(bands, watch, on_stage, frame.height),
            data_window=frame,
            display_window=plate.display_window,
            pixel_aspect=plate.pixel_aspect,
            metadata=_metadata(engine, parameters, source, picture.exposure),
        )
        size, sha256 = _measure(job.masks)
        watch.enter("")
        report = _report(plate, picture, engine, parsing, layers, parameters)
        report.update(channels=channels, source=source, stages=watch.seconds)
        return Done(job.job, size, sha256, report)


def _channels(names: Sequence[str], beauty: bool) -> list[str]:
    """The result's channels in their order; more than a reader takes are refused before the network runs."""
    channels = [*("RGBA" if beauty else ""), *map(channel_of, names)]
    most = Limits().channels
    if len(channels) > most:
        raise BadRequest(f"{len(channels)} channels in one file", f"ask for fewer layers: {most} fit")
    return channels


def _picture(plate: Plate, engine: Engine, parameters: Parameters) -> Picture:
    """The plate as the engine wants to see it: square pixels, the engine's size, display-referred."""
    window = plate.data_window
    size = engine.picture_size(window.width * plate.pixel_aspect, window.height, parameters.resolution)
    return picture_by(parameters, plate, size)


def picture_by(parameters: Parameters, plate: Plate, size: tuple[int, int]) -> Picture:
    """The picture of ``plate`` at ``size`` (width, height), by a job's parameters for colour."""
    return picture_of(
        plate,
        size,
        colour_space=parameters.colour_space,
        view=cast(View, parameters.view),
        exposure=cast(Exposure, parameters.exposure),
        unpremult=parameters.unpremult,
    )


def _bands(plate: Plate, layers: Layers, beauty: bool) -> Bands:
    """The result's channels as bands over the union of the plate's data and display windows."""
    inner = plate.data_window
    outer = inner.union(plate.display_window)
    bands = upsampled_bands(layers.planes, inner.width, inner.height)
    if beauty:
        bands = _with_beauty(bands, plate)
    return with_margins(
        bands,
        left=inner.x - outer.x,
        right=outer.x + outer.width - inner.x - inner.width,
        above=inner.y - outer.y,
        below=outer.y + outer.height - inner.y - inner.height,
        width=inner.width,
    )


def _with_beauty(bands: Bands, plate: Plate) -> Bands:
    """The plate's own R, G, B, A (1 where it has none) before each band's mattes."""
    top = 0
    for band in bands:
        rows = slice(top, top + len(band))
        top += len(band)
        alpha = np.ones(band.shape[:2], np.float32) if plate.alpha is None else plate.alpha[rows]
        rgba = np.dstack((plate.pixels[rows], alpha)).clip(-LARGEST_HALF, LARGEST_HALF).astype(np.float16)
        yield np.concatenate((rgba, band), axis=2)


def _watched(bands: Bands, watch: Stopwatch, on_stage: OnStage, height: int) -> Bands:
    """``bands``, the time to make each booked as ``mattes`` and the time to write it as ``write``."""
    done = 0
    while True:
        watch.enter("mattes")
        band = next(bands, None)
        watch.enter("write")
        if band is None:
            return
        done += len(band)
        on_stage("write", STAGES["write"] + (1 - STAGES["write"]) * done / height)
        yield band


def _measure(path: str) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    with open(path, "rb") as masks:
        while block := masks.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


def _metadata(engine: Engine, parameters: Parameters, source: str, exposure: float) -> dict[str, str | float]:
    return {
        "m2fp/engine": engine.card.name,
        "m2fp/weights": engine.card.weights,
        "m2fp/licence": engine.card.licence,
        "m2fp/version": __version__,
        "m2fp/parameters": json.dumps(parameters.pixel_fields(), sort_keys=True),
        "m2fp/source": source,
        "m2fp/exposure": float(exposure),
    }


def _report(
    plate: Plate,
    picture: Picture,
    engine: Engine,
    parsing: Parsing,
    layers: Layers,
    parameters: Parameters,
) -> dict[str, Any]:
    return {
        "version": __version__,
        "engine": engine.card.name,
        "weights": engine.card.weights,
        "licence": engine.card.licence,
        "width": plate.data_window.width,
        "height": plate.data_window.height,
        "picture": [picture.pixels.shape[1], picture.pixels.shape[0]],
        "colour_space": picture.colour_space,
        "colour_evidence": picture.evidence,
        "exposure": picture.exposure,
        "people": None if parsing.people is None else len(parsing.people),
        "scores": list(parsing.scores),
        "warnings": [*plate.warnings, *layers.warnings, *_left_out(engine, parameters)],
    }


def _left_out(engine: Engine, parameters: Parameters) -> list[str]:
    """What the request asks for and does not get; silence would pass for success."""
    left_out = []
    if parameters.mattes != MatteSettings():
        left_out.append("matte settings (edges, choke, blur, levels)")
    if parameters.cryptomatte:
        left_out.append("cryptomatte")
    warnings = [f"this version does not do: {each}" for each in left_out]
    if parameters.precision not in engine.precisions:
        warnings.append(
            f"the engine {engine.card.name} computes in {FP32} here, not in {parameters.precision}"
        )
    return warnings
