"""What the Nuke plug-in must reach, measured in the fake Nuke: ``python tests/hosts/nuke/bench.py``.

Each part is a fake Nuke of its own under a real Python of Nuke's, with the plug-in as ``install.py nuke``
puts it there; the daemon is a private one with the built-in engine.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import OpenImageIO
import typer

TESTS = Path(__file__).resolve().parents[2]
sys.path[0] = str(TESTS)  # in place of this folder, whose modules belong to the tests' packages

from hosts.nuke.launching import Run, environment, launch, launch_artist  # noqa: E402
from m2fp_server.cli.bench.plate import DESCRIPTION, HD, SEED, write_plate  # noqa: E402
from m2fp_server.cli.bench.table import Row, show  # noqa: E402
from m2fp_server.cli.private_daemon import PrivateDaemon  # noqa: E402
from support.command import nowhere  # noqa: E402
from support.interpreters import find_python  # noqa: E402
from support.nuke_plugin import install_plugin  # noqa: E402

PYTHONS = ("3.7", "3.9", "3.10", "3.11")
RUNS = 5
"""Fresh starts for each median."""

NODES = 50
STAGES = ("read", "colour", "network", "mattes", "write")
"""What the worker computes of a job."""

INIT = """
import sys, time, nuke
known = set(sys.modules)
began = time.perf_counter()
nuke.pluginAddPath({plugin!r})
spent = time.perf_counter() - began
nuke.pluginAddPath("./after")
"""
MENU = "began = time.perf_counter()\n"
AFTER = """
import json
spent += time.perf_counter() - began
print(json.dumps([spent * 1000, sorted(set(sys.modules) - known)]))
"""
"""The ``menu.py`` of a folder behind the plug-in's on the path, so that it is run next."""

OPENING = """
import json, os, sys, time
marks = []
nuke.addOnCreate(lambda: marks.append((time.perf_counter(), nuke.thisNode().Class())))
artist.open_script(os.environ["SCRIPT"])
# What is inside a node is announced just before it: from there on, the node's own callback ran.
spent = [now[0] - before[0] for before, now in zip(marks, marks[1:]) if now[1] == "M2FP"]
print(json.dumps([[each * 1000 for each in spent], artist.messages, "zmq" in sys.modules]))
"""

PARSING = """
import json, os
from fake_nuke import application
from fake_nuke.blocks import Block
blocks, measured = {}, application.current().blocks

def over(step):
    blocks[step] = measured.longest
    measured.longest = Block(0.0, "")

def settle(seconds):
    waiting = ("parsing ...", "connecting ...")
    artist.wait_until(lambda: node["status"].value() not in waiting, seconds)
    return node["status"].value()

last = int(os.environ["FRAMES"])
nuke.root()["first_frame"].setValue(1)
nuke.root()["last_frame"].setValue(last)
read = artist.create("Read", "file %s/plate.####.exr first 1 last %d" % (os.environ["PLATES"], last))
node = artist.create("M2FP")
node["endpoint"].setValue(os.environ["ENDPOINT"])
node["source"].setValue(os.environ["SOURCE"])
artist.save_script(os.environ["SHOT"] + "/shot.nk")
over("making a node")

said = {}
for button in os.environ["BUTTONS"].split():
    artist.press(node, button)
    said[button] = settle(900)
    over(node[button].label())
for part in node["part"].values():
    artist.edit(node, "part", part)
over("choosing parts")
node["skip_existing"].setValue(False)
artist.press(node, "parse_range")
artist.wait_until(lambda: artist.progress, 60)
artist.idle(1.0)
artist.cancel_progress()
cancelled = settle(60)
over("Cancel")
print(json.dumps([said["parse_range"], cancelled, blocks, artist.render_seconds]))
"""


class Parsed(NamedTuple):
    """A Parse Range: ``share`` of its time in per cent that the worker computed, ``seconds`` altogether, and
    of these those of each stage; ``blocks``: [seconds, what] of the UI thread's longest piece in each step;
    ``rendering``: seconds that Nuke rendered, which is in no block.
    """

    share: float
    seconds: float
    stages: dict[str, float]
    blocks: dict[str, tuple[float, str]]
    rendering: float


def bench(
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the result here.")] = None,
    frames: Annotated[int, typer.Option(min=2, help="Frames of a Parse Range.")] = 20,
) -> None:
    """Measure the plug-in's start, opening scripts, Parse Range and the UI thread against their targets."""
    with tempfile.TemporaryDirectory(prefix="m2fp-bench-") as name:
        folder = Path(name)
        home = folder / "home"
        plugin = install_plugin(home / ".nuke")
        rows = _starts(plugin, folder)
        rows += [_opening(python, home, folder / f"opening-{python}") for python in (PYTHONS[0], PYTHONS[-1])]
        write_plates(folder / "plates", frames)
        # Each button is once the first one pressed, which loads most of the plug-in.
        sent = _parse_range("automatic", "test_connection parse_range", home, folder, frames)
        rendered = _parse_range("render the input", "parse_range test_connection", home, folder, frames)
    rows.append(
        Row(f"worker computes in Parse Range, {frames} frames of 1080p", 90, sent.share, "%", at_least=True)
    )
    for step, (seconds, _) in sent.blocks.items():
        longest = max(seconds, rendered.blocks[step][0])
        rows.append(Row(f"UI thread's longest block, {step}", 50, longest * 1000, "ms"))
    inputs = {"seed": SEED, "plate": DESCRIPTION, "frames": frames, "runs": RUNS, "nodes": NODES}
    parsings = {"plate files": sent._asdict(), "rendered input": rendered._asdict()}
    kept = show("nuke", rows, inputs, json_file, {"parse_range": parsings})
    for what, parsed in parsings.items():
        print(_said(what, Parsed(**parsed)))
    sys.exit(0 if kept else 1)


