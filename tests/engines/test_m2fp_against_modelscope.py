"""From an 8-bit picture to hard masks: the engine's reference way against modelscope's own pipeline."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from m2fp_server.cli.demo import PHOTOGRAPH
from m2fp_server.engines.m2fp import SEVERAL, SINGLE, M2FPEngine, Variant
from m2fp_server.images import picture_of, read_plate
from m2fp_server.images.photograph import plate_from_photograph
from m2fp_server.network.seeded import seeded_entries
from m2fp_server.weights import Store
from support.reference import FIRST_TIME, reference_module

PLATES = ((270, 480), (401, 333), (515, 384), (96, 64))
"""Height and width: landscape, odd, one that just misses the single person's canvas, smaller than it."""


@pytest.fixture(scope="module")
def photograph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photograph") / "plate.exr"
    plate_from_photograph(PHOTOGRAPH, path)
    return path


def display(plate: Path, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """The photograph at ``size`` (height, width) as modelscope takes pictures: 8-bit, display sRGB."""
    pixels = picture_of(read_plate(str(plate), name=plate.name), (size[1], size[0])).pixels
    return np.asarray((pixels * 255).round(), np.uint8)


@pytest.mark.timeout(FIRST_TIME)
@pytest.mark.parametrize(
    ("variant", "classes"), [(SEVERAL, 21), (SINGLE, 20)], ids=["several people", "one person"]
)
def test_the_reference_way_gives_the_references_lists(
    variant: Variant, classes: int, seeded_store: Store, photograph: Path
) -> None:
    engine = M2FPEngine(variant, seeded_store.find(variant.model))
    pixels = differing = 0
    with reference_module(seeded_entries(classes, seed=1), classes) as module:
        for size in PLATES:
            picture = display(photograph, size)
            theirs, ours = module.parse(picture), engine.parse_as_reference(picture)
            labels = [module.classes[mask.category] for mask in ours]
            assert Counter(labels) == Counter(theirs.labels)
            assert labels == theirs.labels
            assert len(labels) > 5
            assert [mask.score for mask in ours] == pytest.approx(theirs.scores, abs=1e-4)
            for index, mask in enumerate(ours):
                assert mask.mask.shape == size
                differing += int((mask.mask != theirs.hard_mask(index)).sum())
                pixels += mask.mask.size
    assert differing <= 1e-4 * pixels
