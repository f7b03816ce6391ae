"""A shot of three frames, and the Blender that an artist and a farm open it with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import OpenImageIO
from numpy.typing import NDArray

import m2fp_host
from m2fp_host import Client

HOST_PLUGINS = Path(m2fp_host.__file__).parents[1]
PROGRAMS = Path(__file__).parent / "programs"

LIMIT = 40.0
"""Seconds that a program without a window may take: Blender hangs sooner than it fails."""

SIZE = (96, 64)

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Run:
    """How a program ended. ``found``: the JSON of its last line."""

    status: int
    stdout: str
    stderr: str

    @property
    def found(self) -> Any:
        assert self.status == 0, self
        # The line may not be the last one: Blender says more while it ends.
        line = next(line for line in reversed(self.stdout.splitlines()) if line.startswith("{"))
        return json.loads(line)


class Blender(Protocol):
    """A way to run Blender with the extension."""

    def switch_on(self, resources: Path) -> None:
        """Put the extension where this Blender looks for it, below the user's folder ``resources``."""

    def command(self, program: Path, wanted: str) -> list[str]:
        """The command line that runs ``program`` with the order ``wanted``."""

    def environment(self, resources: Path) -> dict[str, str]:
        """The variables that it needs."""


@dataclass(frozen=True)
class Module:
    """Blender as the module ``bpy`` of ``python``'s environment."""

    python: Path

    def switch_on(self, resources: Path) -> None:
        copy_extension(resources / "extensions" / "user_default")

    def command(self, program: Path, wanted: str) -> list[str]:
        return [str(self.python), str(program), wanted]

    def environment(self, resources: Path) -> dict[str, str]:
        return {"BLENDER_USER_RESOURCES": str(resources), "PYTHONPATH": str(HOST_PLUGINS)}


def copy_extension(folder: Path) -> None:
    """Copy the extension as it is in the checkout into ``folder``."""
    shutil.copytree(
        HOST_PLUGINS / "blender", folder / "m2fp_bridge", ignore=shutil.ignore_patterns("__pycache__")
    )


class Shot:
    """A shot's folder: plates 1 to 3, ``shot.blend``, masks and renders.

    :param blender: runs its programs. ``limit``: seconds that each may take.
    """

    limit = LIMIT

    def __init__(self, folder: Path, blender: Blender, endpoint: str) -> None:
        self.folder = folder
        self.endpoint = endpoint
        self._blender = blender
        self._resources = folder / "blender"
        (folder / "out").mkdir(parents=True)
        blender.switch_on(self._resources)
        for frame in (1, 2, 3):
            self.expose(frame, seed=frame)

    def expose(self, frame: int, seed: int) -> None:
        """Write the plate of a frame: another picture for each seed."""
        write_noise(self.plate(frame), seed)

    def plate(self, frame: int) -> Path:
        return self.folder / f"plate.{frame:04d}.exr"

    def mask(self, frame: int) -> Path:
        return self.folder / "masks" / f"human_parts.{frame:04d}.exr"

    def run(self, program: str, **order: Any) -> Run:
        """A program of :data:`PROGRAMS` in a Blender of its own, within a time limit."""
        wanted = json.dumps({"folder": str(self.folder), **order})
        return self.start(self._blender.command(PROGRAMS / program, wanted))

    def start(self, command: Sequence[str]) -> Run:
        """A command line in the shot's folder, within a time limit."""
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        environment = {
            **kept,
            "HOME": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            **self._blender.environment(self._resources),
        }
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=self.limit,
            check=False,
        )
        for said in (done.stdout, done.stderr):
            assert "Traceback" not in said, said
        return Run(done.returncode, done.stdout, done.stderr)

    def make(
        self, *press: str, plate: dict[str, Any] | None = None, placeholders: bool = False, **settings: Any
    ) -> Any:
        """The artist's session; what the buttons said."""
        chosen = dict({"image": str(self.plate(1))} if plate is None else plate, placeholders=placeholders)
        settings = {"endpoint": self.endpoint, "part": "hair", **settings}
        return self.run("make_shot.py", size=SIZE, last=3, settings=settings, press=press, **chosen).found

    def render(
        self,
        extension: bool = True,
        kill: int = 0,
        remove: str = "",
        only: int = 0,
        also: str = "",
        **settings: Any,
    ) -> Run:
        """The farm's render of all frames, or ``only`` of one; ``also``: Python that is run before."""
        order = {"extension": extension, "kill": kill, "remove": remove, "only": only, "also": also}
        return self.run("render_shot.py", settings=settings, **order)

    def rendered(self) -> list[int]:
        """The frames that are there; nothing else is."""
        names = sorted(path.name for path in (self.folder / "out").iterdir())
        return [int(name[len("out.") : -len(".exr")]) for name in names]

    def alpha(self, frame: int) -> Pixels:
        """The matte that Blender rendered."""
        return channel(self.folder / "out" / f"out.{frame:04d}.exr", "A")

    def matte(self, frame: int, layer: str = "hair") -> Pixels:
        """The matte that the group fetched."""
        return channel(self.mask(frame), f"{layer}.A")

    def expected(self, client: Client, frame: int, layer: str = "hair") -> Pixels:
        """The matte of a frame's plate without Blender."""
        masks = client.parse(self.plate(frame), self.folder / "expected.exr")
        return channel(Path(masks.path), f"{layer}.A")


def done(run: Run) -> None:
    """A program did all that it should."""
    assert run.status == 0, run


def channel(path: Path, name: str) -> Pixels:
    """A channel of an EXR file as ``(H, W) float32``."""
    image = OpenImageIO.ImageBuf(str(path))
    pixels = image.get_pixels(OpenImageIO.FLOAT)
    assert pixels is not None, image.geterror()
    found: Pixels = pixels[..., image.spec().channelnames.index(name)]
    return found


def write_noise(path: Path, seed: int) -> None:
    """A plate of soft blobs, another one for each seed; half if it is an EXR, else 8 bits."""
    width, height = SIZE
    small = np.random.default_rng(seed).random((height // 8, width // 8, 3), np.float32)
    kind = OpenImageIO.HALF if path.suffix == ".exr" else OpenImageIO.UINT8
    image = OpenImageIO.ImageBuf(OpenImageIO.ImageSpec(width, height, 3, kind))
    image.set_pixels(OpenImageIO.ROI.All, np.kron(small, np.ones((8, 8, 1), np.float32)))
    assert image.write(str(path)), image.geterror()
