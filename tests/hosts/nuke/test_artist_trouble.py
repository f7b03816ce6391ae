"""What goes wrong at an artist's desk, and what the artist is told."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from m2fp_host import Client
from m2fp_server.cli.private_daemon import PrivateDaemon

from .desk import Desk, layer, write_noise
from .fake_nuke import api as nuke

NOBODY = "tcp://127.0.0.1:9"


@pytest.fixture
def mortal() -> Iterator[PrivateDaemon]:
    """A daemon that a test may kill."""
    with PrivateDaemon() as private:
        yield private


def leftovers(desk: Desk) -> list[str]:
    """Files in the masks' folder that are no finished masks."""
    folder = desk.mask(1).parent
    return [name for name in os.listdir(folder) if not name.endswith(".exr") or name.startswith(".")]


def test_no_daemon_is_one_sentence_with_node_frame_endpoint_and_remedy(desk: Desk) -> None:
    desk.endpoint = NOBODY
    _, node = desk.shot()
    desk.parse(node)
    (message,) = desk.artist.messages
    assert message.startswith(f"M2FP1, frames 1-3: no daemon at {NOBODY}")
    assert "serve" in message
    assert not desk.mask(1).exists()


def test_opening_a_script_needs_no_daemon(desk: Desk) -> None:
    desk.endpoint = NOBODY
    desk.shot()
    for _ in range(5):
        desk.artist.create("M2FP")
    desk.reopen()
    assert len(nuke.allNodes("M2FP")) == 6
    assert desk.artist.messages == []
    assert desk.artist.script_errors == []


def test_cancel_midway_leaves_whole_frames_and_the_rest_for_later(desk: Desk, mortal: PrivateDaemon) -> None:
    frames = range(1, 101)
    desk.endpoint = mortal.endpoint
    _, node = desk.shot(frames)
    desk.artist.press(node, "parse_range")
    desk.artist.wait_until(lambda: desk.mask(1).exists() and desk.mask(2).exists())  # in either order
    os.kill(mortal.pid, signal.SIGSTOP)  # or all would be done before a busy machine comes to the next line
    assert desk.artist.cancel_progress() == 1
    desk.settle(node)
    os.kill(mortal.pid, signal.SIGCONT)
    status = str(node["status"].value())
    assert "cancelled" in status
    assert desk.artist.messages == []
    done = [frame for frame in frames if desk.mask(frame).exists()]
    assert 2 <= len(done) < 100
    assert leftovers(desk) == []
    assert desk.parse(node).endswith("(engine builtin, Apache-2.0)")
    assert all(desk.mask(frame).exists() for frame in frames)


def test_the_daemon_dies_midway(desk: Desk, mortal: PrivateDaemon) -> None:
    desk.endpoint = mortal.endpoint
    frames = range(1, 41)
    _, node = desk.shot(frames)
    desk.artist.press(node, "parse_range")
    desk.artist.wait_until(lambda: desk.mask(2).exists())
    with Client(mortal.endpoint) as client:
        pids = [worker["pid"] for worker in client.status().workers]
    for pid in (mortal.pid, *pids):
        os.kill(pid, signal.SIGKILL)
    desk.settle(node, timeout=90)
    (message,) = desk.artist.messages
    assert f"no daemon at {mortal.endpoint}" in message
    assert message.startswith("M2FP1, frame")
    assert leftovers(desk) == []
    assert not desk.mask(40).exists()


def test_a_second_press_says_that_it_is_being_parsed(desk: Desk) -> None:
    _, node = desk.shot(range(1, 11))
    desk.artist.press(node, "parse_range")
    desk.artist.press(node, "parse_frame")
    assert desk.artist.messages == ["M2FP1: it is being parsed: cancel that in the progress bar, or wait"]
    desk.settle(node)