def _starts(plugin: Path, folder: Path) -> list[Row]:
    """What ``init.py`` and ``menu.py`` take, in a fresh process without compiled Python; what they import."""
    home = folder / "start"
    dot_nuke = home / ".nuke"
    (dot_nuke / "after").mkdir(parents=True)
    (dot_nuke / "init.py").write_text(INIT.format(plugin=str(plugin)))
    (dot_nuke / "menu.py").write_text(MENU)
    (dot_nuke / "after" / "menu.py").write_text(AFTER)
    rows, zmq = [], set()
    for version in PYTHONS:
        told = [_read(launch([], environment(home), python=_python(version))) for _ in range(RUNS)]
        spent = statistics.median(each for each, _ in told)
        rows.append(Row(f"the plug-in's start, Python {version}", 100, spent, "ms"))
        zmq |= {name for _, modules in told for name in modules if name.split(".")[0] == "zmq"}
    return [*rows, Row("modules of zmq that it imports", 1, len(zmq), "")]


def _opening(version: str, home: Path, folder: Path) -> Row:
    """The plug-in's time for each node of a script that is opened; no daemon is there.

    All have one mask path, of which each node warns: the most that a node can have to say then.
    """
    folder.mkdir()
    script = folder / "many.nk"
    knobs = f" inputs 0\n mask_path {folder}/same.####.exr\n endpoint {nowhere()}\n"
    nodes = [f"M2FP {{\n{knobs} name M2FP{number}\n}}\n" for number in range(1, NODES + 1)]
    script.write_text("".join(nodes))
    run = launch_artist(OPENING, folder, environment(home, SCRIPT=str(script)), python=_python(version))
    spent, messages, zmq = _read(run)
    assert (len(spent), messages, zmq) == (NODES, [], False), run
    return Row(f"opening {NODES} nodes, for each, Python {version}", 10, sum(spent) / NODES, "ms")


def _parse_range(source: str, buttons: str, home: Path, folder: Path, frames: int) -> Parsed:
    shot = folder / source.replace(" ", "_")
    shot.mkdir()
    with open(shot / "daemon.log", "w+b") as log:
        with PrivateDaemon(log=log) as daemon:
            variables = environment(
                home,
                BUTTONS=buttons,
                ENDPOINT=daemon.endpoint,
                FRAMES=str(frames),
                PLATES=str(folder / "plates"),
                SHOT=str(shot),
                SOURCE=source,
            )
            python = _python(PYTHONS[-1])
            run = launch_artist(PARSING, shot, variables, python=python, timeout=1800)
        log.seek(0)
        lines = [json.loads(line) for line in log if line.startswith(b"{")]
    status, cancelled, blocks, rendering = _read(run)
    assert status.startswith(f"frames 1-{frames} parsed"), status
    assert "cancelled" in cancelled, cancelled
    jobs = [line for line in lines if line["event"] == "job" and line["outcome"] == "done"][:frames]
    seconds, stages = _time_of(jobs)
    return Parsed(100 * sum(stages.values()) / seconds, seconds, stages, blocks, rendering)


def _time_of(jobs: Sequence[dict[str, Any]]) -> tuple[float, dict[str, float]]:
    """From the submission of the first job to the end of the last one; the sums of the worker's stages."""
    ends = [datetime.fromisoformat(job["timestamp"]).timestamp() for job in jobs]
    begun = min(end - job["seconds"] for end, job in zip(ends, jobs, strict=True))
    stages = {stage: sum(float(job["stages"][stage]) for job in jobs) for stage in STAGES}
    return max(ends) - begun, stages


def _said(what: str, parsed: Parsed) -> str:
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in parsed.stages.items())
    return (
        f"{what}: the worker computed {parsed.share:.1f}% of {parsed.seconds:.1f} s ({stages} s); "
        f"Nuke rendered for {parsed.rendering:.1f} s"
    )


def write_plates(folder: Path, frames: int) -> None:
    """A plate for each frame, each a little brighter than the one before."""
    folder.mkdir()
    first = folder / "plate.0001.exr"
    write_plate(first, *HD)
    image = OpenImageIO.ImageBuf(str(first))
    pixels = np.asarray(image.get_pixels(OpenImageIO.FLOAT))
    for frame in range(2, frames + 1):
        out = OpenImageIO.ImageBuf(image.spec())
        out.set_pixels(OpenImageIO.ROI.All, np.ascontiguousarray(pixels * (1 + frame / 100)))
        if not out.write(str(folder / f"plate.{frame:04d}.exr")):
            raise OSError(out.geterror())


def _read(run: Run) -> Any:
    """The JSON that a program printed last."""
    return json.loads(run.check().stdout.splitlines()[-1])


def _python(version: str) -> str:
    python = find_python(version)
    if not python:
        raise SystemExit(f"there is no Python {version} here: pyenv install {version}")
    return python


if __name__ == "__main__":
    typer.run(bench)
