"""``m2fp parse``: plates in, masks out, one frame or a range."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from m2fp_host import Client, M2FPError, Masks, Parameters, default_endpoint
from m2fp_host.errors import BadRequest, Cancelled, NoDaemon

from .frames import Frame, check_outputs, frames_of
from .private_daemon import PrivateDaemon

INTERRUPTED = 130
IN_FLIGHT = 2
"""One frame in the worker, one on its way there."""


def parse(
    plate: Annotated[str, typer.Argument(help="An EXR plate, or a sequence like plate.####.exr.")],
    out: Annotated[str, typer.Argument(help="The layered EXR to write, or a sequence like masks.####.exr.")],
    frames: Annotated[str, typer.Option("-f", "--frames", help="Frame range: 1001-1010, 1-9x2, 1,5,7.")] = "",
    preview: Annotated[str, typer.Option(help="Also draw a PNG to judge by: preview.####.png.")] = "",
    layers: Annotated[
        str, typer.Option(help="Layers to write: hair,face. All parts and person if empty.")
    ] = "",
    people: Annotated[str, typer.Option(help="together, or apart for p1_... to p8_... layers.")] = "together",
    engine: Annotated[str, typer.Option(help="Engine; auto takes the best that is installed.")] = "auto",
    precision: Annotated[str, typer.Option(help="fp32, or bf16 where the engine has it: faster.")] = "fp32",
    resolution: Annotated[float, typer.Option(help="0.5 to 2 times the engine's usual picture size.")] = 1.0,
    plate_layer: Annotated[str, typer.Option(help="Read R, G, B from this layer of the plate.")] = "",
    colour_space: Annotated[str, typer.Option(help="The plate's colour space; by evidence if empty.")] = "",
    view: Annotated[str, typer.Option(help="auto, srgb or aces.")] = "auto",
    exposure: Annotated[
        str, typer.Option(help="Stops, or auto (found on the first frame, then held).")
    ] = "0",
    unpremult: Annotated[bool, typer.Option("--unpremult", help="Divide by alpha first.")] = False,
    beauty: Annotated[bool, typer.Option("--beauty", help="Also copy the plate's R, G, B, A.")] = False,
    priority: Annotated[str, typer.Option(help="interactive, normal or batch.")] = "batch",
    endpoint: Annotated[
        str, typer.Option(help="The daemon; by default the usual one, or one for this command if none runs.")
    ] = "",
    timeout: Annotated[float, typer.Option(help="Seconds that one frame may take.")] = 600.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print a report for programs.")] = False,
) -> None:
    """Write one matte per body part, for a frame or a range. One bad frame does not stop the rest."""
    parameters = Parameters.from_keywords(
        {
            "layers": [name.strip() for name in layers.split(",") if name.strip()],
            "people": people,
            "engine": engine,
            "precision": precision,
            "resolution": resolution,
            "plate_layer": plate_layer,
            "colour_space": colour_space,
            "view": view,
            "exposure": exposure if exposure == "auto" else _stops(exposure),
            "unpremult": unpremult,
            "beauty": beauty,
            "priority": priority,
        }
    )
    check_outputs(out, preview)
    todo = frames_of(plate, out, frames, preview)
    interrupted = False
    console = Console(stderr=True)
    with _client(endpoint, timeout, console) as client, _shown(console, len(todo), as_json) as show:
        batch = Batch(client, parameters, show)
        try:
            batch.run(todo)
        except KeyboardInterrupt:
            interrupted = True
    if as_json:
        print(json.dumps(batch.summary(), indent=2))
    elif batch.failed or interrupted or len(todo) > 1:
        _say(console, f"{len(batch.done)} of {len(todo)} frames done")
    sys.exit(INTERRUPTED if interrupted else 1 if batch.failed else 0)


@dataclass
class Batch:
    """The frames of one command: some in flight, some done, some failed."""

    client: Client
    parameters: Parameters
    show: Any
    done: dict[str, Masks] = field(default_factory=dict)
    failed: dict[str, M2FPError] = field(default_factory=dict)
    lost: NoDaemon | None = None
    drawing: threading.Lock = field(default_factory=threading.Lock)

    def run(self, todo: list[Frame]) -> None:
        """Parse all frames, a few at a time, in order."""
        held = list(todo)
        if self.parameters.exposure == "auto":
            while held and not isinstance(self.parameters.exposure, float):
                self._take(held.pop(0))
        with ThreadPoolExecutor(IN_FLIGHT) as pool:
            flying: set[Future[None]] = set()
            try:
                for frame in held:
                    if len(flying) >= IN_FLIGHT:
                        landed, flying = wait(flying, return_when=FIRST_COMPLETED)
                        for each in landed:
                            each.result()
                    flying.add(pool.submit(self._take, frame))
                for each in flying:
                    each.result()
            except BaseException:
                self.client.close()  # Ctrl-C: what flies is cancelled, nothing half-written stays
                raise

    def summary(self) -> dict[str, Any]:
        """What happened, for programs."""
        return {
            "done": {name: {"path": masks.path, "report": masks.report} for name, masks in self.done.items()},
            "failed": {name: error.as_dict() for name, error in self.failed.items()},
        }

    def _take(self, frame: Frame) -> None:
        if self.lost is not None:  # the daemon went for good: no other frame will fare better
            self.failed[frame.key] = self.lost
            return
        try:
            masks = self.client.parse(frame.plate, frame.out, **self.parameters.as_fields())
        except Cancelled:
            return  # by Ctrl-C
        except M2FPError as error:
            self.failed[frame.key] = error
            if isinstance(error, NoDaemon):
                self.lost = error
            self.show(frame, error, [])
        else:
            self.done[frame.key] = masks
            # The first frame's automatic exposure is held for the rest.
            self.parameters = replace(self.parameters, exposure=float(masks.report["exposure"]))
            self.show(frame, None, [*masks.report.get("warnings", []), *self._preview(frame)])

    def _preview(self, frame: Frame) -> list[str]:
        """Draw the frame's preview, if one is wanted; a warning if it can't be, for the masks are there."""
        if not frame.preview:
            return []
        from .preview import write_preview

        try:
            with self.drawing:  # OpenImageIO's settings are the whole process's
                write_preview(frame.plate, frame.out, frame.preview, self.parameters)
        except M2FPError as error:
            return [str(error)]
        return []


@contextmanager
def _client(endpoint: str, timeout: float, console: Console) -> Iterator[Client]:
    """A client of the daemon that runs, or of one started for this command."""
    with Client(endpoint or None, timeout=timeout, connect_timeout=3.0 if endpoint else 0.5) as client:
        try:
            client.status()
        except NoDaemon:
            if endpoint:
                raise
        else:
            yield client
            return
    _say(console, f"no daemon at {default_endpoint()}: starting one for this command")
    with (
        PrivateDaemon("--root", str(Path.cwd())) as daemon,
        Client(daemon.endpoint, timeout=timeout) as client,
    ):
        yield client


@contextmanager
def _shown(console: Console, total: int, quiet: bool) -> Iterator[Any]:
    """A callable that tells of each frame: above a bar on a terminal, as plain lines in a log."""
    with Progress(
        TextColumn("parsing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=quiet or not console.is_terminal,
        transient=True,
    ) as progress:
        task = progress.add_task("", total=total)

        def show(frame: Frame, error: M2FPError | None, warnings: list[str]) -> None:
            progress.advance(task)
            if error is not None:
                _say(progress.console, f"{frame.name} failed: {error}")
            elif not quiet:
                _say(progress.console, f"{frame.name} -> {frame.out}")
            for warning in warnings:
                _say(progress.console, f"{frame.name}: {warning}")

        yield show


def _say(console: Console, sentence: str) -> None:
    """One line, whole: rich would break it at 80 columns in a log and take ``[...]`` in a path for markup."""
    console.print(sentence, highlight=False, markup=False, soft_wrap=True)


def _stops(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadRequest(f"--exposure {text!r}", "give stops, like 1.5, or auto") from None