def test_the_node_is_deleted_meanwhile(desk: Desk) -> None:
    _, node = desk.shot(range(1, 21))
    desk.artist.press(node, "parse_range")
    desk.artist.wait_until(lambda: desk.mask(1).exists())
    desk.artist.delete(node)
    desk.artist.wait_until(lambda: not desk.artist.progress)
    desk.artist.idle(0.2)
    assert not desk.mask(20).exists()
    assert desk.artist.messages == []


def test_the_script_is_closed_meanwhile(desk: Desk) -> None:
    _, node = desk.shot(range(1, 21))
    desk.artist.press(node, "parse_range")
    desk.artist.wait_until(lambda: desk.mask(1).exists())
    nuke.scriptClear()
    desk.artist.wait_until(lambda: not desk.artist.progress)
    desk.artist.idle(0.2)
    assert desk.artist.messages == []


def test_a_damaged_plate_fails_alone(desk: Desk) -> None:
    _, node = desk.shot()
    desk.plate(2).write_bytes(b"no picture at all")
    status = desk.parse(node)
    assert status.startswith("frames 1, 3 parsed; frame 2 failed")
    (message,) = desk.artist.messages
    assert message.startswith("M2FP1, frame 2: ")
    assert "plate.0002.exr" in message
    assert not desk.mask(2).exists()


def test_a_plate_that_is_not_there(desk: Desk) -> None:
    read, node = desk.shot()
    desk.plate(3).unlink()
    read["reload"].execute()
    assert "frame 3 failed" in desk.parse(node)
    (message,) = desk.artist.messages
    assert message.startswith("M2FP1, frame 3: ")
    assert "plate.0003.exr" in message


def test_nothing_connected(desk: Desk) -> None:
    _, node = desk.shot()
    desk.artist.connect(node, 0, None)
    desk.parse(node, "parse_frame")
    assert desk.artist.messages == ["M2FP1, frame 1: nothing is connected to its input: connect a plate"]


def test_a_folder_that_can_not_be_made(desk: Desk) -> None:
    _, node = desk.shot()
    (desk.folder / "m2fp").write_bytes(b"in the way")
    desk.parse(node, "parse_frame")
    (message,) = desk.artist.messages
    assert "can't make the folder" in message


def test_an_unsaved_script_asks_where_masks_go(desk: Desk) -> None:
    desk.plates([1])
    read = desk.artist.create("Read")
    read["file"].setValue(str(desk.plate(1)))
    node = desk.artist.create("M2FP")
    node["endpoint"].setValue(desk.endpoint)
    desk.artist.answers.append(None)
    desk.artist.press(node, "parse_frame")
    assert node["status"].value() == "not parsed in this session"
    desk.artist.answers.append(f"{desk.folder}/masks.exr")
    assert desk.parse(node, "parse_frame").startswith("frame 1 parsed")
    assert (desk.folder / "masks.0001.exr").is_file()
    assert [kind for kind, _ in desk.artist.questions] == ["getFilename", "getFilename"]


def test_a_copy_has_masks_of_its_own_or_is_told(desk: Desk) -> None:
    _, node = desk.shot([1])
    (copy,) = desk.artist.copy_and_paste(node)
    assert copy["status"].value() == "not parsed in this session"
    assert copy["mask_path"].getEvaluatedValue() != node["mask_path"].getEvaluatedValue()

    desk.artist.edit(node, "mask_path", f"{desk.folder}/masks.####.exr")
    (sharing,) = desk.artist.copy_and_paste(node)
    assert sharing["status"].value() == "its mask path is also M2FP1's: change one of them"
    desk.artist.connect(sharing, 0, node.input(0))
    desk.artist.answers.append(False)
    desk.artist.press(sharing, "parse_frame")
    assert not (desk.folder / "masks.0001.exr").exists()
    desk.artist.answers.append(True)
    assert desk.parse(sharing, "parse_frame").startswith("frame 1 parsed")
    assert desk.parse(sharing, "parse_frame").startswith("frame 1 up to date")  # not asked again
    assert len(desk.artist.questions) == 2


