"""What depends on a picture's size alone."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import torch

from m2fp_server.network.geometry import KEPT, geometry, sine_positions


@pytest.fixture
def _fresh() -> Iterator[None]:
    geometry.cache_clear()
    yield
    geometry.cache_clear()


def test_levels_are_coarse_to_fine() -> None:
    levels = geometry(64, 96)
    assert levels.shapes == ((2, 3), (4, 6), (8, 12))
    assert levels.lengths == [6, 24, 96]
    assert levels.positions.shape == (126, 256)
    assert levels.centres.shape == (126, 2)
    assert levels.positions.dtype == levels.centres.dtype == torch.float32


def test_the_smallest_picture_has_a_level_of_one_cell() -> None:
    levels = geometry(32, 32)
    assert levels.shapes == ((1, 1), (2, 2), (4, 4))
    assert levels.centres[0].tolist() == [0.5, 0.5]


def test_cells_are_split_by_level() -> None:
    levels = geometry(64, 96)
    cells = torch.arange(126 * 2).view(126, 2)
    parts = levels.split(cells)
    assert [len(part) for part in parts] == levels.lengths
    assert torch.equal(torch.cat(parts), cells)


def test_centres_go_along_rows_and_are_shares_of_the_picture() -> None:
    levels = geometry(64, 96)
    for centres, (height, width) in zip(levels.split(levels.centres), levels.shapes, strict=True):
        expected = [((x + 0.5) / width, (y + 0.5) / height) for y in range(height) for x in range(width)]
        torch.testing.assert_close(centres, torch.tensor(expected), atol=1e-7, rtol=0)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 3), (5, 1), (1, 9), (20, 36)])
def test_positions_are_those_of_detr(height: int, width: int) -> None:
    """Cells are counted from 1 and stretched to 2 pi; 64 wavelengths, from 2 pi to 10000 times that."""
    found = sine_positions(height, width)
    assert found.shape == (height * width, 256)
    assert found.dtype == torch.float32
    for cell, values in enumerate(found.tolist()):
        row, column = divmod(cell, width)
        for half, (place, length) in enumerate(((row + 1, height), (column + 1, width))):
            angle = place / (length + 1e-6) * 2 * math.pi
            for pair in range(64):
                phase = angle / 10000 ** (2 * pair / 128)
                at = 128 * half + 2 * pair
                assert values[at] == pytest.approx(math.sin(phase), abs=2e-6)
                assert values[at + 1] == pytest.approx(math.cos(phase), abs=2e-6)


def test_positions_of_a_picture_are_those_of_its_levels() -> None:
    levels = geometry(96, 64)
    for positions, shape in zip(levels.split(levels.positions), levels.shapes, strict=True):
        assert torch.equal(positions, sine_positions(*shape))


@pytest.mark.usefixtures("_fresh")
def test_a_size_is_made_once() -> None:
    assert geometry(64, 96) is geometry(64, 96)
    assert geometry(64, 96) is not geometry(96, 64)


@pytest.mark.usefixtures("_fresh")
def test_only_so_many_sizes_are_kept() -> None:
    first = geometry(32, 32)
    for width in range(2, KEPT + 4):
        geometry(32, 32 * width)
    assert geometry.cache_info().currsize == KEPT
    assert geometry(32, 32) is not first
