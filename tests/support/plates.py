"""Small EXR plates, made for a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO


def gradient(width: int, height: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """``(height, width, 3) float32``: a different ramp in each channel."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.stack((x / width, y / height, (x + y) / (width + height)), -1)


def write_plate(path: Path, width: int = 96, height: int = 64, **attributes: Any) -> Path:
    """A half RGB plate of :func:`gradient`. ``attributes`` become the header's; returns ``path``."""
    image = OpenImageIO.ImageBuf(OpenImageIO.ImageSpec(width, height, 3, OpenImageIO.HALF))
    image.set_pixels(OpenImageIO.ROI.All, gradient(width, height))
    for name, value in attributes.items():
        image.specmod().attribute(name, value)
    assert image.write(str(path)), image.geterror()
    return path
