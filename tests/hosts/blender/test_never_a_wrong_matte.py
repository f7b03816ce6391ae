"""What would render a wrong matte without a word, and ends the render with its reason instead."""

from __future__ import annotations

import numpy as np
import pytest

from m2fp_host import Client

from .shot import Shot, done, write_noise

NOBODY = "tcp://127.0.0.1:9"
WITHOUT_MASKS = 3

pytestmark = pytest.mark.timeout(300)

COMPOSITOR = """
scene = bpy.context.scene
tree = scene.compositing_node_group if bpy.app.version >= (5, 0) else scene.node_tree
"""


def test_one_missing_mask_blackens_one_frame(shot: Shot, client: Client) -> None:
    shot.make("parse_range", missing="BLACK")
    shot.mask(2).unlink()
    run = shot.render(endpoint=NOBODY)
    assert run.status == 0, run
    assert not shot.alpha(2).any()
    for frame in (1, 3):
        np.testing.assert_array_equal(shot.alpha(frame), shot.expected(client, frame))
    assert sorted(path.name for path in (shot.folder / "masks").iterdir()) == [
        shot.mask(1).name,
        shot.mask(3).name,
    ]


def test_the_first_mask_may_be_the_missing_one(shot: Shot, client: Client) -> None:
    shot.make("parse_range", missing="BLACK")
    shot.mask(1).unlink()
    done(shot.render(endpoint=NOBODY))
    assert not shot.alpha(1).any()
    np.testing.assert_array_equal(shot.alpha(2), shot.expected(client, 2))


LINK_FACE = """
masks, out = group.nodes["masks"], group.nodes["out"]
if bpy.app.version >= (4, 0):
    group.interface.new_socket("Face", in_out="OUTPUT", socket_type="NodeSocketFloat")
else:
    group.outputs.new("NodeSocketFloat", "Face")
group.links.new(masks.outputs["face"], out.inputs["Face"])
group.m2fp.fetch = "PART"
"""


def test_layers_that_artists_link_are_asked_for_too(shot: Shot, client: Client) -> None:
    shot.make("parse_range", fetch="ALL")
    done(shot.render(also=LINK_FACE))
    np.testing.assert_array_equal(shot.matte(2, "face"), shot.expected(client, 2, "face"))
    np.testing.assert_array_equal(shot.matte(2, "hair"), shot.expected(client, 2, "hair"))


def test_another_plate_that_nobody_parsed(shot: Shot) -> None:
    for frame in (1, 2, 3):
        write_noise(shot.folder / f"photo.{frame:04d}.png", seed=frame)
    shot.make("parse_range")
    choose = (
        f"image = bpy.data.images.load({str(shot.folder / 'photo.0001.png')!r})\n"
        "image.source = 'SEQUENCE'\ngroup.m2fp.image = image"
    )
    run = shot.render(also=choose)
    assert run.status == WITHOUT_MASKS, run
    assert "photo.0001.png" in run.stderr
    assert shot.rendered() == []


def test_masks_that_another_file_made_of_its_plate(shot: Shot) -> None:
    for frame in (1, 2, 3):
        write_noise(shot.folder / f"photo.{frame:04d}.png", seed=frame)
    photo = {"image": str(shot.folder / "photo.0001.png")}
    shot.make("parse_range", plate=photo)
    first = shot.mask(2).read_bytes()
    write_noise(shot.folder / "photo.0002.png", seed=99)
    shot.make("parse_range", plate=photo)
    shot.mask(2).write_bytes(first)
    run = shot.render()
    assert run.status == WITHOUT_MASKS, run
    assert "not those that were made for this file" in run.stderr
    assert shot.rendered() == [1]


def test_two_groups_that_write_the_same_files(shot: Shot) -> None:
    shot.make("parse_range")
    other = (
        COMPOSITOR
        + """
second = group.copy()
second.name = "human-parts"
node = tree.nodes.new("CompositorNodeGroup")
node.node_tree = second
"""
    )
    run = shot.render(also=other)
    assert run.status == WITHOUT_MASKS, run
    assert "writes the same mask files" in run.stderr
    assert shot.rendered() == []


def test_a_group_within_a_group_is_seen_to(shot: Shot) -> None:
    shot.make("parse_range")
    inner = """
second = group.copy()
second.name = "Inner"
second.m2fp.part = "face"
node = group.nodes.new("CompositorNodeGroup")
node.node_tree = second
"""
    done(shot.render(also=inner))
    assert (shot.folder / "masks" / "inner.0002.exr").exists()


def test_masks_that_are_replaced_while_blender_renders(shot: Shot, client: Client) -> None:
    shot.make("parse_range")
    strange = client.parse(shot.plate(3), shot.folder / "strange.exr", layers=["hair"], beauty=True)
    swap = f"""
import shutil
def swap(scene, _):
    if scene.frame_current == 2:
        shutil.copyfile({strange.path!r}, {str(shot.mask(2))!r})
bpy.app.handlers.render_pre.append(swap)
"""
    run = shot.render(also=swap)
    assert run.status == WITHOUT_MASKS, run
    assert "were replaced by others while Blender rendered" in run.stderr
    assert shot.rendered() == [1]


def test_a_masks_node_that_somebody_changed_is_put_right(shot: Shot, client: Client) -> None:
    shot.make("parse_range")
    done(shot.render(also="group.nodes['masks'].frame_offset = 5"))
    np.testing.assert_array_equal(shot.alpha(2), shot.expected(client, 2))


def test_a_plate_with_several_views_is_refused(shot: Shot) -> None:
    shot.make("parse_range")
    run = shot.render(also="group.m2fp.image.use_multiview = True")
    assert run.status == WITHOUT_MASKS, run
    assert "has several views" in run.stderr


def test_a_movie_is_not_begun_that_can_not_be_ended(shot: Shot) -> None:
    shot.make("parse_range")
    shot.plate(3).unlink()
    movie = """
render = bpy.context.scene.render
if bpy.app.version >= (5, 0):
    render.image_settings.media_type = "VIDEO"
render.image_settings.file_format = "FFMPEG"
"""
    run = shot.render(also=movie)
    assert run.status == WITHOUT_MASKS, run
    assert "the plate of frame 3 is not there" in run.stderr
    assert not any((shot.folder / "out").iterdir())
