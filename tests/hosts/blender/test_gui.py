"""The artist's steps at a window, with the Blender of this machine and a display that nobody sees."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from m2fp_host import Client
from m2fp_server.cli.private_daemon import PrivateDaemon

from . import installed
from .shot import Shot, write_noise

FRAMES = (1, 2, 3)
MASKS = [f"human_parts.{frame:04d}.exr" for frame in FRAMES]
NOBODY = "tcp://127.0.0.1:9"

PICTURES = "M2FP_TEST_PICTURES"
"""Environment variable: a folder to keep pictures of the window in."""

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A display of software alone."""
    program = shutil.which("Xvfb")
    if not program:
        pytest.skip("no program Xvfb is on the PATH")
    read, write = os.pipe()
    with subprocess.Popen(
        [program, "-displayfd", str(write), "-screen", "0", "1600x900x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(write)
        try:
            with open(read) as said:
                number = said.readline().strip()
            if not number:
                pytest.skip("Xvfb does not start")
            yield f":{number}"
        finally:
            server.terminate()


@pytest.fixture
def pictures(tmp_path: Path) -> str:
    """A folder for pictures of the window."""
    return os.environ.get(PICTURES, str(tmp_path))


class Desk(Shot):
    """A shot that an artist has open at a window."""

    limit = 90.0

    def __init__(self, folder: Path, display: str, endpoint: str) -> None:
        background = installed.find()
        super().__init__(folder, background, endpoint)
        self._windowed = dataclasses.replace(background, display=display)
        self._background = background

    def act(self, name: str, **order: Any) -> Any:
        """An act of ``gui.py``; what it found."""
        self._blender = self._windowed
        try:
            return self.run("gui.py", act=name, **order).found
        finally:
            self._blender = self._background

    def masks(self) -> list[str]:
        """The files in the mask folder."""
        return sorted(path.name for path in (self.folder / "masks").glob("*"))


@pytest.fixture
def desk(tmp_path: Path, display: str, daemon: PrivateDaemon) -> Desk:
    """A shot on a machine with a daemon."""
    return Desk(tmp_path / "shot", display, daemon.endpoint)


@pytest.fixture
def mortal() -> Iterator[PrivateDaemon]:
    """A daemon that may be stopped for a while."""
    with PrivateDaemon() as private:
        try:
            yield private
        finally:
            os.kill(private.pid, signal.SIGCONT)


FAULT = "no daemon at tcp://render01:47115: start it with m2fp serve --endpoint tcp://render01:47115"
PANELS = ["human_parts", "matte", "files", "engine", "daemon"]


def test_the_panel_is_drawn(desk: Desk, pictures: str) -> None:
    desk.make("update")
    found = desk.act("look", pictures=pictures, panels=PANELS, fault=FAULT)
    assert found["drawn"] == sorted(f"M2FP_PT_{name}" for name in PANELS)
    assert max(map(len, found["lines"])) <= 20
    assert "".join(found["lines"]).replace(" ", "") == FAULT.replace(" ", "")
    for name in ("panel", "trouble", "several", "none", "unsaved"):
        assert (Path(pictures) / f"{name}.png").stat().st_size > 10_000


def test_the_buttons(desk: Desk) -> None:
    desk.make()
    found = desk.act("press", buttons=["test_connection", "update", "parse_range"])
    assert [each["fault"] for each in found["said"]] == ["", "", ""]
    connected, updated, parsed = (each["status"] for each in found["said"])
    assert connected.startswith(f"connected to {desk.endpoint}: M2FP ")
    assert updated.startswith("frame 1 parsed (engine builtin, Apache-2.0)")
    assert parsed.startswith("frames 2-3 parsed; frame 1 up to date")
    assert desk.masks() == MASKS


def test_plates_are_rendered_behind_the_artists_back(desk: Desk) -> None:
    for frame in FRAMES:
        write_noise(desk.folder / f"photo.{frame:04d}.png", seed=frame)
    desk.make(plate={"image": str(desk.folder / "photo.0001.png")})
    (parsed,) = desk.act("press", buttons=["parse_range"])["said"]
    assert parsed["status"].startswith("frames 1-3 parsed"), parsed
    assert desk.masks() == MASKS


def test_the_scene_is_the_plate(desk: Desk) -> None:
    desk.make(plate={})
    (parsed,) = desk.act("press", buttons=["parse_range"])["said"]
    assert parsed["status"].startswith("frames 1-3 parsed"), parsed
    assert desk.masks() == MASKS


def test_the_artist_goes_on_working_while_frames_are_parsed(desk: Desk, mortal: PrivateDaemon) -> None:
    desk.make(endpoint=mortal.endpoint)
    found = desk.act("go_on_working", pid=mortal.pid)
    assert "is being parsed" in found["again"]
    assert found["meanwhile"].endswith("; Esc cancels"), found
    assert found["status"].startswith("frames 1-3 parsed"), found
    assert found["choke"] == 1.5
    assert desk.masks() == MASKS


def test_escape_cancels(desk: Desk, mortal: PrivateDaemon) -> None:
    desk.make(endpoint=mortal.endpoint)
    found = desk.act("escape", pid=mortal.pid)
    assert found["first"].startswith("cancelled"), found
    assert found["files"] == []
    assert found["second"].startswith("frames 1-3 parsed"), found
    assert desk.masks() == MASKS


def test_blender_is_closed_while_frames_are_parsed(desk: Desk, mortal: PrivateDaemon) -> None:
    desk.make(endpoint=mortal.endpoint)
    assert desk.act("close", pid=mortal.pid)["status"].endswith("; Esc cancels")
    assert desk.masks() == []


def test_another_file_is_opened_while_frames_are_parsed(desk: Desk, mortal: PrivateDaemon) -> None:
    desk.make(endpoint=mortal.endpoint)
    found = desk.act("open_another", pid=mortal.pid)
    assert "Esc" not in found["opened"], found
    assert found["status"].startswith("frames 1-3 parsed"), found


def test_undo(desk: Desk, mortal: PrivateDaemon, pictures: str) -> None:
    desk.make(endpoint=mortal.endpoint)
    found = desk.act("undo", pid=mortal.pid, pictures=pictures)
    assert found["unset"] == "person"
    assert found["part"] == "face"
    assert found["ended"].startswith("frames 1-3 parsed"), found
    assert found["groups"] == ["Human Parts"]


def test_render_animation(desk: Desk, client: Client) -> None:
    desk.make("update")
    found = desk.act("render", checked=True)
    assert found["happened"] == ["init", "complete"], found
    assert desk.rendered() == list(FRAMES)
    for frame in FRAMES:
        np.testing.assert_array_equal(desk.alpha(frame), desk.expected(client, frame))


def test_nothing_is_rendered_without_a_daemon_and_masks(desk: Desk) -> None:
    desk.make(endpoint=NOBODY)
    found = desk.act("render", checked=True)
    assert f"no daemon at {NOBODY}" in found["fault"], found
    assert f"no daemon at {NOBODY}" in found["status"], found
    assert found["happened"] == []
    assert desk.rendered() == []


def test_a_render_that_nobody_checked_has_black_mattes_and_says_why(desk: Desk) -> None:
    desk.make("update")
    for frame in FRAMES:
        desk.expose(frame, seed=90 + frame)
    with_nobody = desk.act("render", checked=False, endpoint=NOBODY)
    assert with_nobody["happened"] == ["init", "complete"], with_nobody
    assert f"frame 3: no daemon at {NOBODY}" in with_nobody["status"], with_nobody
    assert desk.rendered() == list(FRAMES)
    assert [float(desk.alpha(frame).max()) for frame in FRAMES] == [0.0, 0.0, 0.0]


def test_the_backdrop_follows(desk: Desk, client: Client) -> None:
    desk.make(fetch="ALL")
    found = desk.act("backdrop")
    for part in ("hair", "face"):
        assert found[part] == pytest.approx(float(desk.expected(client, 1, part).mean()), rel=1e-3)


def test_the_plate_survives_a_look_at_the_composite(desk: Desk) -> None:
    desk.make("update")
    assert desk.act("keep_the_plate") == {"plate": "plate.0001.exr"}
