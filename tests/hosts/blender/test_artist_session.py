"""The artist's steps through operators, saved, and rendered over three frames in a fresh Blender."""

from __future__ import annotations

import numpy as np
import pytest

from m2fp_host import Client
from m2fp_host.provenance import Provenance

from .shot import Shot, done

FRAMES = (1, 2, 3)

pytestmark = pytest.mark.timeout(300)


def written(shot: Shot) -> list[int]:
    """When each frame's masks were written, 0 where there are none."""
    return [shot.mask(frame).stat().st_mtime_ns if shot.mask(frame).exists() else 0 for frame in FRAMES]


def test_an_artist_picks_hair_and_a_farm_renders_it(shot: Shot, client: Client) -> None:
    found = shot.make("update")
    assert found["said"][0]["status"].startswith("frame 1 parsed (engine builtin, Apache-2.0)")
    assert found["colour_space"] == "Non-Color"
    assert {"Combined", "hair"} <= set(found["sockets"])
    assert "face" not in found["sockets"]  # only what was asked for travels

    done(shot.render())
    assert shot.rendered() == list(FRAMES)
    for frame in FRAMES:
        expected = shot.expected(client, frame)
        assert expected.max() > 0
        np.testing.assert_array_equal(shot.alpha(frame), expected)


def test_another_part_is_picked_and_nobody_presses_update(shot: Shot, client: Client) -> None:
    shot.make("parse_range")
    done(shot.render())
    hair = [shot.alpha(frame) for frame in FRAMES]
    done(shot.render(part="face"))
    for frame in FRAMES:
        np.testing.assert_array_equal(shot.alpha(frame), shot.expected(client, frame, "face"))
        assert not np.array_equal(shot.alpha(frame), hair[frame - 1])


def test_all_parts_are_fetched_once(shot: Shot, client: Client) -> None:
    """Then another part needs no daemon."""
    found = shot.make("parse_range", "parse_range", fetch="ALL")
    assert [each["status"].partition(" (")[0] for each in found["said"]] == [
        "frames 1-3 parsed",
        "frames 1-3 up to date",
    ]
    before = written(shot)
    done(shot.render(part="left_arm", endpoint="tcp://127.0.0.1:9"))
    assert written(shot) == before
    for frame in FRAMES:
        np.testing.assert_array_equal(shot.alpha(frame), shot.expected(client, frame, "left_arm"))


def test_only_a_changed_plate_is_asked_for_again(shot: Shot, client: Client) -> None:
    shot.make("parse_range")
    before = written(shot)
    shot.expose(1, seed=99)  # the first: Blender shows for ever what it read there, unless told
    done(shot.render())
    assert [now != then for now, then in zip(written(shot), before, strict=True)] == [True, False, False]
    np.testing.assert_array_equal(shot.alpha(1), shot.expected(client, 1))


def test_a_strange_first_mask_is_replaced(shot: Shot, client: Client) -> None:
    shot.make("update")
    shot.mask(1).write_bytes(client.parse(shot.plate(3), layers=["hair"], beauty=True).data or b"")
    done(shot.render())
    np.testing.assert_array_equal(shot.alpha(1), shot.expected(client, 1))


def test_a_part_that_the_engine_does_not_know_is_said(shot: Shot) -> None:
    found = shot.make("update", part="jumpsuits")
    assert "jumpsuits" in found["said"][0]["status"], found


def test_a_shot_may_begin_at_1001(shot: Shot, client: Client) -> None:
    found = shot.run("from_1001.py", plate=str(shot.plate(1)), endpoint=shot.endpoint).found
    assert found["fault"] == ""
    for plate, frame in ((1, 1001), (2, 1002), (3, 1003), (2, 9999)):
        np.testing.assert_array_equal(shot.alpha(frame), shot.expected(client, plate))


def test_a_copied_group_has_masks_of_its_own(shot: Shot) -> None:
    found = shot.run("copied_group.py", image=str(shot.plate(1)), endpoint=shot.endpoint).found
    assert found["first"].endswith("human_parts.0001.exr")
    assert found["second"].endswith("human_parts_001.0001.exr")
    assert found["groups"] == ["Human Parts", "Human Parts.001"]


def test_the_buttons_of_the_daemon(shot: Shot) -> None:
    found = shot.make("test_connection")
    assert found["said"][0]["status"].startswith(f"connected to {shot.endpoint}: M2FP ")
    found = shot.make("test_connection", "start_daemon", endpoint="tcp://render01:47115")
    assert "no daemon at tcp://render01:47115" in found["said"][0]["fault"]
    assert "can't be started from this machine" in found["said"][1]["fault"]


def test_a_render_in_the_gui_is_checked_before(shot: Shot) -> None:
    found = shot.make("render_animation", endpoint="tcp://127.0.0.1:9")
    assert "no daemon at tcp://127.0.0.1:9" in found["said"][0]["fault"]
    assert shot.rendered() == []
    shot.plate(2).unlink()
    found = shot.make("render_animation")
    assert "the plate of frame 2 is not there" in found["said"][0]["fault"]
    assert shot.rendered() == []


def test_the_exposure_of_the_first_frame_is_held(shot: Shot) -> None:
    shot.make("parse_range", auto_exposure=True)
    assert len({Provenance.read(shot.mask(frame)).exposure for frame in FRAMES}) == 1
    before = written(shot)
    done(shot.render())
    assert written(shot)[1:] == before[1:]


def test_switching_it_on_loads_nothing_of_the_client(shot: Shot) -> None:
    found = shot.run("registering.py").found
    assert "update" in found["operators"]
    assert "zmq" not in found["modules"]
    assert "m2fp_host.client" not in found["modules"]  # 25 ms of a start that may take 50
