"""What Blender's extension must reach, in real Blenders: ``python tests/hosts/blender/bench.py``.

- Start: import and registration as the preferences do it, in a fresh process without compiled Python,
  beyond what switching on an extension takes that does nothing at all.
- Overhead: all that ``render_pre`` takes for a frame, beyond the call to the daemon (``Client.parse``:
  sending, computing, receiving, the mask file) and beyond Blender's own load of that file
  (``Image.reload``, timed once more by itself). Left over are the look for the group, its settings, the
  masks' header and the plate's sha256. Plates are half EXRs of 1080p; masks are there, or the daemon has
  to compute them.
- Frame: from ``render_pre`` to ``render_post`` with all masks there: load and compositing, but not the
  writing of the rendered file. Of one part, and of all that the built-in engine has.

Medians. The daemon is a private one with the built-in engine.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

TESTS = Path(__file__).resolve().parents[2]
sys.path[0] = str(TESTS)  # in place of this folder, whose modules belong to the tests' packages

from hosts.blender.conftest import python_of  # noqa: E402
from hosts.blender.shot import Module, Shot  # noqa: E402
from hosts.nuke.bench import write_plates  # noqa: E402
from m2fp_server.cli.bench.plate import DESCRIPTION, HD, SEED  # noqa: E402
from m2fp_server.cli.bench.table import Row, machine  # noqa: E402
from m2fp_server.cli.private_daemon import PrivateDaemon  # noqa: E402
from m2fp_server.whole_file import whole_file  # noqa: E402
from support.bpy_environments import VERSIONS  # noqa: E402

OURS = "bl_ext.user_default.m2fp_bridge"
EMPTY = "bl_ext.user_default.empty"

EMPTY_CODE = "def register():\n    pass\n\n\ndef unregister():\n    pass\n"
EMPTY_MANIFEST = """\
schema_version = "1.0.0"
id = "empty"
version = "1.0.0"
name = "Empty"
tagline = "Does nothing"
maintainer = "Nobody"
type = "add-on"
blender_version_min = "4.2.0"
license = ["SPDX:GPL-3.0-or-later"]
"""

PATIENCE = 900.0
"""Seconds for one program."""


@dataclass(frozen=True)
class Measured:
    """Of one Blender, in milliseconds. ``frames``: by the number of parts in the mask files."""

    switched_on: float
    empty: float
    present: float
    computed: float
    frames: dict[int, float]

    @property
    def start(self) -> float:
        return self.switched_on - self.empty

    @property
    def ratio(self) -> float:
        return max(self.frames.values()) / min(self.frames.values())

    def rows(self) -> list[Row]:
        """The promises."""
        return [
            Row("switching the extension on, beyond an empty one", 50, self.start, "ms"),
            Row("a frame's overhead at 1080p, masks there", 50, self.present, "ms"),
            Row("a frame's overhead at 1080p, masks computed", 50, self.computed, "ms"),
        ]


def bench(
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the result here.")] = None,
    frames: Annotated[int, typer.Option(min=2, help="Frames of a render.")] = 6,
    runs: Annotated[int, typer.Option(min=1, help="Fresh starts for each median.")] = 7,
) -> None:
    """Measure the extension's start, a frame's overhead and what many parts cost."""
    measured = {}
    with tempfile.TemporaryDirectory(prefix="m2fp-bench-") as name, PrivateDaemon() as daemon:
        folder = Path(name)
        write_plates(folder / "plates", frames)
        for version in VERSIONS:
            shot = Shot(folder / version, Module(python_of(version)), daemon.endpoint)
            shot.limit = PATIENCE
            measured[version] = _measure(shot, folder / "plates" / "plate.0001.exr", frames, runs)
    print("\n".join(markdown(measured)))
    here = machine()
    print(f"\n{here['system']}, {here['cpus']} CPUs ({here['processor']}). Absolute figures count when idle.")
    if json_file is not None:
        inputs = {"seed": SEED, "plate": DESCRIPTION, "frames": frames, "runs": runs}
        result = {"bench": "blender", "machine": here, "inputs": inputs}
        found = {version: asdict(each) for version, each in measured.items()}
        with whole_file(json_file) as temporary:
            temporary.write_text(json.dumps({**result, "measured": found}, indent=2) + "\n", "utf-8")
    sys.exit(0 if all(row.ok for each in measured.values() for row in each.rows()) else 1)


def markdown(measured: dict[str, Measured]) -> Iterator[str]:
    """The table of docs/blender.md: a column for each Blender."""
    yield " | ".join(["| ", "target", *(f"Blender {version}" for version in measured)]) + " |"
    yield "|---" * (2 + len(measured)) + "|"
    for promises in zip(*(each.rows() for each in measured.values()), strict=True):
        figures = [f"{row.measured:.0f} {row.unit}" for row in promises]
        yield " | ".join([f"| {promises[0].name}", promises[0].promise, *figures]) + " |"
    for parts in next(iter(measured.values())).frames:
        figures = [f"{each.frames[parts] / 1000:.2f} s" for each in measured.values()]
        name = f"load and compositing of a frame at 1080p, {parts} part{'s' if parts > 1 else ''}"
        yield " | ".join([f"| {name}", "", *figures]) + " |"
    yield " | ".join(["| ratio", "", *(f"{each.ratio:.1f}" for each in measured.values())]) + " |"


def _measure(shot: Shot, first_plate: Path, frames: int, runs: int) -> Measured:
    _write_empty(shot.folder / "blender" / "extensions" / "user_default" / "empty")
    # In turns, so that a busy moment of the machine meets both.
    starts = [(_started(shot, OURS), _started(shot, EMPTY)) for _ in range(runs)]
    one, all_parts = (_rendered(shot, first_plate, frames, fetch) for fetch in ("PART", "ALL"))
    return Measured(
        switched_on=statistics.median(ours for ours, _ in starts),
        empty=statistics.median(empty for _, empty in starts),
        present=statistics.median(one["present"]),
        computed=statistics.median(one["computed"]),
        frames={_parts(each): statistics.median(each["frame"]) for each in (one, all_parts)},
    )


def _started(shot: Shot, module: str) -> float:
    found = shot.run("bench_start.py", module=module).found
    assert found["loaded"], found
    return float(found["ms"])


def _rendered(shot: Shot, first_plate: Path, frames: int, fetch: str) -> dict[str, Any]:
    found: dict[str, Any] = shot.run(
        "bench_frames.py",
        size=HD,
        last=frames,
        image=str(first_plate),
        endpoint=shot.endpoint,
        fetch=fetch,
    ).found
    assert found["fault"] == "", found
    assert found["calls"] == [frames - 1, 0], found
    return found


def _parts(found: dict[str, Any]) -> int:
    return len(set(found["parts"]) - {"Combined", "Alpha"})


def _write_empty(folder: Path) -> None:
    folder.mkdir()
    (folder / "__init__.py").write_text(EMPTY_CODE)
    (folder / "blender_manifest.toml").write_text(EMPTY_MANIFEST)


if __name__ == "__main__":
    typer.run(bench)
