"""EXR files with windows of their own, and the ``OpenEXR`` package as a second reader.

That package shares no code with our writer, so what it reads is what a host will read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import OpenImageIO
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
"""x, y, width, height."""


@dataclass(frozen=True)
class Masks:
    """What the second reader finds: windows as :data:`Box`, other header fields, channels by name."""

    data: Box
    display: Box
    header: dict[str, Any]
    channels: dict[str, NDArray[Any]]

    def over(self, window: Box) -> dict[str, NDArray[Any]]:
        """The channels within ``window``, which lies in the data window."""
        x, y = window[0] - self.data[0], window[1] - self.data[1]
        return {name: pixels[y : y + window[3], x : x + window[2]] for name, pixels in self.channels.items()}


def read_masks(path: Path | str) -> Masks:
    """Read a single-part EXR with the ``OpenEXR`` package."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        header = dict(file.header())
        channels = {name: np.array(channel.pixels) for name, channel in file.channels().items()}
    return Masks(_box(header.pop("dataWindow")), _box(header.pop("displayWindow")), header, channels)


def write_pixels(
    path: Path,
    pixels: NDArray[Any],
    *,
    at: tuple[int, int] = (0, 0),
    display: Box | None = None,
    pixel_aspect: float = 1.0,
) -> Path:
    """A half EXR of ``pixels (H, W, 3 or 4)`` whose data window begins ``at`` (x, y); returns ``path``."""
    height, width, channels = pixels.shape
    spec = OpenImageIO.ImageSpec(width, height, channels, OpenImageIO.HALF)
    spec.channelnames = tuple("RGBA"[:channels])
    spec.x, spec.y = at
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = display or (*at, width, height)
    spec.attribute("PixelAspectRatio", pixel_aspect)
    file = OpenImageIO.ImageOutput.create("openexr")
    assert file is not None
    assert file.open(str(path), spec), file.geterror()
    assert file.write_image(np.ascontiguousarray(pixels, np.float32)), file.geterror()
    assert file.close(), file.geterror()
    return path


def _box(window: Any) -> Box:
    low, high = window
    return int(low[0]), int(low[1]), int(high[0] - low[0] + 1), int(high[1] - low[1] + 1)