def test_missing_masks_are_an_error_or_black_or_the_plate(desk: Desk) -> None:
    read, node = desk.shot()
    assert node.hasError()
    desk.artist.edit(node, "missing", "black")
    assert not desk.planes(node, ["rgba.alpha"], 1).any()
    desk.artist.edit(node, "missing", "pass through")
    rgba = ["rgba.red", "rgba.green", "rgba.blue", "rgba.alpha"]
    np.testing.assert_array_equal(desk.planes(node, rgba, 2), desk.planes(read, rgba, 2))
    desk.parse(node)
    np.testing.assert_array_equal(desk.planes(node, rgba[3:], 2)[0], layer(desk.mask(2), "person.A"))


def test_a_frame_outside_of_the_range_is_not_parsed_for_nobody(desk: Desk) -> None:
    _, node = desk.shot()
    nuke.frame(9)
    desk.parse(node, "parse_frame")
    assert "frame 9: outside of the frame range 1-3" in desk.artist.messages[0]


def test_nuke_renders_something_else_meanwhile(desk: Desk) -> None:
    """The input of a node has to be rendered while a render is under way: it is waited for."""
    read, node = desk.shot([1])
    desk.artist.select(read)
    grade = desk.artist.create("Grade")
    grade["multiply"].setValue(0.5)
    write = nuke.nodes.Write()
    write.setInput(0, read)
    write["file"].setValue(f"{desk.folder}/other.####.exr")
    seen: list[int] = []

    def look(frame: int) -> None:
        seen.append(frame)
        if seen == [1]:
            desk.artist.press(node, "parse_frame")

    desk.plates(range(1, 6))
    read["last"].setValue(5)
    desk.artist.during_render(look)
    nuke.execute(write, 1, 5)
    desk.settle(node)
    assert seen == [1, 2, 3, 4, 5, 1]  # its own render came last
    assert node["status"].value().startswith("frame 1 parsed")
    assert desk.artist.messages == []


def test_buttons_that_talk_to_the_daemon(desk: Desk) -> None:
    _, node = desk.shot()
    status = desk.parse(node, "test_connection")
    assert status.startswith(f"connected to {desk.endpoint}: M2FP ")
    (message,) = desk.artist.messages
    assert "engine builtin (auto): Apache-2.0" in message
    desk.artist.edit(node, "endpoint", NOBODY)
    desk.parse(node, "test_connection")
    assert f"no daemon at {NOBODY}" in desk.artist.messages[-1]


def test_baking_to_a_group(desk: Desk) -> None:
    read, node = desk.shot([1])
    desk.parse(node)
    desk.artist.edit(node, "part", "face")
    alpha = desk.planes(node, ["rgba.alpha"], 1)
    below = desk.artist.create("Dot")
    desk.artist.press(node, "bake")
    group: Any = nuke.toNode("M2FP1")
    assert group.Class() == "Group"
    assert group.input(0) is read
    assert below.input(0) is group
    np.testing.assert_array_equal(desk.planes(group, ["rgba.alpha"], 1), alpha)
    desk.artist.open_panel(group)
    desk.artist.edit(group, "part", "hair")
    assert group["from0"].value() == "hair.alpha"
    group["endpoint"].setValue(desk.endpoint)
    write_noise(desk.plate(1), seed=5)
    assert desk.parse(group).startswith("frame 1 parsed")


def test_threads_of_the_plug_in_end(desk: Desk) -> None:
    _, node = desk.shot()
    desk.parse(node)
    desk.artist.idle(0.3)
    assert [each.name for each in threading.enumerate() if each.name.startswith(("m2fp", "M2FP"))] == []


def test_temporary_plates_are_removed(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    _, node = desk.shot()
    desk.artist.edit(node, "source", "render the input")
    assert desk.parse(node).startswith("frames 1-3 parsed")
    assert list((tmp_path / "temporary").iterdir()) == []
