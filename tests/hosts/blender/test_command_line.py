"""``blender -b shot.blend -a`` as a farm types it, with the Blender of this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from m2fp_host import Client
from m2fp_server.cli.private_daemon import PrivateDaemon

from . import installed
from .shot import Run, Shot, done

FRAMES = (1, 2, 3)
WITHOUT_MASKS = 3

pytestmark = pytest.mark.timeout(300)


class FarmShot(Shot):
    """A shot, and the farm's command."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self.farm = installed.find()
        super().__init__(folder, self.farm, endpoint)

    def animation(self) -> Run:
        """Render all frames of ``shot.blend``."""
        return self.start([self.farm.program, "-b", "shot.blend", "-a"])

    def switch_off(self) -> None:
        """From here on Blender knows nothing of the extension."""
        shutil.rmtree(self.folder / "blender")


@pytest.fixture
def shot(tmp_path: Path, daemon: PrivateDaemon) -> FarmShot:
    """A shot on a machine with a daemon."""
    return FarmShot(tmp_path / "shot", daemon.endpoint)


def test_all_frames_are_rendered_with_their_mattes(shot: FarmShot, client: Client) -> None:
    found = shot.make("update")
    assert found["said"][0]["fault"] == ""
    done(shot.animation())
    assert shot.rendered() == list(FRAMES)
    for frame in FRAMES:
        expected = shot.expected(client, frame)
        assert expected.max() > 0
        np.testing.assert_array_equal(shot.alpha(frame), expected)


def test_nobody_makes_the_masks_of_a_changed_plate(shot: FarmShot) -> None:
    with PrivateDaemon() as mortal:
        shot.make("parse_range", endpoint=mortal.endpoint)
    shot.expose(2, seed=99)
    run = shot.animation()
    assert run.status == WITHOUT_MASKS, run
    assert "m2fp: Human Parts, frame 2: no daemon at " in run.stderr
    assert shot.rendered() == [1]


def test_a_missing_mask_may_be_black(shot: FarmShot) -> None:
    with PrivateDaemon() as mortal:
        shot.make("parse_range", endpoint=mortal.endpoint, missing="BLACK")
    shot.expose(2, seed=99)
    done(shot.animation())
    assert [bool(shot.alpha(frame).any()) for frame in FRAMES] == [True, False, True]
    assert len(list((shot.folder / "masks").iterdir())) == len(FRAMES)  # nothing black is left


def test_a_farm_without_the_extension_renders_from_the_masks_on_disk(shot: FarmShot, client: Client) -> None:
    shot.make("parse_range")
    shot.switch_off()
    done(shot.animation())
    for frame in FRAMES:
        np.testing.assert_array_equal(shot.alpha(frame), shot.expected(client, frame))
