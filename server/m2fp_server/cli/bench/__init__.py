"""``m2fp bench``: speed as commands, never as tests. One module a bench."""

from __future__ import annotations

import typer

from .overhead import overhead

bench = typer.Typer(help="Measure speed and memory, against what was promised.", no_args_is_help=True)
bench.command()(overhead)


@bench.callback()
def _group() -> None:
    """Keeps ``bench overhead`` a sub-command while it is the only one."""


__all__ = ["bench"]
