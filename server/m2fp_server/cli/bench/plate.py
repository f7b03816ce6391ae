"""The plate that benches run on: the demo's photograph, person and all, under film grain."""

from __future__ import annotations

from pathlib import Path

import numpy as np

SEED = 20
HD = (1920, 1080)
UHD = (3840, 2160)
DCI4K = (4096, 2160)

DESCRIPTION = "half RGBA, zips: the demo's photograph over the frame's height, mirrored, grain"


def write_plate(path: Path, width: int, height: int) -> None:
    """Write a seeded plate to ``path``."""
    import cv2
    import OpenImageIO

    from ...images import plate_from_photograph, read_plate
    from ..demo import PHOTOGRAPH

    photograph = path.with_name("photograph.exr")
    plate_from_photograph(PHOTOGRAPH, photograph)
    person = cv2.resize(read_plate(photograph).pixels, (height, height), interpolation=cv2.INTER_CUBIC)
    left = (width - height) // 2
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = np.pad(person, ((0, 0), (left, width - height - left), (0, 0)), mode="reflect")
    pixels[..., :3] += np.random.default_rng(SEED).normal(0, 0.01, (height, width, 3))
    spec = OpenImageIO.ImageSpec(width, height, 4, OpenImageIO.HALF)
    spec.attribute("compression", "zips")
    image = OpenImageIO.ImageBuf(spec)
    image.set_pixels(OpenImageIO.ROI.All, pixels.clip(0))
    if not image.write(str(path)):
        raise OSError(image.geterror())
