"""A farm's render that can't have its masks: never a wrong frame on disk, never a word too few."""

from __future__ import annotations

import numpy as np
import pytest

from m2fp_host import Client
from m2fp_host.provenance import Provenance
from m2fp_server.cli.private_daemon import PrivateDaemon

from .shot import Shot, done

NOBODY = "tcp://127.0.0.1:9"
WITHOUT_MASKS = 3

pytestmark = pytest.mark.timeout(300)


def test_the_daemon_dies_after_the_first_frame(shot: Shot) -> None:
    shot.make("update")
    with PrivateDaemon() as mortal:
        run = shot.render(endpoint=mortal.endpoint, kill=mortal.pid)
    assert run.status == WITHOUT_MASKS, run
    assert "m2fp: Human Parts, frame 2: " in run.stderr
    assert shot.rendered() == [1]


def test_there_is_no_daemon(shot: Shot) -> None:
    shot.make("update")
    run = shot.render(endpoint=NOBODY, part="face")
    assert run.status == WITHOUT_MASKS, run
    assert f"m2fp: Human Parts, frame 1: no daemon at {NOBODY}: start it" in run.stderr
    assert shot.rendered() == []


def test_a_frame_without_masks_leaves_no_placeholder(shot: Shot) -> None:
    """Another machine would take an empty file for a frame that is rendered."""
    shot.make("update", placeholders=True)
    shot.plate(2).unlink()
    run = shot.render()
    assert run.status == WITHOUT_MASKS, run
    assert shot.rendered() == [1]


def test_every_machine_finds_the_exposure_on_the_first_frame(shot: Shot) -> None:
    shot.make(auto_exposure=True)
    for frame in (1, 2, 3):
        run = shot.render(only=frame)  # each time a machine of its own
        done(run)
        assert "press Update before" in run.stderr
    assert len({Provenance.read(shot.mask(frame)).exposure for frame in (1, 2, 3)}) == 1


def test_masks_that_are_there_need_no_daemon(shot: Shot, client: Client) -> None:
    shot.make("parse_range")
    done(shot.render(endpoint=NOBODY))
    np.testing.assert_array_equal(shot.alpha(2), shot.expected(client, 2))


def test_a_missing_mask_may_be_black(shot: Shot, client: Client) -> None:
    shot.make("parse_range", missing="BLACK")
    shot.expose(2, seed=99)  # so its masks are wrong, and there is nobody to make others
    run = shot.render(endpoint=NOBODY)
    assert run.status == 0, run
    assert "m2fp: Human Parts, frame 2: " in run.stderr
    assert not shot.alpha(2).any()
    for frame in (1, 3):
        np.testing.assert_array_equal(shot.alpha(frame), shot.expected(client, frame))


def test_a_plate_is_missing(shot: Shot) -> None:
    shot.make("update")
    shot.plate(3).unlink()
    run = shot.render()
    assert run.status == WITHOUT_MASKS, run
    assert "the plate of frame 3 is not there" in run.stderr
    assert shot.rendered() == [1, 2]


def test_nobody_ever_pressed_update(shot: Shot, client: Client) -> None:
    shot.make()
    done(shot.render())
    np.testing.assert_array_equal(shot.alpha(1), shot.expected(client, 1))


def test_a_file_without_the_extension_renders_from_the_masks_on_disk(shot: Shot, client: Client) -> None:
    shot.make("parse_range")
    done(shot.render(extension=False))
    for frame in (1, 2, 3):
        np.testing.assert_array_equal(shot.alpha(frame), shot.expected(client, frame))


def test_somebody_broke_the_group(shot: Shot) -> None:
    shot.make("update")
    run = shot.render(remove="masks")
    assert run.status == WITHOUT_MASKS, run
    assert "somebody removed its node 'masks'" in run.stderr
    assert shot.rendered() == []


def test_a_scene_that_has_no_masks_yet_can_not_be_rendered(shot: Shot) -> None:
    shot.make(plate={})
    run = shot.render()
    assert run.status == WITHOUT_MASKS, run
    assert "bpy.ops.m2fp.parse_range()" in run.stderr
    assert shot.rendered() == []
