"""The picture of docs/blender.md is what Blender makes of the demo's photograph today.

    M2FP_WRITE_PICTURES=1 python3 install.py test -- tests/hosts/blender/test_docs_picture.py

writes it anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from .shot import Shot

PICTURE = Path(__file__).parents[3] / "docs" / "images" / "blender.png"

WRITE = "M2FP_WRITE_PICTURES"

PHOTOGRAPH = (512, 512)
PANE = (340, 340)

LIKE = 6
"""Of 255: processors differ in the last digits of a network."""

pytestmark = pytest.mark.timeout(300)


def test_both_blenders_make_the_picture_of_the_documentation(shot: Shot, portrait: Path) -> None:
    found = shot.run("recolour.py", image=str(portrait), size=PHOTOGRAPH, endpoint=shot.endpoint).found
    assert found["fault"] == ""
    made = np.hstack([pane(Path(picture)) for picture in found["pictures"]])
    if os.environ.get(WRITE):
        Image.fromarray(made).save(PICTURE, optimize=True)
    with Image.open(PICTURE) as kept:
        np.testing.assert_allclose(made.astype(int), np.asarray(kept).astype(int), rtol=0, atol=LIKE)


def pane(picture: Path) -> NDArray[np.uint8]:
    """A picture that Blender wrote, as large as it is in the documentation: ``(H, W, 3)``."""
    with Image.open(picture) as opened:
        return np.asarray(opened.convert("RGB").resize(PANE, Image.Resampling.LANCZOS))
