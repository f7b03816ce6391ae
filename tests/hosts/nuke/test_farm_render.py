"""Route B: a plain ``nuke -x``, as every farm manager calls it, and AWS Deadline Cloud's frame by frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from m2fp_host import Client
from m2fp_server.cli.private_daemon import PrivateDaemon
from support.command import nowhere

from .desk import layer
from .farm import GRADE, Farm, refused
from .pythons import python_of


@pytest.mark.parametrize("harsh", ["0", "1"])
def test_a_plain_render(farm: Farm, client: Client, harsh: str) -> None:
    farm.shot()
    farm.batch("--masks-only", "--frames", "1").check()  # where Reads are looked at before any callback
    first = farm.masks()[1]
    run = farm.render("--sro", FAKE_NUKE_HARSH=harsh).check()
    assert "M2FP: M2FP1: frames 2-3 parsed; frame 1 up to date" in run.stdout
    assert farm.rendered() == [1, 2, 3]
    assert farm.masks()[1] == first
    for frame in (1, 2, 3):
        np.testing.assert_array_equal(farm.matte(frame), farm.expected(client, frame))

    before = farm.masks()
    farm.expose(3, seed=9)
    farm.nuke("-F", "1-2", "-F", "3", "-X", "Write1", farm.script, FAKE_NUKE_HARSH=harsh).check()
    after = farm.masks()
    assert [frame for frame in (1, 2, 3) if after[frame] != before[frame]] == [3]
    np.testing.assert_array_equal(farm.matte(3), farm.expected(client, 3))


@pytest.mark.parametrize("version", ["3.7", "3.11"])
def test_in_the_python_of_the_oldest_and_the_newest_nuke(
    version: str, nuke_home: Path, tmp_path: Path, daemon: PrivateDaemon, client: Client
) -> None:
    farm = Farm(tmp_path / "shot", daemon.endpoint, nuke_home, python_of(version))
    farm.shot()
    farm.render("--cont").check()
    before = farm.masks()
    farm.deadline_cloud("Write1", [2]).check()
    assert farm.masks() == before
    for frame in (1, 2, 3):
        np.testing.assert_array_equal(farm.matte(frame), farm.expected(client, frame))


def test_a_missing_mask_that_comes_too_late_is_an_error(farm: Farm) -> None:
    """In a Nuke that looks at the Reads first; what was made meanwhile is there for the next try."""
    farm.shot()
    assert "M2FP1.0001.exr" in refused(farm.render(FAKE_NUKE_HARSH="1"))
    assert farm.rendered() == []


def test_a_script_in_the_current_folder(farm: Farm) -> None:
    farm.shot(1)
    farm.nuke("-x", "shot.nk").check()
    assert sorted(farm.masks()) == [1]
    assert farm.rendered() == [1]


def test_two_writes_and_a_node_between_them(farm: Farm) -> None:
    """The other Write shows the plate alone: no mask is made for it."""
    more = "push $FIRST\nWrite {\n file FOLDER/plain.####.exr\n file_type exr\n name Plain\n}\n"
    farm.shot(2, before="set FIRST [stack 0]", more=more)
    farm.nuke("-X", "Plain", farm.script).check()
    assert farm.masks() == {}
    farm.render().check()
    assert sorted(farm.masks()) == [1, 2]
    assert sorted(farm.folder.glob("plain.*")) != []
    assert farm.rendered() == [1, 2]


def test_two_writes_whose_masks_would_go_to_one_path(farm: Farm) -> None:
    """Also where only one of them is rendered: the other one is the work of another machine."""
    path = f"mask_path {farm.folder}/masks/m.####.exr"
    more = (
        f"push $FIRST\nM2FP {{\n endpoint {farm.endpoint}\n {path}\n choke 2\n name M2FP2\n}}\n"
        "Write {\n file FOLDER/b.####.exr\n file_type exr\n name B\n}\n"
    )
    farm.shot(1, before="set FIRST [stack 0]", knobs=path, more=more)
    for write, other in (("Write1", "M2FP2"), ("B", "M2FP1")):
        sentence = refused(farm.nuke("-X", write, farm.script))
        assert f"and {other} write different masks to {farm.folder}/masks/m.####.exr" in sentence
    assert farm.rendered() == []
    # The knobs of a node that is not rendered may make no sense.
    text = farm.script.read_text()
    farm.script.write_text(text.replace("m.####.exr\n choke 2", "none.exr"))
    farm.nuke("-X", "Write1", farm.script).check()
    assert "every frame would be written to the same file" in refused(farm.nuke("-X", "B", farm.script))


def test_an_input_that_would_have_to_be_rendered(farm: Farm) -> None:
    farm.shot(before=GRADE)
    sentence = refused(farm.render())
    assert sentence.startswith("M2FP1, frames 1-3: ")
    assert "Grade1 changes the picture" in sentence
    assert "m2fp_batch.py" in sentence
    assert farm.rendered() == []
    farm.batch("--masks-only").check()
    before = farm.masks()
    farm.render().check()
    assert farm.masks() == before
    assert farm.rendered() == [1, 2, 3]

    farm.script.write_text(farm.script.read_text().replace("from0 hair.alpha", "from0 hair.alpha\n choke 3"))
    assert "its masks are of other settings" in refused(farm.render())


def test_no_daemon_and_a_missing_mask(farm: Farm) -> None:
    farm.shot()
    farm.batch("--masks-only").check()
    gone = nowhere()
    farm.script.write_text(farm.script.read_text().replace(farm.endpoint, gone))
    farm.render().check()
    assert farm.rendered() == [1, 2, 3]

    for path in farm.out.iterdir():
        path.unlink()
    farm.mask(3).unlink()
    sentence = refused(farm.render())
    assert sentence.startswith("M2FP1, frame")
    assert "3" in sentence.partition(":")[0]
    assert f"no daemon at {gone}" in sentence
    assert "m2fp serve" in sentence
    assert farm.rendered() == []


@pytest.mark.parametrize(("missing", "alpha"), [("black", 0.0), ('"pass through"', 1.0)])
def test_without_masks_where_that_is_wanted(farm: Farm, missing: str, alpha: float) -> None:
    farm.shot(1, read="auto_alpha true", knobs=f"missing {missing}\n endpoint {nowhere()}")
    run = farm.render(FAKE_NUKE_HARSH="1").check()
    assert "M2FP: M2FP1, frame 1: no daemon at" in run.stdout
    assert farm.matte(1).min() == farm.matte(1).max() == alpha


def test_a_damaged_plate_ends_the_render_at_its_frame(farm: Farm) -> None:
    farm.shot()
    farm.plate(2).write_bytes(b"no EXR at all")
    run = farm.render()
    assert run.status == 1
    assert "frame 2" in run.stdout + run.stderr
    assert farm.rendered() == [1]
    assert farm.render("--cont").status == 1
    assert farm.rendered() == [1, 3]
    farm.plate(2).unlink()
    run = farm.render("--cont")
    assert run.status == 1
    assert f"the plate {farm.plate(2)} is not there: check Read1" in run.stdout


def test_a_plate_that_another_write_of_the_same_render_makes(farm: Farm) -> None:
    farm.shot(
        2,
        more='Constant {\n inputs 0\n color 0.5\n format "96 64 0 0 96 64 1"\n name Grey\n}\n'
        "Write {\n file FOLDER/plates/plate.####.exr\n file_type exr\n render_order 0\n name Precomp\n}",
    )
    for frame in (1, 2):
        farm.plate(frame).unlink()
    farm.render("--sro").check()
    assert farm.rendered() == [1, 2]
    assert sorted(farm.masks()) == [1, 2]


def test_every_chunk_gets_the_exposure_of_the_first_frame(farm: Farm, client: Client) -> None:
    farm.shot(knobs="auto_exposure true")
    farm.render("-F", "3").check()
    farm.deadline_cloud("Write1", [2]).check()
    stops = client.parse(farm.plate(1), exposure="auto").report["exposure"]
    for frame in (2, 3):
        expected = client.parse(farm.plate(frame), farm.folder / "expected.exr", exposure=stops)
        np.testing.assert_array_equal(farm.matte(frame), layer(expected.path, "hair.A"))


def test_as_aws_deadline_cloud_does_it(farm: Farm, client: Client) -> None:
    farm.shot()
    run = farm.deadline_cloud("Write1", [3, 1]).check()
    assert run.stdout.splitlines()[1::2] == ["rendered frame 3", "rendered frame 1"]
    assert farm.rendered() == [1, 3]
    assert sorted(farm.masks()) == [1, 3]
    np.testing.assert_array_equal(farm.matte(3), farm.expected(client, 3))

    assert "M2FP1.0002.exr" in refused(farm.deadline_cloud("Write1", [2], FAKE_NUKE_HARSH="1"))
    assert farm.rendered() == [1, 3]

    farm.script.write_text(farm.script.read_text().replace(farm.endpoint, nowhere()))
    farm.deadline_cloud("Write1", [1, 3]).check()
