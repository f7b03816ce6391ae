"""``m2fp bench``: speed as commands, never as tests. One module a bench."""

from __future__ import annotations

import typer

from .engine import engine
from .overhead import overhead

bench = typer.Typer(help="Measure speed and memory, against what was promised.", no_args_is_help=True)
for command in (overhead, engine):
    bench.command()(command)

__all__ = ["bench"]
