"""The command line put together. Each sub-command imports what it needs when it runs, so help is instant."""

from __future__ import annotations

import sys

import typer

from m2fp_host.errors import BadRequest, M2FPError

from .bench import bench
from .demo import demo
from .doctor import doctor
from .parse import parse
from .serve import serve
from .version import version
from .weights import weights

app = typer.Typer(
    name="m2fp",
    help="Body parts of every person in a plate, as layered EXR.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (serve, parse, demo, doctor, version):
    app.command()(command)
app.add_typer(bench, name="bench")
app.add_typer(weights, name="weights")


def main() -> None:
    """Run the command line; an error of ours becomes one sentence on standard error."""
    try:
        app()
    except M2FPError as error:
        print(f"m2fp: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, BadRequest) else 1)
