"""Route A: ``nuke -t m2fp_batch.py``, missing masks first, then the Writes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from m2fp_host import Client
from m2fp_server.cli.private_daemon import PrivateDaemon
from support.command import nowhere
from support.daemons import wait_for

from .desk import layer
from .farm import GRADE, Farm
from .launching import LAUNCHER
from .pythons import python_of


def test_masks_first_then_the_writes(farm: Farm, client: Client) -> None:
    farm.shot()
    run = farm.batch("--write", "Write1", "--frames", "1-3").check()
    assert run.stdout.splitlines() == [
        "m2fp_batch: M2FP1: frames 1-3 parsed (engine builtin, Apache-2.0)",
        "m2fp_batch: Write1: rendering 1-3",
        "m2fp_batch: Write1: done",
    ]
    for frame in (1, 2, 3):
        expected = farm.expected(client, frame)
        assert expected.std() > 0.001
        np.testing.assert_array_equal(farm.matte(frame), expected)

    before = farm.masks()
    farm.expose(2, seed=9)
    run = farm.batch().check()
    assert "M2FP1: frame 2 parsed; frames 1, 3 up to date" in run.stdout
    after = farm.masks()
    assert [frame for frame in (1, 2, 3) if after[frame] != before[frame]] == [2]
    np.testing.assert_array_equal(farm.matte(2), farm.expected(client, 2))

    farm.expose(3, seed=8)
    run = farm.batch("--missing-only").check()
    assert "parsed" not in run.stdout
    assert farm.masks() == after


@pytest.mark.parametrize("version", ["3.7", "3.11"])
def test_in_the_python_of_the_oldest_and_the_newest_nuke(
    version: str, nuke_home: Path, tmp_path: Path, daemon: PrivateDaemon, client: Client
) -> None:
    farm = Farm(tmp_path / "shot", daemon.endpoint, nuke_home, python_of(version))
    farm.shot(before=GRADE)
    farm.batch().check()
    assert farm.rendered() == [1, 2, 3]
    assert farm.matte(2).std() > 0.001
    np.testing.assert_array_equal(farm.matte(2), layer(farm.mask(2), "hair.A"))
    before = farm.masks()
    assert farm.render("--sro").check().status == 0
    assert farm.masks() == before


def test_an_input_that_has_to_be_rendered_is_rendered_once(farm: Farm) -> None:
    farm.shot(before=GRADE, knobs="engine builtin")
    farm.batch().check()
    before = farm.masks()
    assert sorted(before) == [1, 2, 3]
    np.testing.assert_array_equal(farm.matte(1), layer(farm.mask(1), "hair.A"))

    assert "M2FP1: frames 1-3 up to date" in farm.batch().check().stdout
    assert farm.masks() == before

    farm.script.write_text(farm.script.read_text().replace("multiply 0.5", "multiply {{frame==2?2:0.5}}"))
    assert "M2FP1: frame 2 parsed; frames 1, 3 up to date" in farm.batch().check().stdout


def test_a_node_that_looks_at_the_mattes_of_another_comes_after_it(farm: Farm) -> None:
    """The input of the second node is the first one's premultiplied plate: it can't be rendered before."""
    second = f"M2FP {{\n endpoint {farm.endpoint}\n from0 person.alpha\n name A_second\n}}"
    farm.shot(1, knobs='output "premultiplied plate"', behind=second)
    run = farm.batch().check()
    said = [line.split(": ")[1] for line in run.stdout.splitlines()]
    assert said == ["M2FP1", "A_second", "Write1", "Write1"]
    np.testing.assert_array_equal(farm.matte(1), layer(farm.mask(1, "A_second"), "person.A"))


def test_several_writes_go_by_their_order(farm: Farm) -> None:
    more = (
        "push $FIRST\n"
        "Write {\n file FOLDER/b.####.exr\n file_type exr\n render_order 0.5\n name B\n use_limit true\n"
        " first 2\n last 9\n}\n"
        "Write {\n file FOLDER/reading.####.exr\n file_type exr\n reading true\n name Reading\n}\n"
        "push $FIRST\n"
        "Write {\n file FOLDER/off.####.exr\n file_type exr\n disable true\n name Off\n}\n"
    )
    farm.shot(behind="set FIRST [stack 0]", more=more)
    run = farm.batch("--frames", "1-2").check()
    assert run.stdout.splitlines()[1:] == [
        "m2fp_batch: B: rendering 2",
        "m2fp_batch: Write1: rendering 1-2",
        "m2fp_batch: B: done",
        "m2fp_batch: Write1: done",
    ]
    assert sorted(farm.masks()) == [1, 2]
    assert farm.rendered() == [1, 2]
    assert (farm.folder / "b.0002.exr").exists()
    assert not list(farm.folder.glob("off.*")) + list(farm.folder.glob("reading.*"))


def test_a_write_in_a_group(farm: Farm, client: Client) -> None:
    group = (
        "Group {\n name Outer\n}\nInput {\n inputs 0\n name Input1\n}\n"
        "Write {\n file FOLDER/inner.####.exr\n file_type exr\n channels rgba\n raw true\n name Inner\n}\n"
        "end_group\n"
    )
    farm.shot(more=group)
    farm.batch("--write", "Outer.Inner", "--frames", "2").check()
    np.testing.assert_array_equal(layer(farm.folder / "inner.0002.exr", "A"), farm.expected(client, 2))
    assert sorted(farm.masks()) == [2]


def test_a_damaged_plate_costs_its_own_frame(farm: Farm) -> None:
    farm.shot()
    farm.plate(2).write_bytes(farm.plate(2).read_bytes()[:300])
    run = farm.batch()
    assert run.status == 1
    assert farm.rendered() == [1, 3]
    assert sorted(farm.masks()) == [1, 3]
    problem, summary = run.stderr.splitlines()
    assert problem.startswith("m2fp_batch: M2FP1, frame 2: ")
    assert "plate.0002.exr" in problem
    assert summary == "m2fp_batch: Write1: failed: there are no masks from M2FP1 for its frame 2"


def test_without_a_daemon(farm: Farm) -> None:
    farm.shot()
    farm.batch("--masks-only").check()
    assert farm.rendered() == []
    gone = nowhere()
    farm.script.write_text(farm.script.read_text().replace(farm.endpoint, gone))
    farm.batch().check()
    assert farm.rendered() == [1, 2, 3]

    for frame in (1, 2, 3):
        (farm.out / f"out.{frame:04d}.exr").unlink()
    farm.mask(2).unlink()
    run = farm.batch()
    assert run.status == 1
    assert farm.rendered() == []
    problem, summary = run.stderr.splitlines()
    assert problem.startswith("m2fp_batch: M2FP1, frame")
    assert f"no daemon at {gone}" in problem
    assert "m2fp serve" in problem
    assert summary == "m2fp_batch: Write1: failed: there are no masks from M2FP1"


def test_black_mattes_will_do_for_a_write_but_not_where_masks_are_all_that_is_asked_for(farm: Farm) -> None:
    farm.shot(1, knobs=f"missing black\n endpoint {nowhere()}")
    assert farm.batch("--masks-only").status == 1
    run = farm.batch()
    assert run.status == 0
    assert "no daemon at" in run.stderr
    assert farm.rendered() == [1]
    assert farm.matte(1).max() == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["{none}"], "can't open the script"),
        (["{script}", "--write", "Wrote1"], "there is no Write called 'Wrote1': there are: Write1"),
        (["{script}", "--write", "M2FP1.plate_write"], "M2FP1.plate_write is disabled"),
        (["{script}", "--frames", "1-"], "'1-' is no frame range"),
        (["{script}", "--frames", "7"], "there is no frame to render of Write1"),
        (["{script}", "--frame", "1", "--colour"], "unrecognized arguments: --colour"),
        ([], "arguments are required: script"),
        (["{empty}"], "there is no active Write in"),
    ],
)
def test_wrong_use_is_one_sentence(farm: Farm, arguments: list[str], sentence: str) -> None:
    farm.shot(1, write="use_limit true\n first 1\n last 1")
    empty = farm.folder / "empty.nk"
    empty.write_text("Root {\n inputs 0\n}\n")
    names = {"script": farm.script, "empty": empty, "none": farm.folder / "none.nk"}
    run = farm.nuke(*farm.batch_command(*(word.format(**names) for word in arguments)))
    assert run.status == 2
    (line,) = [each for each in run.stderr.splitlines() if not each.startswith("WARNING: ")]
    assert line.startswith("m2fp_batch: ")
    assert sentence in line
    assert farm.masks() == {}


def test_two_nodes_that_would_write_different_masks_to_one_path_are_refused(farm: Farm) -> None:
    path = f"mask_path {farm.folder}/masks/m"
    second = f"M2FP {{\n endpoint {farm.endpoint}\n {path}.%04d.exr\n edges fast\n name M2FP2\n}}"
    farm.shot(knobs=f"{path}.####.exr", behind=second)
    run = farm.batch()
    assert run.status == 2
    assert "M2FP1 and M2FP2 write different masks to" in run.stderr
    assert not (farm.folder / "masks").exists()


def test_every_chunk_of_a_range_gets_the_exposure_of_the_first_frame(farm: Farm, client: Client) -> None:
    farm.shot(knobs="auto_exposure true")
    farm.batch("--frames", "3").check()
    stops = client.parse(farm.plate(1), exposure="auto").report["exposure"]
    assert stops != client.parse(farm.plate(3), exposure="auto").report["exposure"]
    expected = client.parse(farm.plate(3), farm.folder / "expected.exr", exposure=stops)
    np.testing.assert_array_equal(farm.matte(3), layer(expected.path, "hair.A"))
    assert sorted(farm.masks()) == [1, 3]
    before = farm.masks()
    farm.batch("--frames", "2").check()
    farm.batch().check()
    assert {frame: farm.masks()[frame] for frame in (1, 3)} == before


def test_where_the_plug_in_is_not_installed(farm: Farm) -> None:
    farm.shot(1)
    run = farm.batch(NUKE_PATH="")
    assert run.status == 1
    (line,) = run.stderr.splitlines()
    assert "install.py nuke" in line


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_from_outside_it_leaves_nothing_half_written(farm: Farm, number: signal.Signals) -> None:
    farm.shot(60, before=GRADE)
    temporary = farm.folder / "tmp"
    temporary.mkdir()
    command = [sys.executable, str(LAUNCHER), *map(str, farm.batch_command(farm.script))]
    with subprocess.Popen(
        command,
        env=farm.environment(TMPDIR=str(temporary)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            wait_for(lambda: len(farm.masks()) >= 3, 30)
            process.send_signal(number)
            _, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 128 + number
    assert errors.splitlines() == [
        f"m2fp_batch: ended by {'Ctrl-C' if number == signal.SIGINT else 'SIGTERM'}"
    ]
    assert 3 <= len(farm.masks()) < 60
    assert farm.rendered() == []
    assert [name for name in os.listdir(farm.mask(1).parent) if not name.startswith("M2FP1.")] == []
    assert list(temporary.glob("m2fp-*")) == []
