"""The life of one fake Nuke: what :mod:`.launcher` runs."""

from __future__ import annotations

import faulthandler
import os
import sys
import traceback
from typing import Any

from . import api, application, batch, command_line
from .application import Application
from .artist import Artist
from .command_line import CommandLine

_TIMEOUT = "120"


def main(arguments: list[str]) -> int:
    """Run Nuke, and return its exit status: 1 if a render or a script failed, 2 for a wrong command line."""
    try:
        line = command_line.parse(arguments)
    except command_line.WrongUseError as fault:
        print(fault, file=sys.stderr)
        return 2
    faulthandler.dump_traceback_later(float(os.environ.get("FAKE_NUKE_TIMEOUT", _TIMEOUT)), exit=True)
    sys.modules["nuke"] = api
    nuke = application.start(
        gui=line.mode == command_line.GUI,
        harsh=os.environ.get("FAKE_NUKE_HARSH") == "1",
        raw_arguments=["Nuke", *arguments],
    )
    try:
        return _run(nuke, line)
    finally:
        sys.stdout.flush()
        _tell("violation", nuke.session.violations)
        _tell("fault", nuke.faults())
        _tell("warning", nuke.warnings())
        nuke.close()


def _run(nuke: Application, line: CommandLine) -> int:
    try:
        nuke.plugins.start()
        if line.mode == command_line.RENDER:
            return batch.render(nuke, line)
        if line.mode == command_line.TERMINAL:
            batch.run_script(nuke, line)
        else:
            _use(nuke, line)
    except SystemExit as end:
        return _status(end.code)
    except Exception:  # noqa: BLE001 (start-up files and scripts may raise anything; it ends Nuke)
        traceback.print_exc()
        return 1
    return 0


def _use(nuke: Application, line: CommandLine) -> None:
    """Start the GUI, open the script of the command line, and let the artist work."""
    nuke.plugins.run_menus()
    if line.script:
        nuke.open_script(line.script)
    program = os.environ.get("FAKE_NUKE_ARTIST")
    if program:
        nuke.interpreter.run_script(program, {"artist": Artist(nuke)})


def _tell(kind: str, texts: list[str]) -> None:
    """Print what a test has to know, a line each."""
    for text in texts:
        print(f"fake nuke: {kind}: {' '.join(text.split())}", file=sys.stderr)


def _status(code: Any) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code
    print(code, file=sys.stderr)
    return 1
