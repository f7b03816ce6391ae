"""Which masks are still right: real ones, by a real daemon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from m2fp_host import Client, Masks
from m2fp_host.errors import BadImage
from m2fp_host.frames.freshness import Freshness
from support.plates import write_plate

WANTED: dict[str, Any] = {"engine": "auto", "exposure": 0.0, "layers": ["hair", "face"]}


@pytest.fixture
def made(client: Client, plate: Path) -> Masks:
    return client.parse(plate, plate.with_name("masks.exr"), **WANTED)


def judge(made: Masks, plate: Path, models: Any = (), **changes: Any) -> bool:
    found = Freshness(models).up_to_date(made.path, str(plate), {**WANTED, **changes}, lambda: None)
    return found is not None


def test_masks_of_this_plate_with_these_settings_are_up_to_date(
    made: Masks, plate: Path, client: Client
) -> None:
    assert judge(made, plate)
    assert judge(made, plate, client.status().models)


def test_no_masks_are_not() -> None:
    assert Freshness().up_to_date("/nowhere/masks.exr", "/nowhere/plate.exr", WANTED, lambda: None) is None


def test_a_changed_plate_is_seen(made: Masks, plate: Path) -> None:
    write_plate(plate, 80, 64)
    assert not judge(made, plate)


@pytest.mark.parametrize("change", [{"exposure": 1.0}, {"layers": ["hair"]}, {"unpremult": True}])
def test_a_changed_setting_is_seen(made: Masks, plate: Path, change: dict[str, Any]) -> None:
    assert not judge(made, plate, **change)


@pytest.mark.parametrize(
    "model",
    [
        {"name": "builtin", "weights": "0" * 64, "auto": True},
        {"name": "m2fp", "weights": "0" * 64, "auto": True},
    ],
)
def test_other_weights_and_another_automatic_engine_are_seen(
    made: Masks, plate: Path, model: dict[str, Any]
) -> None:
    assert not judge(made, plate, [model])


def test_half_a_file_is_made_again(made: Masks, plate: Path) -> None:
    path = Path(made.path)
    path.write_bytes(path.read_bytes()[:-50])
    assert not judge(made, plate)
    path.write_bytes(b"")
    assert not judge(made, plate)


def test_a_plate_that_is_gone_is_an_error(made: Masks, plate: Path) -> None:
    plate.unlink()
    with pytest.raises(BadImage, match="can't read the plate"):
        judge(made, plate)
