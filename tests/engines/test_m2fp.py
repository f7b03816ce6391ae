"""The M2FP engines, with seeded weights: what any picture gives, and what odd ones do not break."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from m2fp_host.errors import WeightsMissing
from m2fp_server.engines.engine import Parsing
from m2fp_server.engines.m2fp import SEVERAL, SINGLE, M2FPEngine
from m2fp_server.network.entries import CLASS_BIAS, PREDICTOR
from m2fp_server.network.geometry import geometry
from m2fp_server.network.seeded import seeded_entries
from m2fp_server.weights import Installed, Store
from m2fp_server.weights.published import SINGLE as PUBLISHED_SINGLE
from support.checkpoints import install

Picture = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def several(seeded_store: Store) -> M2FPEngine:
    return M2FPEngine(SEVERAL, seeded_store.find("multiple"))


@pytest.fixture(scope="module")
def single(seeded_store: Store) -> M2FPEngine:
    return M2FPEngine(SINGLE, seeded_store.find("single"))


def picture(width: int, height: int, seed: int = 0) -> Picture:
    """Coarse seeded blobs under fine grain."""
    generator = np.random.default_rng(seed)
    blobs = generator.random((height // 32 + 1, width // 32 + 1, 3), np.float32)
    blown = blobs.repeat(32, 0).repeat(32, 1)[:height, :width]
    grain = generator.normal(0, 0.02, (height, width, 3))
    return np.asarray((blown + grain).clip(0, 1), np.float32)


def is_sound(parsing: Parsing, height: int, width: int) -> None:
    assert parsing.probabilities.dtype == np.float16
    assert parsing.probabilities.shape == (len(parsing.labels), height // 4, width // 4)
    sums = parsing.probabilities.astype(np.float32).sum(0)
    assert np.abs(sums - 1).max() < 0.005
    assert parsing.probabilities.min() >= 0
    if parsing.people is not None:
        assert parsing.people.shape == (len(parsing.scores), *parsing.probabilities.shape[1:])
        assert np.isfinite(parsing.people).all()
        if len(parsing.people):
            assert parsing.people.astype(np.float32).sum(0).max() < 1.005


def test_the_card_is_that_of_the_installed_weights(several: M2FPEngine, seeded_store: Store) -> None:
    installed = seeded_store.find("multiple")
    assert several.card.name == "m2fp"
    assert several.card.weights == installed.sha256
    assert several.card.weights == hashlib.sha256(installed.path.read_bytes()).hexdigest()
    assert several.card.licence == "CC BY-NC 4.0"
    assert not several.card.commercial
    assert several.card.labels[0] == "background"
    assert "torso_skin" in several.card.labels
    assert len(several.card.labels) == 20


def test_one_person_has_his_own_labels_and_no_people(single: M2FPEngine) -> None:
    assert single.card.name == "m2fp-single"
    assert "jumpsuits" in single.card.labels
    parsing = single.parse(picture(384, 216))
    is_sound(parsing, 216, 384)
    assert parsing.people is None


def test_several_people_are_told_apart(several: M2FPEngine) -> None:
    parsing = several.parse(picture(256, 160))
    is_sound(parsing, 160, 256)
    assert parsing.people is not None
    assert len(parsing.scores) >= 1
    assert all(0.3 <= score <= 1 for score in parsing.scores)


def test_the_same_picture_gives_the_same_bits(several: M2FPEngine) -> None:
    one, other = (several.parse(picture(160, 96, seed=4)) for _ in range(2))
    assert one.probabilities.tobytes() == other.probabilities.tobytes()
    assert one.people is not None
    assert other.people is not None
    assert one.people.tobytes() == other.people.tobytes()


def test_what_is_padded_on_does_not_show(several: M2FPEngine) -> None:
    """A picture that needs padding has a grid of its own size; padding is cut off, not resized in."""
    parsing = several.parse(picture(132, 68))
    is_sound(parsing, 68, 132)


def test_both_precisions_agree_in_the_main(several: M2FPEngine) -> None:
    exact, fast = (several.parse(picture(256, 160), precision) for precision in ("fp32", "bf16"))
    is_sound(fast, 160, 256)
    assert (exact.probabilities.argmax(0) == fast.probabilities.argmax(0)).mean() > 0.8
    assert exact.probabilities.tobytes() != fast.probabilities.tobytes()


@pytest.mark.parametrize(("width", "height"), [(4, 4), (8, 28), (4, 1332), (1332, 4), (36, 32)])
def test_tiny_and_narrow_pictures(several: M2FPEngine, width: int, height: int) -> None:
    is_sound(several.parse(picture(width, height)), height, width)


@pytest.mark.parametrize("plate", [(1, 10000), (10000, 1), (3, 5), (31, 31)])
def test_plates_of_any_shape_have_a_picture(
    several: M2FPEngine, single: M2FPEngine, plate: tuple[int, int]
) -> None:
    for engine in (several, single):
        width, height = engine.picture_size(*plate)
        is_sound(engine.parse(picture(width, height)), height, width)


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_flat_pictures(several: M2FPEngine, level: float) -> None:
    is_sound(several.parse(np.full((64, 96, 3), level, np.float32)), 64, 96)


def test_the_usual_sizes(several: M2FPEngine, single: M2FPEngine) -> None:
    assert several.picture_size(1920, 1080) == (1136, 640)
    assert several.picture_size(3840, 2160) == (1136, 640)
    assert several.picture_size(1080, 1920) == (640, 1136)
    assert several.picture_size(1920, 1080, 2.0) == (2276, 1280)
    assert several.picture_size(1920, 1080, 0.5) == (568, 320)
    assert several.picture_size(4096, 1000) == (1332, 324)
    assert single.picture_size(1920, 1080) == (384, 216)
    assert single.picture_size(1080, 1920) == (288, 512)


def test_sizes_are_remembered_and_not_without_end(several: M2FPEngine) -> None:
    for width in range(32, 32 * 15, 32):
        several.parse(picture(width, 32))
    remembered = geometry.cache_info()
    assert remembered.maxsize is not None
    assert remembered.currsize <= remembered.maxsize <= 16


def test_a_frame_without_people_is_empty(tmp_path: Path) -> None:
    entries = seeded_entries(21, seed=2)
    bias = entries[CLASS_BIAS]
    bias[:] = -30.0
    bias[0] = bias[-1] = 30.0  # background and nothing
    store = Store(tmp_path / "store")
    engine = M2FPEngine(SEVERAL, install(store, entries))
    parsing = engine.parse(picture(128, 64))
    assert parsing.people is not None
    assert parsing.people.shape == (0, 16, 32)
    assert parsing.scores == ()
    assert not parsing.probabilities[1:].any()
    assert (parsing.probabilities[0] == 1).all()
    shutil.rmtree(tmp_path / "store")


def test_weights_that_went_away_do_not_matter_until_they_are_needed(
    seeded_store: Store, tmp_path: Path
) -> None:
    installed = seeded_store.find("single")
    copy = shutil.copy(installed.path, tmp_path / installed.path.name)
    engine = M2FPEngine(SINGLE, Installed(**{**vars(installed), "path": Path(copy)}))
    Path(copy).unlink()
    is_sound(engine.parse(picture(96, 64)), 64, 96)
    with pytest.raises(WeightsMissing, match="is gone"):
        engine.parse(picture(96, 64), "bf16")
    is_sound(engine.parse(picture(96, 64)), 64, 96)


def test_weights_cut_short_are_named(seeded_store: Store, tmp_path: Path) -> None:
    installed = seeded_store.find("single")
    copy = Path(shutil.copy(installed.path, tmp_path / installed.path.name))
    with open(copy, "r+b") as file:
        file.truncate(installed.bytes // 2)
    with pytest.raises(WeightsMissing, match="is damaged"):
        M2FPEngine(SINGLE, Installed(**{**vars(installed), "path": copy}))


def test_weights_that_make_no_numbers_are_named(tmp_path: Path) -> None:
    """Finite, every one, but their products are not."""
    entries = seeded_entries(20, seed=1)
    entries[f"{PREDICTOR}class_embed.weight"].fill_(3e38)
    store = Store(tmp_path / "store")
    with pytest.raises(WeightsMissing, match="make nothing but NaN"):
        M2FPEngine(SINGLE, install(store, entries, PUBLISHED_SINGLE))
    shutil.rmtree(tmp_path / "store")


def test_the_network_keeps_nothing_of_the_entries_it_was_made_of(seeded_store: Store) -> None:
    """Else all 252 MB of the file would stay in memory beside the packed weights."""
    from m2fp_server.network import M2FPNetwork

    entries = seeded_store.find("single").load()
    network = M2FPNetwork(entries)
    x = torch.zeros(1, 3, 32, 32)
    with torch.inference_mode():
        before = network(x).masks.clone()
        for value in entries.values():
            value.zero_()
        assert torch.equal(network(x).masks, before)
