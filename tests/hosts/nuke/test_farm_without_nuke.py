"""Route C: ``m2fp parse`` on machines without Nuke. Whoever comes second has nothing to compute."""

from __future__ import annotations

from pathlib import Path

from support.command import m2fp

from .farm import Farm


def parse(farm: Farm, folder: Path) -> None:
    """The command of docs/nuke.md, with masks in ``folder``."""
    folder.mkdir(parents=True)
    plates, masks = farm.folder / "plates" / "plate.####.exr", folder / "M2FP1.####.exr"
    done = m2fp("parse", plates, masks, "-f", "1-3", "--endpoint", farm.endpoint)
    assert done.returncode == 0, done


def test_nuke_takes_the_masks_of_m2fp_parse(farm: Farm) -> None:
    farm.shot()
    parse(farm, farm.mask(1).parent)
    before = farm.masks()
    assert sorted(before) == [1, 2, 3]
    assert "M2FP1: frames 1-3 up to date" in farm.batch("--masks-only").check().stdout
    farm.render().check()
    assert farm.rendered() == [1, 2, 3]
    assert farm.masks() == before


def test_the_masks_of_both_are_the_same_bytes(farm: Farm) -> None:
    farm.shot()
    farm.batch("--masks-only").check()
    parse(farm, farm.folder / "without")
    for frame in (1, 2, 3):
        assert (farm.folder / "without" / farm.mask(frame).name).read_bytes() == farm.mask(frame).read_bytes()


def test_masks_of_other_settings_are_made_again(farm: Farm) -> None:
    farm.shot(knobs="choke 1")
    parse(farm, farm.mask(1).parent)
    before = farm.masks()
    farm.render("-F", "2").check()
    assert [frame for frame in (1, 2, 3) if farm.masks()[frame] != before[frame]] == [2]
