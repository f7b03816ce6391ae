"""An artist's desk in a test: a fake Nuke with the plug-in, plates on disk, a script that is saved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO

from .fake_nuke import api as nuke
from .fake_nuke.application import Application
from .fake_nuke.artist import Artist

REPOSITORY = Path(__file__).resolve().parents[3]
PLUGIN = REPOSITORY / "host_plugins" / "nuke"
GIZMOS = REPOSITORY / "gizmos"

Plane = npt.NDArray[np.float32]


class Desk:
    """What most tests of the plug-in need, in the artist's words.

    :param folder: of the shot: ``shot.nk``, ``plates/plate.####.exr``.
    """

    def __init__(self, application: Application, folder: Path, endpoint: str) -> None:
        self.application = application
        self.artist = Artist(application)
        self.folder = folder
        self.script = folder / "shot.nk"
        self.endpoint = endpoint

    def plates(self, frames: Sequence[int] = (1, 2, 3), width: int = 96, height: int = 64) -> str:
        """Write a plate for each frame, each another picture; the path with ``####``."""
        (self.folder / "plates").mkdir(exist_ok=True)
        for frame in frames:
            write_noise(self.plate(frame), width, height, seed=frame)
        return f"{self.folder}/plates/plate.####.exr"

    def plate(self, frame: int) -> Path:
        return self.folder / "plates" / f"plate.{frame:04d}.exr"

    def mask(self, frame: int, node: str = "M2FP1") -> Path:
        return self.folder / "m2fp" / node / f"{node}.{frame:04d}.exr"

    def shot(self, frames: Sequence[int] = (1, 2, 3), plates: str = "") -> tuple[Any, Any]:
        """A saved script with a Read of plates and an M2FP node behind it, its panel open; both nodes."""
        plates = plates or self.plates(frames)
        root = nuke.root()
        root["first_frame"].setValue(min(frames))
        root["last_frame"].setValue(max(frames))
        nuke.frame(min(frames))
        read = self.artist.create("Read")
        read["file"].setValue(plates)
        for knob, frame in (("first", min(frames)), ("last", max(frames))):
            read[knob].setValue(frame)
        self.artist.select(read)
        node = self.artist.create("M2FP")
        node["endpoint"].setValue(self.endpoint)
        self.save()
        return read, node

    def save(self) -> None:
        self.artist.save_script(str(self.script))

    def reopen(self) -> Any:
        """Save, close, open again; the node M2FP1."""
        self.save()
        self.artist.open_script(str(self.script))
        return nuke.toNode("M2FP1")

    def parse(self, node: Any, button: str = "parse_range", timeout: float = 60.0) -> str:
        """Press a button and wait for the end; the node's status."""
        self.artist.press(node, button)
        self.settle(node, timeout)
        return str(node["status"].value())

    def settle(self, node: Any, timeout: float = 60.0) -> None:
        """Wait until nothing that a button of ``node`` began is under way."""
        from m2fp_nuke import interactive

        waiting = ("connecting ...", "starting the daemon ...")
        self.artist.wait_until(
            lambda: not interactive.is_running(node) and node["status"].value() not in waiting, timeout
        )

    def planes(self, node: Any, channels: Sequence[str], frame: int, view: str | None = None) -> Plane:
        """Channels of a node as ``(C, H, W) float32``, top row first."""
        with self.application.session.at(frame, view):
            path = self.folder / "dump.npz"
            operators = self.application.session.flatten(node, frame, view)
            self.application.session.pixels.dump(operators, list(channels), str(path))
        with np.load(path) as planes:
            return np.stack([planes[channel] for channel in channels])


def write_noise(path: Path, width: int = 96, height: int = 64, seed: int = 1) -> Path:
    """A half RGB plate of soft blobs, another one for each ``seed``."""
    random = np.random.default_rng(seed)
    small = random.random((height // 8, width // 8, 3), np.float32)
    pixels = np.kron(small, np.ones((8, 8, 1), np.float32))
    image = OpenImageIO.ImageBuf(OpenImageIO.ImageSpec(width, height, 3, OpenImageIO.HALF))
    image.set_pixels(OpenImageIO.ROI.All, np.ascontiguousarray(pixels))
    assert image.write(str(path)), image.geterror()
    return path


def layer(path: str | Path, name: str) -> Plane:
    """A channel of an EXR file as ``(H, W) float32``, by OpenImageIO."""
    image = OpenImageIO.ImageBuf(str(path))
    names = list(image.spec().channelnames)
    pixels = image.get_pixels(OpenImageIO.FLOAT)
    assert pixels is not None, image.geterror()
    return np.asarray(pixels[:, :, names.index(name)])
