"""The picture to judge masks by: a part's colour lies where the part is."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from m2fp_host.errors import BadImage, BadRequest
from m2fp_server.cli.preview import MARGIN, PANEL, ROW, write_preview
from m2fp_server.images.layered_exr import write_layered
from m2fp_server.images.window import Window
from support.exr import Box, write_pixels

HAIR = np.array((0xF2, 0xB1, 0x34))
PERSON = np.array((0xE0, 0xE0, 0xE0))
PAPER = (23, 23, 26)


def black_plate(
    path: Path, width: int, height: int, at: tuple[int, int] = (0, 0), display: Box | None = None
) -> Path:
    return write_pixels(path, np.zeros((height, width, 3), np.float32), at=at, display=display)


def masks(path: Path, window: Window, **layers: NDArray[np.float64]) -> Path:
    """Masks over ``window`` as both data and display window, one layer for each array ``(H, W)``."""
    bands = [np.stack(list(layers.values()), -1).astype(np.float16)]
    channels = [f"{name}.A" for name in layers]
    write_layered(
        path, channels, bands, data_window=window, display_window=window, pixel_aspect=1.0, metadata={}
    )
    return path


def drawn(plate: Path, masks_file: Path, out: Path) -> NDArray[np.uint8]:
    """The preview as ``(H, W, 3)`` RGB."""
    write_preview(plate, masks_file, out)
    image = cv2.imread(str(out))
    assert image is not None
    return np.asarray(image[..., ::-1], np.uint8)


def left_half(width: int, height: int) -> NDArray[np.float64]:
    half = np.zeros((height, width))
    half[:, : width // 2] = 1
    return half


def panels(image: NDArray[np.uint8], width: int, height: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The plate's panel and the parts', each ``width`` x ``height``."""
    rows = slice(MARGIN, MARGIN + height)
    return image[rows, MARGIN : MARGIN + width], image[rows, 2 * MARGIN + width : 2 * (MARGIN + width)]


