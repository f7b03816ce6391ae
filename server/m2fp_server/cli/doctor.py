"""``m2fp doctor``: what works here and what does not, in plain words."""

from __future__ import annotations

import json
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Annotated

import typer

from m2fp_host import Client, default_endpoint
from m2fp_host.errors import M2FPError, NoDaemon

from ..daemon.settings import default_spool, default_threads

PACKAGES = ("torch", "numpy", "opencv-python-headless", "OpenImageIO", "pyzmq", "safetensors", "fileseq")
LEAST_SPOOL = 256 << 20
"""Bytes: a UHD plate, its masks, and the next of both."""

GOOD, NOTE, BAD = "ok", "note", "bad"
_MARKS = {GOOD: "[green]works[/green]", NOTE: "[yellow]note [/yellow]", BAD: "[red]broken[/red]"}


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``state``: ``ok``, ``note`` (works, but you may want to know) or ``bad``."""

    subject: str
    state: str
    words: str


def doctor(
    endpoint: Annotated[str, typer.Option(help="The daemon to look for.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print for programs.")] = False,
) -> None:
    """Say what works on this machine and what does not. Exit status 1 if something is broken."""
    findings = list(examine(endpoint or default_endpoint()))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table.grid(padding=(0, 2))
        for finding in findings:
            table.add_row(_MARKS[finding.state], finding.subject, finding.words)
        Console(highlight=False).print(table)
    sys.exit(1 if any(finding.state == BAD for finding in findings) else 0)


def examine(endpoint: str) -> Iterator[Finding]:
    """Look at everything, one after the other; a check that fails is a finding, not the end."""
    checks: tuple[Callable[[], Finding], ...] = (_python, _packages, _torch, _weights, _engine)
    for check in checks:
        yield check()
    yield _daemon(endpoint)
    yield _spool()
    yield _threads()
    yield _sampling()


def _python() -> Finding:
    words = f"{platform.python_version()} at {sys.executable}, {platform.system()} {platform.machine()}"
    return Finding("Python", GOOD, words)


def _packages() -> Finding:
    versions, missing = [], []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            missing.append(package)
    if missing:
        return Finding("packages", BAD, f"{', '.join(missing)} missing: run python3 install.py")
    return Finding("packages", GOOD, ", ".join(versions))


def _torch() -> Finding:
    try:
        import torch
    except ImportError as fault:
        return Finding("torch", BAD, f"can't be imported ({fault}): run python3 install.py")
    if torch.version.cuda is not None:
        return Finding(
            "torch", NOTE, f"a CUDA build ({torch.version.cuda}): works, needs gigabytes for nothing"
        )
    return Finding(
        "torch", GOOD, f"{torch.__version__}, CPU build, {torch.backends.cpu.get_cpu_capability()}"
    )


def _weights() -> Finding:
    from ..engines.registry import noncommercial_allowed
    from ..weights import Store

    try:
        store = Store()
    except M2FPError as error:
        return Finding("weights", NOTE, str(error))
    found, words = [], []
    for model in store.recorded():
        try:
            found.append(store.find(model))
        except M2FPError as error:
            words.append(str(error))
    if words:
        return Finding("weights", BAD, "; ".join(words))
    if not found:
        return Finding("weights", NOTE, f"no M2FP weights in {store.folder}: the built-in engine works")
    listed = ", ".join(f"{each.model} ({each.licence})" for each in found) + f" in {store.folder}"
    if not noncommercial_allowed():
        listed += "; those for non-commercial use alone are forbidden here"
    return Finding("weights", GOOD, listed)


def _engine() -> Finding:
    try:
        from ..engines.registry import Engines

        card = Engines().get("auto").card
    except M2FPError as error:
        return Finding("engine", BAD, str(error))
    except ImportError as fault:
        return Finding("engine", BAD, f"can't be imported ({fault}): run python3 install.py")
    words = f"{card.name}, weights {card.weights[:12]}, {card.licence}, {len(card.labels) - 1} parts"
    return Finding("engine", GOOD, words)


def _daemon(endpoint: str) -> Finding:
    try:
        with Client(endpoint, connect_timeout=1.0) as client:
            status = client.status()
    except NoDaemon as error:
        return Finding("daemon", NOTE, str(error))
    except M2FPError as error:
        return Finding("daemon", BAD, str(error))
    state = "ready" if status.ready else "draining" if status.draining else "not ready"
    words = f"{state} at {endpoint}, version {status.version}, {status.queue} jobs waiting"
    return Finding("daemon", GOOD if status.ready else NOTE, words)


def _spool() -> Finding:
    folder = default_spool()
    try:
        free = shutil.disk_usage(folder).free
    except OSError as fault:
        return Finding("spool", BAD, f"can't use {folder} ({fault.strerror}): serve with --spool elsewhere")
    words = f"{free / 2**30:.1f} GiB free in {folder}"
    if free < LEAST_SPOOL:
        return Finding("spool", BAD, f"only {words}: free some, or serve with --spool elsewhere")
    return Finding("spool", GOOD, words)


def _threads() -> Finding:
    return Finding("threads", GOOD, f"{default_threads()} CPU threads for the worker (m2fp serve --threads)")


def _sampling() -> Finding:
    """Which form of deformable sampling the M2FP engines use."""
    try:
        from ..network.native import native
    except ImportError as fault:
        return Finding("sampling", BAD, f"can't be imported ({fault}): run python3 install.py")
    found = native()
    if found.function is None:
        words = f"{found.words}: everything works, the M2FP engines are a little slower"
        return Finding("sampling", NOTE, words)
    return Finding("sampling", GOOD, f"compiled, {found.words}")
