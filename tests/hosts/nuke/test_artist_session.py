"""What an artist does with the node, in a fake Nuke with its GUI and a real daemon."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from m2fp_host import Client

from .desk import Desk, layer, write_noise
from .fake_nuke import api as nuke


def written(desk: Desk, frames: int = 3) -> list[int]:
    """When each frame's masks were written, 0 where there are none."""
    paths = [desk.mask(frame) for frame in range(1, frames + 1)]
    return [path.stat().st_mtime_ns if path.exists() else 0 for path in paths]


def test_an_artist_picks_hair_and_renders(desk: Desk, portrait: Path, client: Client) -> None:
    _, node = desk.shot([1], str(portrait))
    status = desk.parse(node, "parse_frame")
    assert status.startswith("frame 1 parsed (engine builtin, Apache-2.0)"), status
    desk.artist.edit(node, "part", "hair")
    write = desk.artist.create("Write")
    write["file"].setValue(f"{desk.folder}/out.####.exr")
    write["channels"].setValue("rgba")
    nuke.execute(write, 1, 1)

    masks = client.parse(portrait, desk.folder / "expected.exr")
    expected = layer(masks.path, "hair.A")
    assert expected.max() > 0.3
    np.testing.assert_array_equal(layer(desk.folder / "out.0001.exr", "A"), expected)
    assert desk.mask(1).read_bytes() == Path(masks.path).read_bytes()

    node = desk.reopen()
    assert node["from0"].value() == "hair.alpha"
    np.testing.assert_array_equal(desk.planes(node, ["rgba.alpha"], 1)[0], expected)
    assert desk.artist.messages == []


def test_a_range_is_parsed_once_and_parts_are_chosen_from_it(desk: Desk, client: Client) -> None:
    _, node = desk.shot()
    assert desk.parse(node).startswith("frames 1-3 parsed")
    before = written(desk)
    for part in ("face", "left_arm", "person"):
        desk.artist.edit(node, "part", part)
        for frame in (1, 2, 3):
            masks = client.parse(desk.plate(frame), desk.folder / "expected.exr")
            alpha = desk.planes(node, ["rgba.alpha"], frame)[0]
            np.testing.assert_array_equal(alpha, layer(masks.path, f"{part}.A"))
    assert desk.parse(node).startswith("frames 1-3 up to date")
    assert written(desk) == before
    desk.artist.edit(node, "skip_existing", False)
    assert desk.parse(node).startswith("frames 1-3 parsed")
    assert all(now > then for now, then in zip(written(desk), before, strict=True))


def test_only_a_changed_plate_is_parsed_again(desk: Desk, client: Client) -> None:
    _, node = desk.shot()
    desk.parse(node)
    old = desk.planes(node, ["rgba.alpha"], 2)
    write_noise(desk.plate(2), seed=99)
    assert desk.parse(node).startswith("frame 2 parsed; frames 1, 3 up to date")
    masks = client.parse(desk.plate(2), desk.folder / "expected.exr")
    new = desk.planes(node, ["rgba.alpha"], 2)  # not the image that Nuke still had
    np.testing.assert_array_equal(new[0], layer(masks.path, "person.A"))
    assert not np.array_equal(new, old)


def test_a_grade_upstream_is_looked_at_and_then_known(desk: Desk, client: Client) -> None:
    """The input is rendered, at full resolution whatever the proxy mode; equal pixels are parsed once."""
    read, node = desk.shot()
    desk.parse(node)
    desk.artist.select(read)
    grade = desk.artist.create("Grade")
    grade["multiply"].setValue(0.25)
    assert node.input(0) is grade
    nuke.root().setProxy(True)
    assert desk.parse(node).startswith("frames 1-3 parsed")
    assert nuke.root().proxy()
    assert layer(desk.mask(1), "person.A").shape == (64, 96)
    assert desk.parse(node).startswith("frames 1-3 up to date")

    inner = node.node("plate_write")
    assert inner["disable"].value()
    assert inner["file"].value() == ""
    nuke.root().setProxy(False)

    write_noise(desk.plate(3), seed=33)
    read["reload"].execute()
    assert desk.parse(node).startswith("frame 3 parsed; frames 1-2 up to date")

    desk.artist.edit(grade, "disable", True)  # the plate's own file again
    assert desk.parse(node).startswith("frames 1-3 parsed")
    masks = client.parse(desk.plate(1), desk.folder / "expected.exr")
    assert desk.mask(1).read_bytes() == Path(masks.path).read_bytes()


