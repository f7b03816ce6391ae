"""``m2fp demo``: the whole way of a frame, on a photograph, through real processes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated, Any

import typer

from m2fp_host import Client, Parameters
from m2fp_host.errors import BadImage, BadRequest

from ..whole_file import whole_file
from .private_daemon import PrivateDaemon

PHOTOGRAPH = Path(__file__).with_name("photograph") / "eileen_collins.jpg"
STAGES = ("send", "queue", "read", "colour", "network", "mattes", "write", "receive")


def demo(
    plate: Annotated[
        Path | None,
        typer.Argument(help="An EXR, JPG, PNG or TIFF; a photograph of an astronaut if left out."),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="The folder for plate.exr, masks.exr, preview.png, report.json.")
    ] = Path("m2fp-demo"),
) -> None:
    """Send a photograph through a daemon of its own and look at what comes back."""
    source = plate or PHOTOGRAPH
    if not source.is_file():
        raise BadImage(f"{source} is no file", "check the path")
    try:
        out.mkdir(parents=True, exist_ok=True)
        _run(source, out)
    except OSError as fault:
        raise BadRequest(f"can't write to {out} ({fault.strerror})", "choose another --out") from None


def _run(source: Path, out: Path) -> None:
    from ..images.photograph import plate_from_photograph
    from .preview import write_preview

    plate_file, masks_file = out / "plate.exr", out / "masks.exr"
    if source.suffix.lower() == ".exr":
        _copy(source, plate_file)
    else:
        plate_from_photograph(source, plate_file)
    print(f"plate    {source}")
    with PrivateDaemon() as daemon:
        print(f"daemon   {daemon.endpoint}, ready after {daemon.seconds_to_ready:.1f} s")
        with Client(daemon.endpoint) as client:
            # The user's own EXR is sent by its own name, which is what a message has to say.
            sent = source if source.suffix.lower() == ".exr" else plate_file
            report = client.parse(sent, out=masks_file, exposure="auto").report
    shown = Parameters.from_fields({"exposure": report["exposure"]})
    write_preview(plate_file, masks_file, out / "preview.png", shown)
    _write_json(out / "report.json", report)
    _print_report(report, out)


def _copy(source: Path, to: Path) -> None:
    if not (to.exists() and source.samefile(to)):
        with whole_file(to) as temporary:
            shutil.copyfile(source, temporary)


def _write_json(path: Path, report: dict[str, Any]) -> None:
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _print_report(report: dict[str, Any], out: Path) -> None:
    print(f"engine   {report['engine']}, weights {report['weights'][:12]}, {report['licence']}")
    print(f"colour   {report['colour_space']} ({report['colour_evidence']}), {report['exposure']:+.2f} stops")
    for warning in report["warnings"]:
        print(f"warning  {warning}")
    print()
    for stage in STAGES:
        print(f"  {stage:<8} {report['stages'][stage] * 1000:8.1f} ms")
    print(f"  {'together':<8} {sum(report['stages'].values()) * 1000:8.1f} ms")
    print()
    for name, what in (
        ("plate.exr", "the plate, scene-linear"),
        ("masks.exr", f"{len(report['channels'])} mattes, one a body part: hair.A, face.A, ..."),
        ("preview.png", "plate and parts side by side: look at this first"),
        ("report.json", "what happened, for programs"),
    ):
        print(f"  {out.absolute() / name}\n      {what}")