def test_a_parts_colour_is_where_the_part_is(tmp_path: Path) -> None:
    plate = black_plate(tmp_path / "plate.exr", 90, 60)
    hair = masks(
        tmp_path / "masks.exr", Window(0, 0, 90, 60), hair=left_half(90, 60), face=np.zeros((60, 90))
    )
    image = drawn(plate, hair, tmp_path / "preview.png")
    assert image.shape == (480 + 3 * MARGIN + ROW, 2 * PANEL + 3 * MARGIN, 3)
    picture, parts = panels(image, PANEL, 480)
    assert picture.max() == 0
    np.testing.assert_allclose(parts[:, : PANEL // 2 - 10].reshape(-1, 3).mean(0), HAIR * 0.55, atol=1)
    assert parts[:, PANEL // 2 + 10 :].max() == 0
    legend = image[480 + 2 * MARGIN :]
    assert (legend == HAIR).all(2).sum() > 200, "the colour's sample in the legend"


def test_the_plate_is_shown_as_it_looks(tmp_path: Path) -> None:
    grey = write_pixels(tmp_path / "plate.exr", np.full((40, 40, 3), 0.18, np.float32))
    nobody = masks(tmp_path / "masks.exr", Window(0, 0, 40, 40), hair=np.zeros((40, 40)))
    picture, _ = panels(drawn(grey, nobody, tmp_path / "preview.png"), PANEL, PANEL)
    np.testing.assert_allclose(picture.mean((0, 1)), 118, atol=1)  # 0.18 on the sRGB curve


def test_a_frame_with_nobody_in_it_says_so(tmp_path: Path) -> None:
    plate = black_plate(tmp_path / "plate.exr", 90, 60)
    nobody = masks(tmp_path / "masks.exr", Window(0, 0, 90, 60), hair=np.zeros((60, 90)))
    legend = drawn(plate, nobody, tmp_path / "preview.png")[480 + 2 * MARGIN :]
    written = (legend != PAPER).any(2)
    assert written.sum() > 200
    assert legend[written].max(-1).astype(int).max() <= 151, "faint words"
    assert (np.ptp(legend[written].astype(int), axis=-1) <= 3).all(), "and no part's colour"


def test_person_alone_is_shown_in_a_colour_of_its_own(tmp_path: Path) -> None:
    plate = black_plate(tmp_path / "plate.exr", 90, 60)
    window, half = Window(0, 0, 90, 60), left_half(90, 60)
    _, parts = panels(
        drawn(plate, masks(tmp_path / "masks.exr", window, person=half), tmp_path / "preview.png"), PANEL, 480
    )
    np.testing.assert_allclose(parts[:, : PANEL // 2 - 10].reshape(-1, 3).mean(0), PERSON * 0.55, atol=1)
    both = masks(tmp_path / "both.exr", window, person=half, hair=half)
    _, parts = panels(drawn(plate, both, tmp_path / "both.png"), PANEL, 480)
    np.testing.assert_allclose(parts[:, : PANEL // 2 - 10].reshape(-1, 3).mean(0), HAIR * 0.55, atol=1)


@pytest.mark.parametrize(
    ("at", "display", "frame"),
    [
        pytest.param((-10, -20), (0, 0, 60, 30), (-10, -20, 90, 60), id="overscan"),
        pytest.param((30, 20), (0, 0, 180, 120), (0, 0, 180, 120), id="inside"),
        pytest.param((-45, 40), (0, 0, 90, 60), (-45, 0, 135, 100), id="partly outside"),
    ],
)
def test_the_plate_lies_in_its_frame_as_the_masks_do(
    tmp_path: Path, at: tuple[int, int], display: Box, frame: Box
) -> None:
    """The plate's panel is grey exactly where the part's has the colour."""
    x, y, width, height = frame
    data = np.zeros((height, width))
    data[at[1] - y : at[1] - y + 60, at[0] - x : at[0] - x + 90] = 1
    plate = write_pixels(
        tmp_path / "plate.exr", np.full((60, 90, 3), 0.18, np.float32), at=at, display=display
    )
    hair = masks(tmp_path / "masks.exr", Window(*frame), hair=data)
    image = drawn(plate, hair, tmp_path / "preview.png")
    shown = round(PANEL * height / width)
    picture, parts = panels(image, PANEL, shown)
    disagreeing = (picture[..., 0] > 60) != (parts[..., 0] > 60)
    assert disagreeing.mean() < 0.02  # the edges, which the masks' resize softens


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 3000), (3000, 1)])
def test_any_size_can_be_drawn(tmp_path: Path, width: int, height: int) -> None:
    plate = black_plate(tmp_path / "plate.exr", width, height)
    solid = masks(tmp_path / "masks.exr", Window(0, 0, width, height), hair=np.ones((height, width)))
    image = drawn(plate, solid, tmp_path / "preview.png")
    assert max(image.shape[:2]) > PANEL


def test_a_preview_that_can_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    plate = black_plate(tmp_path / "plate.exr", 9, 6)
    hair = masks(tmp_path / "masks.exr", Window(0, 0, 9, 6), hair=np.ones((6, 9)))
    with pytest.raises(BadRequest, match="can't write the preview"):
        write_preview(plate, hair, tmp_path / "no" / "preview.png")
    (tmp_path / "taken.png").mkdir()
    with pytest.raises(BadRequest, match="can't write the preview"):
        write_preview(plate, hair, tmp_path / "taken.png")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["masks.exr", "plate.exr", "taken.png"]


def test_masks_that_can_not_be_read_are_named(tmp_path: Path) -> None:
    plate = black_plate(tmp_path / "plate.exr", 9, 6)
    with pytest.raises(BadImage, match=r"gone\.exr"):
        write_preview(plate, tmp_path / "gone.exr", tmp_path / "preview.png")