def test_a_graded_frame_is_parsed_as_it_arrives(desk: Desk, client: Client) -> None:
    read, node = desk.shot([1])
    desk.artist.select(read)
    grade = desk.artist.create("Grade")
    grade["multiply"].setValue(0.5)
    desk.parse(node)
    half = desk.folder / "half.exr"
    import OpenImageIO

    image = OpenImageIO.ImageBuf(str(desk.plate(1)))
    OpenImageIO.ImageBufAlgo.mul(image, image, 0.5)
    assert image.write(str(half), "half")
    masks = client.parse(half, desk.folder / "expected.exr", colour_space="linear")
    np.testing.assert_array_equal(layer(desk.mask(1), "face.A"), layer(masks.path, "face.A"))


def test_time_remaps_find_the_right_plate(desk: Desk, client: Client) -> None:
    read, node = desk.shot()
    desk.artist.select(read)
    offset = desk.artist.create("TimeOffset")
    offset["time_offset"].setValue(-1)
    desk.artist.edit(node, "last", 2)
    assert desk.parse(node).startswith("frames 1-2 parsed")
    masks = client.parse(desk.plate(2), desk.folder / "expected.exr")
    assert desk.mask(1).read_bytes() == Path(masks.path).read_bytes()


def test_expressions_in_a_mask_path_are_evaluated_for_every_view(desk: Desk) -> None:
    _, node = desk.shot([1])
    nuke.root()["views"].fromScript("left\nright")
    desk.artist.edit(node, "mask_path", "[file dirname [value root.name]]/[value name]/%V.####.exr")
    assert desk.parse(node).startswith("frame 1 parsed")
    assert sorted(path.name for path in (desk.folder / "M2FP1").iterdir()) == [
        "left.0001.exr",
        "right.0001.exr",
    ]


@pytest.mark.parametrize("output", ["all layers", "premultiplied plate", "keyed"])
def test_what_leaves_the_node(desk: Desk, output: str) -> None:
    read, node = desk.shot([1])
    desk.parse(node)
    desk.artist.edit(node, "part", "face")
    desk.artist.edit(node, "output", output)
    rgb = ["rgba.red", "rgba.green", "rgba.blue"]
    plate = desk.planes(read, rgb, 1)
    got = desk.planes(node, [*rgb, "rgba.alpha"], 1)
    face = layer(desk.mask(1), "face.A")
    if output == "all layers":
        np.testing.assert_array_equal(got, np.stack([*plate, face]))
        parts = ("hair", "left_arm", "person")
        layers = desk.planes(node, [f"{part}.alpha" for part in parts], 1)
        np.testing.assert_array_equal(layers, [layer(desk.mask(1), f"{part}.A") for part in parts])
    elif output == "premultiplied plate":
        np.testing.assert_allclose(got, np.stack([*(plate * face), face]), rtol=1e-6)
    else:  # the plate has no alpha of its own
        np.testing.assert_allclose(got[:3], plate * face, rtol=1e-6)
        assert not got[3].any()


def test_the_matte_may_go_elsewhere(desk: Desk) -> None:
    read, node = desk.shot([1])
    desk.parse(node)
    node["to0"].setValue("rgba.red")
    plate = desk.planes(read, ["rgba.green", "rgba.blue"], 1)
    got = desk.planes(node, ["rgba.red", "rgba.green", "rgba.blue"], 1)
    np.testing.assert_array_equal(got[0], layer(desk.mask(1), "person.A"))
    np.testing.assert_array_equal(got[1:], plate)


