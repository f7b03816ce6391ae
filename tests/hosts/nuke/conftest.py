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
    """A home folder whose ``.nuke`` holds the plug-in as ``install.py nuke`` puts it there. Leave it whole."""
    home = tmp_path_factory.mktemp("home")
    install_plugin(home / ".nuke")
    yield home
    shutil.rmtree(home)
