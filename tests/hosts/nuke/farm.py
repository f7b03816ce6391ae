"""A shot on a farm in a test: plates, a script as text, and the fake Nuke as farms start it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from m2fp_host import Client

from .desk import PLUGIN, Plane, layer, write_noise
from .launching import Run, environment, launch

BATCH = PLUGIN / "m2fp_batch.py"

SCRIPT = """
Root {{
 inputs 0
 first_frame 1
 last_frame {last}
}}
Read {{
 inputs 0
 file {folder}/plates/plate.####.exr
 first 1
 last {last}
 name Read1
 {read}
}}
{before}
M2FP {{
 endpoint {endpoint}
 part hair
 from0 hair.alpha
 name M2FP1
 {knobs}
}}
{behind}
Write {{
 file {folder}/out/out.####.exr
 file_type exr
 channels rgba
 raw true
 name Write1
 {write}
}}
{more}
"""

GRADE = "Grade {\n multiply 0.5\n name Grade1\n}"

AS_DEADLINE_CLOUD = """
import sys, nuke
script, write, frames = sys.argv[1:]
nuke.scriptOpen(script)
for frame in map(int, frames.split("=")[1].split(",")):
    try:
        nuke.execute(nuke.toNode(write), frame, frame)
    except RuntimeError as fault:
        sys.exit("ERROR: %s" % fault)
    print("rendered frame %d" % frame)
"""
"""A client as AWS Deadline Cloud's adaptor has one: frame by frame, in a Nuke that runs ``-t``."""


class Farm:
    """A shot's folder with plates, masks and renders, and ways to start a Nuke on it.

    :param home: the render user's; with the plug-in in it, or it is found in the checkout.
    :param python: the interpreter that Nuke has.
    """

    def __init__(self, folder: Path, endpoint: str, home: Path | None = None, python: str = sys.executable):
        self.folder = folder
        self.endpoint = endpoint
        self.script = folder / "shot.nk"
        self.out = folder / "out"
        self._python = python
        self._installed = home
        self._home = home or folder / "home"
        self.out.mkdir(parents=True)
        (folder / "plates").mkdir()

    def shot(self, last: int = 3, **parts: str) -> None:
        """Plates 1 to ``last`` and a script: Read, ``before``, M2FP with ``knobs``, ``behind``, Write."""
        for frame in range(1, last + 1):
            self.expose(frame, seed=frame)
        empty = dict.fromkeys(("read", "before", "knobs", "behind", "write", "more"), "")
        texts = {**empty, "endpoint": self.endpoint, **parts}
        texts = {name: text.replace("FOLDER", str(self.folder)) for name, text in texts.items()}
        self.script.write_text(SCRIPT.format(folder=self.folder, last=last, **texts))

    def expose(self, frame: int, seed: int) -> None:
        """Write the plate of a frame: another picture for each seed."""
        write_noise(self.plate(frame), seed=seed)

    def plate(self, frame: int) -> Path:
        return self.folder / "plates" / f"plate.{frame:04d}.exr"

    def mask(self, frame: int, node: str = "M2FP1") -> Path:
        return self.folder / "m2fp" / node / f"{node}.{frame:04d}.exr"

    def rendered(self) -> list[int]:
        """The frames of ``Write1`` that are there; nothing else is."""
        names = sorted(path.name for path in self.out.iterdir())
        return [int(name[len("out.") : -len(".exr")]) for name in names]

    def masks(self, node: str = "M2FP1") -> dict[int, tuple[int, int]]:
        """Each frame of masks that is there, with what changes whenever it is written again."""
        found = {}
        for path in sorted(self.mask(1, node).parent.glob("*.exr")):
            state = path.stat()
            found[int(path.name.split(".")[-2])] = (state.st_ino, state.st_mtime_ns)
        return found

    def matte(self, frame: int) -> Plane:
        """The alpha that ``Write1`` rendered."""
        return layer(self.out / f"out.{frame:04d}.exr", "A")

    def expected(self, client: Client, frame: int, name: str = "hair.A") -> Plane:
        """A layer of the masks that the daemon gives for the plate of a frame without Nuke."""
        return layer(client.parse(self.plate(frame), self.folder / "expected.exr").path, name)

    def nuke(self, *arguments: str | Path, **variables: str) -> Run:
        """A Nuke with these arguments, which nobody caught doing what it must not."""
        run = launch(arguments, self.environment(**variables), python=self._python, cwd=self.folder)
        assert not run.violations, run
        assert not run.faults, run
        assert not run.warnings, run
        assert "Traceback" not in run.stderr, run
        return run

    def environment(self, **variables: str) -> dict[str, str]:
        found = {} if self._installed else {"NUKE_PATH": str(PLUGIN)}
        return environment(self._home, **{**found, **variables})

    def batch(self, *arguments: str | Path, **variables: str) -> Run:
        """Route A: ``m2fp_batch.py`` on the script."""
        return self.nuke(*self.batch_command(self.script, *arguments), **variables)

    def batch_command(self, *arguments: str | Path) -> Sequence[str | Path]:
        program = self._installed / ".nuke" / "m2fp" / BATCH.name if self._installed else BATCH
        return ["-t", program, "--", *arguments]

    def render(self, *switches: str, **variables: str) -> Run:
        """Route B: ``nuke -x`` of the script."""
        return self.nuke("-x", *switches, self.script, **variables)

    def deadline_cloud(self, write: str, frames: Sequence[int], **variables: str) -> Run:
        """``nuke -V 2 -t client.py``, which executes a Write frame by frame."""
        client = self.folder / "client.py"
        client.write_text(AS_DEADLINE_CLOUD)
        wanted = "frames=" + ",".join(map(str, frames))  # a bare number at the end would be Nuke's
        return self.nuke("-V", "2", "-t", client, self.script, write, wanted, **variables)


def refused(run: Run) -> str:
    """The one sentence by which a render ended that must not go on."""
    assert run.status == 1, run
    (line,) = run.stderr.splitlines()
    assert line.startswith("ERROR: "), run
    return line[len("ERROR: ") :]