def test_one_person_has_layers_of_its_own(desk: Desk) -> None:
    """The built-in engine can't tell people apart, and says so."""
    _, node = desk.shot([1])
    desk.artist.edit(node, "part", "hair")
    desk.artist.edit(node, "people", "2")
    assert node["from0"].value() == "p2_hair.alpha"
    status = desk.parse(node)
    assert "can't tell people apart" in status
    assert not desk.planes(node, ["rgba.alpha"], 1).any()
    assert layer(desk.mask(1), "hair.A").any()
    node = desk.reopen()
    assert node["from0"].value() == "p2_hair.alpha"
    desk.artist.open_panel(node)
    desk.artist.edit(node, "people", "all")
    assert node["from0"].value() == "hair.alpha"


def test_a_part_that_the_engine_does_not_know_is_said(desk: Desk) -> None:
    _, node = desk.shot([1])
    desk.artist.edit(node, "part", "jumpsuits")
    assert "no layer jumpsuits" in desk.parse(node)


def test_the_exposure_of_the_first_frame_is_held(desk: Desk) -> None:
    _, node = desk.shot()
    desk.artist.edit(node, "auto_exposure", True)
    assert desk.parse(node).startswith("frames 1-3 parsed")
    stops = node["found_exposure"].value()
    assert float(stops) != 0
    from m2fp_host.provenance import Provenance

    made = [Provenance.read(desk.mask(frame)) for frame in (1, 2, 3)]
    assert [each.parameters.exposure for each in made] == ["auto", float(stops), float(stops)]
    assert len({each.exposure for each in made}) == 1
    assert desk.parse(node).startswith("frames 1-3 up to date")
    node = desk.reopen()
    assert node["found_exposure"].value() == stops
    desk.artist.open_panel(node)
    desk.artist.edit(node, "auto_exposure", False)
    assert node["found_exposure"].value() == ""


def test_views_have_masks_of_their_own(desk: Desk, client: Client) -> None:
    for view, seed in (("left", 1), ("right", 2)):
        (desk.folder / view).mkdir()
        write_noise(desk.folder / view / "plate.0001.exr", seed=seed)
    _, node = desk.shot([1], f"{desk.folder}/%V/plate.####.exr")
    nuke.root()["views"].fromScript("left\nright")
    assert "would be written to the same file" in desk.parse(node)
    assert "%V" in desk.artist.messages.pop()
    desk.artist.edit(node, "mask_path", f"{desk.folder}/masks/%V/m.####.exr")
    assert desk.parse(node).startswith("frame 1 parsed")
    for view in ("left", "right"):
        masks = client.parse(desk.folder / view / "plate.0001.exr", desk.folder / "expected.exr")
        assert (desk.folder / "masks" / view / "m.0001.exr").read_bytes() == Path(masks.path).read_bytes()
        alpha = desk.planes(node, ["rgba.alpha"], 1, view)[0]
        np.testing.assert_array_equal(alpha, layer(masks.path, "person.A"))


def test_a_second_node_behind_the_first_sends_the_same_plate(desk: Desk) -> None:
    _, first = desk.shot([1])
    desk.artist.edit(first, "output", "all layers")
    desk.parse(first)
    desk.artist.select(first)
    second = desk.artist.create("M2FP")
    second["endpoint"].setValue(desk.endpoint)
    desk.parse(second)
    assert desk.mask(1, "M2FP2").read_bytes() == desk.mask(1, "M2FP1").read_bytes()


def test_an_anamorphic_plate_with_overscan(desk: Desk) -> None:
    import OpenImageIO

    spec = OpenImageIO.ImageSpec(104, 72, 3, OpenImageIO.HALF)
    spec.x, spec.y = -4, -4
    spec.full_width, spec.full_height = 96, 64
    spec.attribute("PixelAspectRatio", 2.0)
    image = OpenImageIO.ImageBuf(spec)
    image.set_pixels(OpenImageIO.ROI.All, np.random.default_rng(1).random((72, 104, 3), np.float32))
    path = desk.folder / "plate.exr"
    assert image.write(str(path))
    read, node = desk.shot([1], str(path))
    desk.parse(node)
    inside = node.node("masks")
    assert inside.pixelAspect() == read.pixelAspect() == 2
    assert (inside.width(), inside.height()) == (read.width(), read.height())
    np.testing.assert_array_equal(
        desk.planes(node, ["rgba.alpha"], 1)[0], layer(desk.mask(1), "person.A")[4:-4, 4:-4]
    )
