"""Fixtures of the tests for Nuke: a fake Nuke at an artist's desk, a real daemon behind it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from m2fp_server.cli.private_daemon import PrivateDaemon
from support.nuke_plugin import install_plugin

from .desk import PLUGIN, Desk
from .fake_nuke import application
from .fake_nuke.application import Application
from .fake_nuke.artist import Artist
from .farm import Farm
from .writes import SCRIPT


@pytest.fixture
def running() -> Iterator[Application]:
    """A Nuke with its GUI."""
    with application.running(gui=True) as nuke_with_gui:
        yield nuke_with_gui


@pytest.fixture
def artist(running: Application) -> Artist:
    """Who uses that Nuke."""
    return Artist(running)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with an empty ``.nuke``."""
    (tmp_path / "home" / ".nuke").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the Writes of :func:`script` write."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def script(tmp_path: Path, out: Path) -> Path:
    """Two active Writes, one that is off, one in a group."""
    path = tmp_path / "shot.nk"
    path.write_text(SCRIPT.format(folder=out.as_posix()))
    return path


@pytest.fixture
def desk(tmp_path: Path, daemon: PrivateDaemon, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A Nuke with its GUI and the plug-in, and a folder for a shot. At the end nobody misbehaved."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NUKE_PATH", str(PLUGIN))
    (tmp_path / "shot").mkdir()
    with application.running(gui=True) as running:
        running.plugins.start()
        one = Desk(running, tmp_path / "shot", daemon.endpoint)
        yield one
        assert one.artist.violations == []
        assert one.artist.faults == []
        assert running.session.python_expressions == 0


@pytest.fixture(scope="session")
def nuke_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with the plug-in in its ``.nuke``, as ``install.py nuke`` puts it there. Leave it whole."""
    home = tmp_path_factory.mktemp("home")
    install_plugin(home / ".nuke")
    yield home
    shutil.rmtree(home)


@pytest.fixture
def farm(tmp_path: Path, daemon: PrivateDaemon) -> Farm:
    """A shot on a render machine, with the plug-in of the checkout."""
    return Farm(tmp_path / "shot", daemon.endpoint)
