"""``m2fp weights``: get, look at, check and remove the weights of the M2FP network."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from m2fp_host.errors import WeightsMissing

from ..weights import Installed, Store
from ..weights.published import LICENCE_NOTE, named, published

if TYPE_CHECKING:
    from rich.progress import TaskID

    from ..weights.hub import Progress

INTERRUPTED = 130
SMALL = 1 << 20
"""Bytes of a file that is not worth a line of a log."""

weights = typer.Typer(help="Get and check the weights of the M2FP network.", no_args_is_help=True)

_Sha256 = Annotated[str, typer.Option("--sha256", help="What pytorch_model.pt (or our own file) must have.")]


@weights.command()
def fetch(
    model: Annotated[str, typer.Argument(help="multiple (several people), single, or an id on ModelScope.")],
    revision: Annotated[str, typer.Option(help="A tag or branch.", show_default="the published one")] = "",
    sha256: _Sha256 = "",
) -> None:
    """Download a published model from ModelScope and install it."""
    from ..weights.hub import fetch_weights

    _say(f"{LICENCE_NOTE} Model card: {named(model)[0].card}")
    with _stoppable(), _shown() as progress:
        installed = fetch_weights(Store(), model, revision, sha256, _say, progress)
    _print_installed(installed)


@weights.command("import")
def import_(
    path: Annotated[
        Path, typer.Argument(help="A model's folder, pytorch_model.pt, or our own .safetensors.")
    ],
    sha256: _Sha256 = "",
) -> None:
    """Install a model from files, on a machine without a network."""
    from ..weights.importing import import_weights

    _say(LICENCE_NOTE)
    with _stoppable():
        installed = import_weights(Store(), path, sha256, _say)
    _print_installed(installed)


@weights.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print for programs.")] = False) -> None:
    """Show what is installed, and where. Exit status 1 if something of it is broken."""
    store = Store()
    found, broken = _recorded(store)
    if as_json:
        installed = [{**vars(each), "path": str(each.path)} for each in found]
        listed = {"store": str(store.folder), "installed": installed, "licence_note": LICENCE_NOTE}
        print(json.dumps(listed, indent=2))
    else:
        print(f"store     {store.folder}")
        for each in found:
            _print_installed(each)
        print(LICENCE_NOTE if found else "nothing is installed: see m2fp weights fetch --help")
    for error in broken:
        _say(f"m2fp: {error}")
    sys.exit(1 if broken else 0)


@weights.command()
def verify(model: Annotated[str, typer.Argument(help="multiple or single; all if left out.")] = "") -> None:
    """Read the installed weights and compare them with their sha256. Exit status 1 if something is wrong."""
    store = Store()
    models = [published(model).model] if model else store.recorded()
    if not models:
        raise WeightsMissing(f"no weights are in {store.folder}", "see m2fp weights fetch --help")
    wrong = 0
    for each in models:
        try:
            installed = store.find(each)
            installed.load()
        except WeightsMissing as error:
            wrong += 1
            _say(f"m2fp: {error}")
        else:
            print(f"{each:<9} whole: {installed.path.name}, sha256 {installed.sha256}")
    sys.exit(1 if wrong else 0)


@weights.command()
def remove(model: Annotated[str, typer.Argument(help="multiple or single.")]) -> None:
    """Remove a model's weights."""
    store = Store()
    with _stoppable():
        store.remove(model, _say)
    print(f"removed the weights of {model} from {store.folder}")


def _recorded(store: Store) -> tuple[list[Installed], list[WeightsMissing]]:
    """What is installed, and what is wrong with what seems to be."""
    found, broken = [], []
    for model in store.recorded():
        try:
            found.append(store.find(model))
        except WeightsMissing as error:
            broken.append(error)
    return found, broken


def _print_installed(installed: Installed) -> None:
    source = f"{installed.source} {installed.revision}".strip()
    print(f"{installed.model:<9} {source}, {installed.licence}")
    print(f"          {installed.path}")
    print(f"          {installed.bytes / 1e6:.0f} MB, sha256 {installed.sha256}")
    print(f"          {', '.join(installed.labels[1:])}")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


@contextmanager
def _stoppable() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        _say("m2fp: stopped: nothing has changed")
        sys.exit(INTERRUPTED)


@contextmanager
def _shown() -> Iterator[Progress]:
    """What shows a download: a bar on a terminal, a line for each tenth of a file in a log."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bars(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def show(file: str, done: int, size: int) -> None:
            if file not in tasks:
                tasks[file] = bars.add_task(file, total=size or None)
            bars.update(tasks[file], completed=done)

        yield show


class _Lines:
    """Progress in a log."""

    def __init__(self) -> None:
        self._tenths: dict[str, int] = {}

    def __call__(self, file: str, done: int, size: int) -> None:
        tenth = 10 * done // size if size > SMALL else 0
        if tenth > self._tenths.get(file, 0):
            self._tenths[file] = tenth
            _say(f"{file}: {done / 1e6:.1f} of {size / 1e6:.1f} MB")
