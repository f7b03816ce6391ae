"""Ways in which a render could show a wrong matte and say nothing. A reviewer found each of them."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest

from support.command import nowhere

from .desk import PLUGIN, Desk, write_noise
from .farm import GRADE, Farm


def test_a_part_that_the_engine_lacks_ends_a_render(farm: Farm) -> None:
    farm.shot(2, knobs="part jumpsuits\n from0 jumpsuits.alpha")
    sentence = "M2FP1: the masks have no layer jumpsuits, so the matte would be black"
    run = farm.render()
    assert run.status == 1
    assert sentence in run.stderr
    assert farm.rendered() == []
    run = farm.batch()  # by now all masks are up to date
    assert run.status == 1
    assert sentence in run.stderr


def test_a_part_that_the_engine_lacks_is_said_of_old_masks_too(desk: Desk) -> None:
    _, node = desk.shot([1])
    desk.parse(node)
    desk.artist.edit(node, "part", "jumpsuits")
    status = desk.parse(node)
    assert status == "frame 1 up to date; the masks have no layer jumpsuits: the matte is black"


def test_people_whom_nobody_can_tell_apart_are_said(farm: Farm) -> None:
    farm.shot(1, before="add_layer {p2_hair p2_hair.alpha}", knobs="people 2\n from0 p2_hair.alpha")
    assert "can't tell people apart" in farm.render().stdout


def test_no_room_for_temporary_plates(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _, node = desk.shot()
    desk.artist.edit(node, "source", "render the input")
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    assert desk.parse(node).startswith("frames 1-3 failed")
    assert "No such file or directory" in desk.artist.messages[0]


def test_a_fault_of_ours_fails_the_frames(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that ends by an exception must not look like a run that had nothing to do."""
    _, node = desk.shot()
    desk.parse(node)
    write_noise(desk.plate(1), seed=70)

    def broken(*_: object) -> None:
        raise NotImplementedError("this Nuke has no such knob")

    monkeypatch.setattr("m2fp_nuke.nuke_node.plate_of", broken)
    assert desk.parse(node).startswith("frames 1-3 failed")
    assert "NotImplementedError: this Nuke has no such knob" in desk.artist.messages[0]


def test_masks_taken_as_they_are_are_said(farm: Farm) -> None:
    farm.shot(2, before=GRADE)
    farm.batch("--masks-only").check()
    assert (
        "nobody looked whether the plate changed (Grade1 changes the picture)" in farm.render().check().stdout
    )
    assert farm.rendered() == [1, 2]


@pytest.mark.parametrize("missing", ["black", "pass through"])
def test_an_old_mask_is_no_missing_one(farm: Farm, missing: str) -> None:
    farm.shot(2, knobs=f'missing "{missing}"')
    farm.render().check()
    shutil.rmtree(farm.out)
    farm.out.mkdir()
    farm.expose(1, seed=50)
    farm.script.write_text(farm.script.read_text().replace(farm.endpoint, nowhere()))
    run = farm.render()
    assert run.status == 1
    assert "M2FP1, frame 1: the masks are out of date, and no new ones can be made" in run.stderr
    assert farm.rendered() == []


def test_a_daemon_without_the_engine_leaves_its_masks_alone(farm: Farm) -> None:
    """Else a farm's lesser machine would replace the artist's masks, and he its, in turns."""
    farm.shot(1)
    farm.render().check()
    mask = farm.mask(1)
    data = mask.read_bytes()
    assert data.count(b"builtin") == 1  # the parameters say auto
    mask.write_bytes(data.replace(b"builtin", b"m2fp-xl"))
    before = mask.read_bytes()
    run = farm.render()
    assert run.status == 1
    assert "its masks are by engine m2fp-xl, which the daemon at" in run.stderr
    assert mask.read_bytes() == before


