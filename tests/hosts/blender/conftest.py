"""Fixtures of the tests for Blender: a shot for each Blender there is, a real daemon behind it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from m2fp_server.cli.private_daemon import PrivateDaemon
from support import bpy_environments

from .shot import Module, Shot

GIVEN = "M2FP_TEST_BPY"
"""Environment variable: Pythons with bpy, in the order of :data:`bpy_environments.VERSIONS`, where those of
the cache are not wanted."""


def python_of(version: str) -> Path:
    """The Python of a Blender; where there is none, the test is skipped with the reason."""
    given = os.environ.get(GIVEN)
    if given:
        return dict(zip(bpy_environments.VERSIONS, map(Path, given.split(os.pathsep)), strict=True))[version]
    try:
        return bpy_environments.interpreters()[version]
    except bpy_environments.NoBlender as reason:
        pytest.skip(str(reason))


@pytest.fixture(params=bpy_environments.VERSIONS)
def blender(request: pytest.FixtureRequest) -> Path:
    """The Python of each Blender in turn."""
    return python_of(request.param)


@pytest.fixture
def shot(tmp_path: Path, blender: Path, daemon: PrivateDaemon) -> Shot:
    """A shot on a machine with a daemon."""
    return Shot(tmp_path / "shot", Module(blender), daemon.endpoint)
