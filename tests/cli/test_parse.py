"""``m2fp parse`` as a user runs it: real files, real processes, what is printed and what is left."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from m2fp_server.cli.preview import MARGIN, PANEL, ROW
from m2fp_server.cli.private_daemon import PrivateDaemon
from support.command import is_one_sentence, m2fp, nowhere
from support.exr import read_masks, write_pixels
from support.plates import gradient, write_plate


def names(folder: Path) -> list[str]:
    """All that is there, hidden files too."""
    return sorted(each.name for each in folder.iterdir())


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    """A folder with frames 1 to 3 of a plate, and an empty folder for masks in it."""
    for frame in (1, 2, 3):
        write_plate(tmp_path / f"plate.{frame:04}.exr")
    (tmp_path / "out").mkdir()
    return tmp_path


def parse_sequence(folder: Path, daemon: PrivateDaemon, *more: str) -> Any:
    return m2fp(
        "parse",
        folder / "plate.####.exr",
        folder / "out" / "masks.####.exr",
        "--endpoint",
        daemon.endpoint,
        "--layers",
        "hair,face",
        *more,
    )


def test_one_frame_is_written_and_said_in_one_line(
    daemon: PrivateDaemon, plate: Path, tmp_path: Path
) -> None:
    folder = tmp_path / ("a_folder_whose_name_is_longer_than_a_line_of_a_log_" * 2)
    folder.mkdir()
    done = m2fp("parse", plate, folder / "masks[a].exr", "--endpoint", daemon.endpoint)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert done.stderr == f"{plate} -> {folder / 'masks[a].exr'}\n"
    assert names(folder) == ["masks[a].exr"]
    assert {"hair.A", "person.A"} < set(read_masks(folder / "masks[a].exr").channels)


def test_options_reach_the_job(daemon: PrivateDaemon, plate: Path, tmp_path: Path) -> None:
    options = ["--layers", "hair, beard", "--people", "apart", "--beauty", "--resolution", "0.5"]
    options += ["--exposure", "-1.5", "--colour-space", "ACEScg", "--view", "srgb", "--unpremult"]
    done = m2fp("parse", plate, tmp_path / "masks.exr", "--endpoint", daemon.endpoint, *options)
    assert done.returncode == 0, done.stderr
    assert "no label for beard" in done.stderr
    masks = read_masks(tmp_path / "masks.exr")
    assert {"R", "G", "B", "A", "hair.A", "beard.A", "p8_hair.A", "p8_beard.A"} < set(masks.channels)
    asked = json.loads(masks.header["m2fp/parameters"])
    assert (asked["resolution"], asked["exposure"], asked["colour_space"]) == (0.5, -1.5, "ACEScg")
    assert (asked["view"], asked["unpremult"], asked["people"]) == ("srgb", True, "apart")


def test_a_sequence_is_reported_as_json(daemon: PrivateDaemon, sequence: Path) -> None:
    done = parse_sequence(sequence, daemon, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    summary = json.loads(done.stdout)
    assert set(summary) == {"done", "failed"}
    assert summary["failed"] == {}
    assert sorted(summary["done"]) == ["1", "2", "3"]
    for number in (1, 2, 3):
        frame = summary["done"][str(number)]
        assert frame["path"] == str(sequence / "out" / f"masks.{number:04}.exr")
        assert frame["report"]["channels"] == ["hair.A", "face.A"]
        assert set(read_masks(frame["path"]).channels) == {"hair.A", "face.A"}
    assert names(sequence / "out") == [f"masks.000{number}.exr" for number in (1, 2, 3)]


def test_one_broken_frame_does_not_stop_the_others(daemon: PrivateDaemon, sequence: Path) -> None:
    broken = sequence / "plate.0002.exr"
    broken.write_bytes(broken.read_bytes()[:-100])
    done = parse_sequence(sequence, daemon)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    (failure,) = [line for line in lines if line.startswith("frame 2 failed: ")]
    assert "plate.0002.exr" in failure
    assert lines[-1] == "2 of 3 frames done"
    assert names(sequence / "out") == ["masks.0001.exr", "masks.0003.exr"]
    assert "Traceback" not in done.stderr


def test_a_broken_frame_is_in_the_json_with_its_code(daemon: PrivateDaemon, sequence: Path) -> None:
    (sequence / "plate.0002.exr").write_bytes(b"no EXR")
    done = parse_sequence(sequence, daemon, "--json", "-f", "1-2,9")
    assert done.returncode == 1
    summary = json.loads(done.stdout)
    assert list(summary["done"]) == ["1"]
    assert {name: error["code"] for name, error in summary["failed"].items()} == {
        "2": "bad_image",
        "9": "bad_image",
    }
    assert all(error["message"] and error["hint"] for error in summary["failed"].values())
    assert names(sequence / "out") == ["masks.0001.exr"]


def test_a_preview_is_drawn_for_each_frame(daemon: PrivateDaemon, sequence: Path) -> None:
    done = parse_sequence(sequence, daemon, "-f", "1-3x2", "--preview", str(sequence / "out" / "look.##.png"))
    assert done.returncode == 0, done.stderr
    assert names(sequence / "out") == ["look.01.png", "look.03.png", "masks.0001.exr", "masks.0003.exr"]
    assert (sequence / "out" / "look.01.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    image = cv2.imread(str(sequence / "out" / "look.01.png"))
    assert image is not None
    assert image.shape == (480 + 3 * MARGIN + ROW, 2 * PANEL + 3 * MARGIN, 3)


def test_without_a_daemon_one_is_started_for_the_command(plate: Path, tmp_path: Path) -> None:
    endpoint = nowhere()
    done = m2fp("parse", plate, tmp_path / "masks.exr", "--layers", "hair", M2FP_ENDPOINT=endpoint)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[0] == f"no daemon at {endpoint}: starting one for this command"
    assert list(read_masks(tmp_path / "masks.exr").channels) == ["hair.A"]


def test_the_daemon_of_the_environment_is_used(daemon: PrivateDaemon, plate: Path, tmp_path: Path) -> None:
    done = m2fp("parse", plate, tmp_path / "masks.exr", "--layers", "hair", M2FP_ENDPOINT=daemon.endpoint)
    assert done.returncode == 0, done.stderr
    assert "starting one" not in done.stderr


def test_a_daemon_that_was_named_has_to_be_there(plate: Path, tmp_path: Path) -> None:
    endpoint = nowhere()
    done = m2fp("parse", plate, tmp_path / "masks.exr", "--endpoint", endpoint)
    assert done.returncode == 1
    assert is_one_sentence(done.stderr), done.stderr
    assert f"no daemon at {endpoint}" in done.stderr
    assert "m2fp serve" in done.stderr
    assert names(tmp_path) == ["plate.exr"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("plate.exr", "masks.exr", "--layers", "Hair"), "layers[0] is 'Hair'", id="layer"),
        pytest.param(("plate.exr", "no/masks.exr"), "there is no folder no", id="folder"),
        pytest.param(("plate.exr", "plate.exr"), "different files", id="masks = plate"),
        pytest.param(("plate.exr", "a.exr", "--preview", "plate.exr"), "end in .png", id="preview = plate"),
        pytest.param(("plate.exr", "a.png"), "end in .exr", id="masks that are no EXR"),
        pytest.param(("plate.exr", "/dev/null"), "end in .exr", id="masks that are a device"),
        pytest.param(("plate.exr", "masks.exr", "--people", "alone"), "people is 'alone'", id="people"),
        pytest.param(("plate.exr", "masks.exr", "--resolution", "9"), "resolution is 9", id="resolution"),
        pytest.param(("plate.exr", "masks.exr", "--exposure", "dark"), "--exposure 'dark'", id="exposure"),
        pytest.param(("plate.exr", "masks.####.exr"), "names one file", id="pattern on one side"),
        pytest.param(("plate.####.exr", "masks.exr", "-f", "1-3"), "masks.exr would be", id="other side"),
        pytest.param(("plate.####.exr", "masks.####.exr", "-f", "1-"), "'1-' is no frame range", id="range"),
        pytest.param(("plate.####.exr", "masks.####.exr"), "no frames of plate.####.exr", id="none on disk"),
        pytest.param(("p.exr", "m.exr", "--endpoint", "here"), "'here' is no endpoint", id="endpoint"),
    ],
)
def test_wrong_use_is_one_sentence_and_status_2(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    done = m2fp("parse", *arguments, cwd=tmp_path, M2FP_ENDPOINT=nowhere())
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert is_one_sentence(done.stderr), done.stderr
    assert said in done.stderr
    assert names(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that not even root can write")
def test_a_preview_that_can_not_be_written_is_a_warning(
    daemon: PrivateDaemon, plate: Path, tmp_path: Path
) -> None:
    masks = tmp_path / "masks.exr"
    done = m2fp("parse", plate, masks, "--preview", "/proc/self/a.png", "--endpoint", daemon.endpoint)
    assert done.returncode == 0
    assert "can't write the preview /proc/self/a.png" in done.stderr
    assert "Traceback" not in done.stderr
    assert masks.is_file()


def test_nothing_but_a_file_is_written_over(daemon: PrivateDaemon, plate: Path, tmp_path: Path) -> None:
    masks = tmp_path / "masks.exr"
    masks.mkdir()
    done = m2fp("parse", plate, masks, "--endpoint", daemon.endpoint)
    assert done.returncode == 2
    assert f"{masks} is there and is no file" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_says_what_is_done(daemon: PrivateDaemon, plate: Path, tmp_path: Path) -> None:
    for frame in range(1, 300):
        (tmp_path / f"plate.{frame:04}.exr").symlink_to(plate)
    command = [sys.executable, "-m", "m2fp_server.cli", "parse", "plate.####.exr", "masks.####.exr"]
    command += ["-f", "1-299", "--json", "--endpoint", daemon.endpoint]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 60
        while not (tmp_path / "masks.0003.exr").exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    summary = json.loads(said)
    assert "1" in summary["done"]
    assert summary["failed"] == {}
    assert len(summary["done"]) == len(list(tmp_path.glob("masks.*.exr"))) < 299
    assert not list(tmp_path.glob(".*"))


def test_the_stops_found_on_the_first_frame_are_held_for_the_rest(
    daemon: PrivateDaemon, sequence: Path
) -> None:
    for frame, gain in ((1, 0.25), (2, 1), (3, 3)):
        write_pixels(sequence / f"plate.{frame:04}.exr", np.asarray(gradient(96, 64) * gain, np.float32))
    done = parse_sequence(sequence, daemon, "--json", "--exposure", "auto")
    assert done.returncode == 0, done.stderr
    stops = {name: frame["report"]["exposure"] for name, frame in json.loads(done.stdout)["done"].items()}
    assert set(stops.values()) == {stops["1"]}
    alone = parse_sequence(sequence, daemon, "--json", "--exposure", "auto", "-f", "3")
    assert json.loads(alone.stdout)["done"]["3"]["report"]["exposure"] < stops["1"] - 1


def test_a_broken_first_frame_leaves_finding_the_stops_to_the_next(
    daemon: PrivateDaemon, sequence: Path
) -> None:
    (sequence / "plate.0001.exr").write_bytes(b"no EXR")
    done = parse_sequence(sequence, daemon, "--json", "--exposure", "auto")
    assert done.returncode == 1
    summary = json.loads(done.stdout)
    assert list(summary["failed"]) == ["1"]
    assert len({frame["report"]["exposure"] for frame in summary["done"].values()}) == 1
    assert sorted(summary["done"]) == ["2", "3"]
