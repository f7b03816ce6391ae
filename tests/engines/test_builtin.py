"""The built-in engine: its labels, its sizes, its weights, and that it computes what its prototype did."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from m2fp_host.errors import WeightsMissing
from m2fp_server.cli.demo import PHOTOGRAPH
from m2fp_server.engines.builtin import BuiltinEngine
from m2fp_server.engines.builtin.engine import WEIGHTS

CIHP = [
    "background",
    "hat",
    "hair",
    "glove",
    "sunglasses",
    "upper_clothes",
    "dress",
    "coat",
    "socks",
    "pants",
    "torso_skin",
    "scarf",
    "skirt",
    "face",
    "left_arm",
    "right_arm",
    "left_leg",
    "right_leg",
    "left_shoe",
    "right_shoe",
]

# What the prototype's own code makes of the photograph: network.py (Hyb) with builtin-prototype.pt, and
# evaluate.py's run() with its flip average, stopped before the upsampling: the mean of both softmaxes on the
# 80x80 grid, every second row and column of it as float16. Pictures came from OpenCV, as below.
EXPECTED = Path(__file__).with_name("portrait_expected.npz")


@pytest.fixture(scope="module")
def engine() -> Iterator[BuiltinEngine]:
    """One thread: several would wait for each other wherever another process has the cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield BuiltinEngine()
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def picture() -> NDArray[np.float32]:
    """The photograph, 320x320, display sRGB."""
    image = cv2.imread(str(PHOTOGRAPH))
    assert image is not None
    small = cv2.resize(image, (320, 320), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small[..., ::-1] / 255.0, np.float32)


def test_labels_are_those_of_cihp_in_its_order(engine: BuiltinEngine) -> None:
    assert list(engine.card.labels) == CIHP


@pytest.mark.parametrize(
    ("plate", "resolution", "expected"),
    [
        ((1920, 1080), 1.0, (320, 192)),
        ((1080, 1920), 1.0, (192, 320)),
        ((4096, 2160), 1.0, (320, 160)),
        ((512, 512), 1.0, (320, 320)),
        ((16, 16), 1.0, (320, 320)),
        ((512, 512), 0.5, (160, 160)),
        ((512, 512), 2.0, (640, 640)),
        ((1, 10000), 1.0, (32, 320)),
        ((10000, 1), 2.0, (640, 32)),
        ((1, 1), 0.5, (160, 160)),
        ((2.5, 1.25), 1.0, (320, 160)),
    ],
)
def test_the_picture_has_a_long_side_of_320_in_steps_of_32(
    engine: BuiltinEngine, plate: tuple[float, float], resolution: float, expected: tuple[int, int]
) -> None:
    assert engine.picture_size(*plate, resolution) == expected


@pytest.mark.parametrize(("height", "width"), [(32, 32), (192, 320), (320, 96)])
def test_probabilities_of_all_labels_sum_to_1_at_a_quarter_of_the_size(
    engine: BuiltinEngine, height: int, width: int
) -> None:
    noise = np.random.default_rng(3).random((height, width, 3), np.float32)
    parsing = engine.parse(noise)
    assert parsing.labels == engine.card.labels
    assert parsing.people is None
    assert parsing.scores == ()
    assert parsing.probabilities.shape == (20, height // 4, width // 4)
    assert parsing.probabilities.dtype == np.float16
    assert parsing.probabilities.min() >= 0
    assert np.abs(parsing.probabilities.astype(np.float64).sum(0) - 1).max() < 1e-3


def test_the_same_picture_gives_the_same_bits(engine: BuiltinEngine, picture: NDArray[np.float32]) -> None:
    first, again = engine.parse(picture), engine.parse(picture.copy())
    np.testing.assert_array_equal(first.probabilities, again.probabilities)


def test_the_picture_is_not_changed(engine: BuiltinEngine, picture: NDArray[np.float32]) -> None:
    before = picture.copy()
    engine.parse(picture)
    np.testing.assert_array_equal(picture, before)


def test_a_mirrored_picture_gives_the_mirrored_parsing_with_left_and_right_swapped(
    engine: BuiltinEngine, picture: NDArray[np.float32]
) -> None:
    swapped = [
        CIHP.index(name.replace("left_", "right_") if "left_" in name else name.replace("right_", "left_"))
        for name in CIHP
    ]
    straight = engine.parse(picture).probabilities.astype(np.float64)
    mirrored = engine.parse(picture[:, ::-1]).probabilities.astype(np.float64)
    np.testing.assert_allclose(mirrored[:, :, ::-1][swapped], straight, atol=1e-3, rtol=0)


def test_it_computes_what_the_prototype_did(engine: BuiltinEngine, picture: NDArray[np.float32]) -> None:
    expected = np.load(EXPECTED, allow_pickle=False)["probabilities"]
    seen = engine.parse(picture).probabilities[:, ::2, ::2]
    np.testing.assert_allclose(seen.astype(np.float64), expected.astype(np.float64), atol=2e-3, rtol=0)


def test_weights_are_small_plain_safetensors_known_by_their_hash(engine: BuiltinEngine) -> None:
    data = WEIGHTS.read_bytes()
    assert WEIGHTS.suffix == ".safetensors"
    assert len(data) <= 7_000_000
    assert engine.card.weights == hashlib.sha256(data).hexdigest()
    assert engine.card.licence == "Apache-2.0"
    assert {str(value.dtype) for value in load_file(WEIGHTS).values()} <= {"torch.float32", "torch.float16"}


def foreign(path: Path) -> None:
    save_file({"somebody.elses": torch.zeros(3)}, path)


def of_another_shape(path: Path) -> None:
    save_file({name: value[:1].clone() for name, value in load_file(WEIGHTS).items()}, path)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: None, id="absent"),
        pytest.param(lambda path: path.mkdir(), id="a folder"),
        pytest.param(lambda path: path.touch(), id="empty"),
        pytest.param(lambda path: path.write_bytes(WEIGHTS.read_bytes()[:100_000]), id="truncated"),
        pytest.param(lambda path: path.write_bytes(b"\xff" * 4096), id="rubbish"),
        pytest.param(foreign, id="foreign"),
        pytest.param(of_another_shape, id="another shape"),
    ],
)
def test_weights_that_can_not_be_loaded_are_named(make: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "broken.safetensors"
    make(path)
    with pytest.raises(WeightsMissing) as caught:
        BuiltinEngine(path)
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert "\n" not in str(caught.value)
