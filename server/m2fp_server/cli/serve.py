"""``m2fp serve``: the daemon."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from m2fp_host.endpoint import DEFAULT_ENDPOINT
from m2fp_host.errors import BadRequest

from ..daemon.settings import Settings, default_spool, default_threads
from ..engines.registry import AUTO, OFFERS

if TYPE_CHECKING:
    from ..daemon.front import Front

MEBIBYTE = 1 << 20
IN_FOREGROUND = "--foreground"
"""Undoes a ``--background`` that stands before it."""


def serve(
    endpoint: Annotated[
        str,
        typer.Option(envvar="M2FP_ENDPOINT", help="Where to listen; tcp://127.0.0.1:* takes a free port."),
    ] = DEFAULT_ENDPOINT,
    root: Annotated[
        list[Path] | None,
        typer.Option(
            help="A folder below which plates may be named by path instead of sent; may be repeated."
        ),
    ] = None,
    engine: Annotated[str, typer.Option(help="The engine to have warm.")] = "auto",
    commercial_only: Annotated[
        bool,
        typer.Option(
            "--commercial-only", help="Refuse engines whose weights' licence forbids commercial use."
        ),
    ] = False,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads of the worker.")] = default_threads(),
    spool: Annotated[
        Path | None,
        typer.Option(help="Where plates and masks lie meanwhile.", show_default="M2FP_SPOOL, else in memory"),
    ] = None,
    spool_mb: Annotated[int, typer.Option(min=16, help="How much may lie there, in MiB.")] = 2048,
    plate_mb: Annotated[int, typer.Option(min=1, help="The largest plate file taken, in MiB.")] = 1024,
    attached: Annotated[
        bool, typer.Option("--attached", help="Stop when standard input closes (for a parent process).")
    ] = False,
    background: Annotated[
        bool,
        typer.Option(
            "--background/--foreground",
            help="Start a daemon that outlives this command, wait until it answers, and print one line.",
        ),
    ] = False,
    wait: Annotated[
        float, typer.Option(min=1, max=3600, help="With --background: how many seconds to wait.")
    ] = 60.0,
) -> None:
    """Start the daemon and serve until SIGTERM or Ctrl-C; then finish what runs and exit."""
    if background:
        if attached:
            raise BadRequest("--attached and --background exclude each other", "leave one of them out")
        from .background import start_in_background

        print(start_in_background([*sys.argv[1:], IN_FOREGROUND], endpoint, wait))
        return
    from ..daemon.front import Front
    from ..daemon.log import configure_log, silence

    if engine not in (AUTO, *OFFERS):
        names = ", ".join((AUTO, *OFFERS))
        raise BadRequest(f"there is no engine {engine!r} here", f"choose from {names}")
    configure_log()
    front = Front(
        Settings(
            endpoint=endpoint,
            roots=tuple(str(folder.absolute()) for folder in root or ()),
            engine=engine,
            commercial_only=commercial_only,
            threads=threads,
            spool=spool or default_spool(),
            spool_bytes=spool_mb * MEBIBYTE,
            plate_bytes=plate_mb * MEBIBYTE,
        )
    )
    if attached:
        threading.Thread(target=_stop_at_end_of_input, args=(front,), daemon=True).start()

    def announce(state: str) -> None:
        try:
            print(f"{front.endpoint} {state}", flush=True)
        except OSError:  # who started us need not wait for us
            silence(sys.stdout)

    front.run(announce)


def _stop_at_end_of_input(front: Front) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        continue
    front.stop()
