"""The artist's steps at a window, with the Blender of this machine and a display that nobody sees."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from m2fp_host import Client
from m2fp_server.cli.private_daemon import PrivateDaemon

from . import installed
from .shot import Shot, done

FRAMES = (1, 2, 3)

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


class Desk(Shot):
    """A shot that an artist has open at a window."""

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

    def left(self) -> list[str]:
        """The files in the mask folder."""
        return sorted(path.name for path in (self.folder / "masks").glob("*"))


@pytest.fixture
def desk(tmp_path: Path, display: str, daemon: PrivateDaemon) -> Desk:
    """A shot on a machine with a daemon."""
    return Desk(tmp_path / "shot", display, daemon.endpoint)


def test_the_panel_is_drawn(desk: Desk, tmp_path: Path) -> None:
    desk.make()
    pictures = Path(os.environ.get(PICTURES, tmp_path))
    found = desk.act("look", pictures=str(pictures))
    assert found["drawn"] == ["M2FP_PT_human_parts"], found
    assert (pictures / "panel.png").stat().st_size > 10_000


def test_parse_range_leaves_blender_usable(desk: Desk) -> None:
    desk.make()
    found = desk.act("parse_range")
    print(found)


def test_the_buttons(desk: Desk) -> None:
    desk.make()
    found = desk.act("buttons", press=["update", "test_connection", "parse_range"])
    print(found)


def test_escape(desk: Desk) -> None:
    with PrivateDaemon() as mortal:
        desk.make(endpoint=mortal.endpoint)
        found = desk.act("escape", pid=mortal.pid)
    print(found)
    print(desk.left())
