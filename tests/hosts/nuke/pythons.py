"""The Python of each Nuke: on which of them a test may be left out."""

from __future__ import annotations

import pytest

from support.interpreters import find_python

ALWAYS = ("3.7", "3.11")
"""The oldest and the newest: without these, nothing is known of the plug-in."""


def python_of(version: str) -> str:
    """Full path of ``pythonX.Y``; where there is none the test is skipped, or fails for :data:`ALWAYS`."""
    python = find_python(version)
    if not python:
        said = f"no Python {version} on this machine"
        if version in ALWAYS:
            pytest.fail(f"{said}: the plug-in can't be vouched for without it (pyenv install {version})")
        pytest.skip(said)
    return python
