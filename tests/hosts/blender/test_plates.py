"""What Blender shows is what the daemon sees: sequences, clips, movies, packed images, the scene itself."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from m2fp_host import Client
from m2fp_host.provenance import Provenance

from .shot import SIZE, Shot, done, write_noise

FRAMES = (1, 2, 3)

pytestmark = pytest.mark.timeout(300)


def write_movie(path: Path) -> None:
    """Three frames of one colour each, in Motion JPEG."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 24, SIZE)
    for frame in FRAMES:
        writer.write(np.full((SIZE[1], SIZE[0], 3), (60 * frame, 40, 250 - 60 * frame), np.uint8))
    writer.release()


def test_a_movie_clip_is_the_plate(shot: Shot, client: Client) -> None:
    shot.make("update", plate={"clip": str(shot.plate(1))})
    done(shot.render())
    for frame in FRAMES:
        np.testing.assert_array_equal(shot.alpha(frame), shot.expected(client, frame))


@pytest.mark.parametrize("kind", ["image", "clip"])
def test_plates_that_are_no_exr_are_rendered(shot: Shot, client: Client, kind: str) -> None:
    for frame in FRAMES:
        write_noise(shot.folder / f"photo.{frame:04d}.png", seed=frame)
    found = shot.make("parse_range", "parse_range", plate={kind: str(shot.folder / "photo.0001.png")})
    assert [each["status"].partition(" (")[0] for each in found["said"]] == [
        "frames 1-3 parsed",
        "frames 1-3 up to date",
    ]
    done(shot.render())
    mattes = [shot.alpha(frame) for frame in FRAMES]
    assert not np.array_equal(mattes[0], mattes[1])
    assert mattes[0].any()


def test_the_scenes_own_render_is_the_plate(shot: Shot) -> None:
    found = shot.make("parse_range", plate={}, part="person")
    assert found["said"][0]["fault"] == ""
    done(shot.render())
    assert shot.rendered() == list(FRAMES)


def test_the_images_colour_space_is_the_plates(shot: Shot) -> None:
    shot.make("update", plate={"image": str(shot.plate(1)), "colour_space": "ACEScg"})
    assert Provenance.read(shot.mask(1)).parameters.colour_space == "ACEScg"


@pytest.mark.parametrize("kind", ["image", "clip"])
def test_a_movie_is_rendered(shot: Shot, kind: str) -> None:
    movie = shot.folder / "shot.avi"
    write_movie(movie)
    found = shot.make("parse_range", plate={kind: str(movie), "source": "MOVIE"}, part="person")
    assert found["said"][0]["status"].startswith("frames 1-3 parsed"), found
    sources = {Provenance.read(shot.mask(frame)).source for frame in FRAMES}
    assert len(sources) == len(FRAMES)  # each frame is another picture
    done(shot.render())
    assert shot.rendered() == list(FRAMES)


def test_a_packed_image_is_rendered(shot: Shot, client: Client) -> None:
    """Its file may be gone; its pixels are half, as in the file."""
    plate = {"image": str(shot.plate(1)), "source": "FILE", "pack": True}
    found = shot.make("update", plate=plate)
    assert found["said"][0]["fault"] == ""
    np.testing.assert_allclose(shot.matte(1), shot.expected(client, 1), atol=2 / 2048)


def test_one_image_serves_every_frame(shot: Shot, client: Client) -> None:
    shot.make("update", plate={"image": str(shot.plate(2)), "source": "FILE"})
    done(shot.render())
    for frame in FRAMES:
        np.testing.assert_array_equal(shot.alpha(frame), shot.expected(client, 2))


def test_a_render_says_when_nobody_looked_at_the_plate(shot: Shot) -> None:
    """Not so where the same farm process has just parsed it."""
    for frame in FRAMES:
        write_noise(shot.folder / f"photo.{frame:04d}.png", seed=frame)
    shot.make("parse_range", plate={"image": str(shot.folder / "photo.0001.png")})
    later = shot.render()
    done(later)
    assert later.stderr.count("taken unseen") == len(FRAMES)
    at_once = shot.render(also="bpy.ops.m2fp.parse_range()")
    done(at_once)
    assert "taken unseen" not in at_once.stderr