@pytest.mark.parametrize("pattern", ["m.%04d.exr", "m.#####.exr", "m_%V.####.exr"])
def test_pass_through_is_refused_where_it_would_not_see_masks(desk: Desk, pattern: str) -> None:
    _, node = desk.shot([1])
    desk.artist.edit(node, "mask_path", f"{desk.folder}/{pattern}")
    desk.artist.edit(node, "missing", "pass through")
    desk.parse(node)
    assert "'pass through', which knows masks by #### alone" in desk.artist.messages[0]


def test_patterns_that_mean_the_same_files_are_one(desk: Desk) -> None:
    read, first = desk.shot([1])
    desk.artist.edit(first, "mask_path", f"{desk.folder}/m.####.exr")
    desk.artist.select(read)
    second = desk.artist.create("M2FP")
    second["endpoint"].setValue(desk.endpoint)
    desk.artist.edit(second, "mask_path", f"{desk.folder}/m.%04d.exr")
    desk.artist.answers.append(False)
    desk.artist.press(second, "parse_frame")
    assert "M2FP2 and M2FP1 write to the same masks" in desk.artist.questions[0][1]


def test_a_bad_path_is_only_its_own_nodes_trouble(desk: Desk) -> None:
    read, first = desk.shot([1])
    desk.artist.select(read)
    second = desk.artist.create("M2FP")
    desk.artist.edit(second, "mask_path", "[nonsense]/m.####.exr")
    assert desk.parse(first).startswith("frame 1 parsed")
    desk.parse(second)
    assert desk.artist.messages[0].startswith("M2FP2: the mask path [nonsense]/m.####.exr can't be evaluated")


def test_a_renamed_node_is_still_being_parsed(desk: Desk) -> None:
    _, node = desk.shot(range(1, 11))
    desk.artist.press(node, "parse_range")
    node.setName("Hero")
    desk.artist.press(node, "parse_range")
    assert desk.artist.messages == ["Hero: it is being parsed: cancel that in the progress bar, or wait"]
    desk.settle(node)


def test_the_version_of_masks_outlives_the_session(desk: Desk) -> None:
    """A cache on disk would else show the masks that had this version before."""
    _, node = desk.shot([1])
    desk.parse(node)
    write_noise(desk.plate(1), seed=80)
    desk.parse(node)
    assert node.node("masks")["version"].value() == 2
    node = desk.reopen()
    assert node.node("masks")["version"].value() == 2
    assert np.isfinite(desk.planes(node, ["rgba.alpha"], 1)).all()


def test_a_folder_where_nothing_may_be_written_costs_no_work(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, node = desk.shot()
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write everywhere
    assert desk.parse(node).startswith("frames 1-3 failed")
    assert "nothing may be written to the folder" in desk.artist.messages[0]
    assert list((desk.folder / "m2fp" / "M2FP1").iterdir()) == []


def test_nuke_starts_where_no_channel_is_left(farm: Farm) -> None:
    """Renders are watched all the same, and the saved layers are declared by the node's own text."""
    studio = farm.folder / "studio"
    studio.mkdir()
    (studio / "init.py").write_text(
        "import nuke\nfor number in range(1000):\n"
        "    nuke.Layer('studio%d' % number, ['studio%d.alpha' % number])\n"
    )
    script = farm.folder / "nothing.py"
    script.write_text("print('started')\n")
    run = farm.nuke("-t", script, NUKE_PATH=f"{PLUGIN}{os.pathsep}{studio}")
    assert run.status == 0
    assert "M2FP: the plug-in can't be loaded (more than 1023 channels" in run.stdout + run.stderr
    assert "started" in run.stdout


def test_start_up_files_compile_in_python_2() -> None:
    """Nuke 12 may share a folder with 13; there is no f-string or annotation in what it reads."""
    for name in ("init.py", "menu.py"):
        text = (PLUGIN / name).read_text()
        assert not any(mark in text for mark in ('f"', "f'", "->", "nonlocal"))
