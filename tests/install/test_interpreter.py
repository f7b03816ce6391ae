"""Which Python install.py runs on, and what it says on one that will not do."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import INSTALLER

OLD = ("3.6", "3.7", "3.10")


def interpreter(version: str) -> str:
    """A real interpreter of that version, from pyenv's folder or PATH; skips where there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    on_path = shutil.which(f"python{version}")
    for python in [
        *map(str, pyenv.glob(f"versions/{version}.*/bin/python")),
        *([on_path] if on_path else []),
    ]:
        asked = subprocess.run(
            [python, "-c", "import sys; print(sys.version)"], capture_output=True, text=True
        )
        if asked.stdout.startswith(version):
            return python
    pytest.skip(f"no Python {version} on this machine, neither in pyenv's folder nor on PATH")


def run(python: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [python, str(INSTALLER), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_syntax_is_python_3_6s_or_nearly() -> None:
    ast.parse(INSTALLER.read_text("utf-8"), feature_version=(3, 7))


@pytest.mark.parametrize("version", OLD)
def test_an_old_python_is_refused_in_one_sentence(version: str, tmp_path: Path) -> None:
    done = run(interpreter(version), "demo", PATH="", HOME=str(tmp_path), PYENV_ROOT=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert f"python is {version}:" in done.stderr
    assert "--python PATH" in done.stderr


@pytest.mark.parametrize("version", OLD)
def test_an_old_python_gives_help(version: str, tmp_path: Path) -> None:
    done = run(interpreter(version), "--help", PATH="", HOME=str(tmp_path))
    assert done.returncode == 0
    assert "install.py wheelhouse DIR" in done.stdout


@pytest.mark.parametrize("version", OLD)
@pytest.mark.parametrize("way", ["path", "pyenv", "option"])
def test_an_old_python_hands_over_to_a_newer_one(version: str, way: str, tmp_path: Path) -> None:
    old = interpreter(version)
    this = f"{sys.version_info[0]}.{sys.version_info[1]}"
    newer = tmp_path / (f"python{this}" if way == "path" else f"versions/{this}.9/bin/python")
    newer.parent.mkdir(parents=True, exist_ok=True)
    newer.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    newer.chmod(0o755)
    environment = {"path": {"PATH": str(tmp_path)}, "pyenv": {"PYENV_ROOT": str(tmp_path)}, "option": {}}[way]
    arguments = ["uninstall", "--venv", str(tmp_path / "none")] + (
        ["--python", str(newer)] if way == "option" else []
    )
    done = run(old, *arguments, **{"PATH": "", "HOME": str(tmp_path), "PYENV_ROOT": "/none", **environment})
    assert done.returncode == 0, done.stderr
    assert "There is no" in done.stdout


def test_a_shim_that_does_not_run_is_passed_over(installer: Any, tmp_path: Path) -> None:
    shim = tmp_path / "python3.11"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    assert installer.probe(str(shim)) is None
    assert installer.probe(sys.executable) == (sys.version_info[:2], sys.executable)


def test_an_option_that_names_no_python_is_said(tmp_path: Path) -> None:
    done = run(sys.executable, "--python", str(tmp_path / "none"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "does not run" in done.stderr


def test_a_python_without_ensurepip_is_told_what_to_install(tmp_path: Path) -> None:
    without = (
        "import runpy, sys; sys.modules['ensurepip'] = None;"
        f"sys.argv = ['install.py', '--venv', {str(tmp_path / 'venv')!r}];"
        f"runpy.run_path({str(INSTALLER)!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in done.stderr
    assert "--python PATH" in done.stderr
