"""The reference environment: made once, found again, left alone where it is somebody else's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from m2fp_host.errors import EngineUnavailable
from m2fp_server.file_lock import try_lock
from m2fp_server.reference import environment
from m2fp_server.reference.environment import (
    LOG,
    MARKER,
    VARIABLE,
    environment_folder,
    find_environment,
    make_environment,
)
from support.daemons import wait_for


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of the test's own, which takes a small package from a folder of wheels."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        information = "tiny-1.0.dist-info"
        wheel.writestr("tiny.py", "")
        wheel.writestr(f"{information}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr(
            f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{information}/RECORD", "")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("tiny==1.0\n")
    monkeypatch.setattr(environment, "REQUIREMENTS", requirements)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv(VARIABLE, str(tmp_path / "environment"))
    return tmp_path / "environment"


def has_tiny(python: Path) -> bool:
    return subprocess.run([python, "-c", "import tiny"], check=False, timeout=60).returncode == 0


def test_it_is_made_once_and_anew_when_half_made_or_out_of_date(folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    assert find_environment() is None
    python = make_environment(said.append)
    assert python.is_relative_to(folder)
    assert has_tiny(python)
    assert len(said) == 1
    assert str(folder) in said[0]

    assert make_environment(said.append) == find_environment() == python
    assert len(said) == 1

    (folder / environment.STAMP).unlink()
    (folder / "rubbish").write_text("")
    make_environment(said.append)
    assert len(said) == 2
    assert has_tiny(python)
    assert not (folder / "rubbish").exists()

    (tmp_path / "requirements.txt").write_text("# another list\ntiny==1.0\n")
    assert find_environment() is None


def test_a_folder_of_somebody_elses_is_left_alone(folder: Path) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(EngineUnavailable, match="left alone"):
        make_environment(print)
    assert [child.name for child in folder.iterdir()] == ["thesis.txt"]


def test_a_folder_that_cant_be_made_is_named(folder: Path) -> None:
    folder.write_text("a file")
    with pytest.raises(EngineUnavailable, match=str(folder)):
        make_environment(print)


def test_without_a_network_one_sentence_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(EngineUnavailable, match="no package index can be reached") as caught:
        make_environment(print)
    assert "PIP_INDEX_URL" in caught.value.hint
    assert (folder / LOG).exists()
    assert find_environment() is None


def test_a_missing_package_is_told_apart_from_a_missing_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    (tmp_path / "requirements.txt").write_text("tiny==2.0\n")
    with pytest.raises(EngineUnavailable, match="lacks a package"):
        make_environment(print)


def test_another_process_at_work_is_waited_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    monkeypatch.setattr(environment, "PATIENCE", 0.5)
    with open(folder / MARKER, "ab") as marker:
        assert try_lock(marker)
        with pytest.raises(EngineUnavailable, match="another process"):
            make_environment(print)


def test_a_step_that_outlives_us_keeps_others_out(folder: Path, tmp_path: Path) -> None:
    """pip goes on when we are killed, and nobody may empty the folder under it."""
    slow_python = tmp_path / "python"
    slow_python.write_text("#!/bin/sh\necho $$\nexec sleep 60\n")
    slow_python.chmod(0o755)
    program = "from m2fp_server.reference.environment import make_environment, sys\n"
    program += f"sys.executable = {str(slow_python)!r}\nmake_environment(print)\n"
    log = folder / LOG
    with subprocess.Popen([sys.executable, "-c", program]) as ours:
        wait_for(lambda: log.exists() and log.read_text().endswith("\n"), 30)
        ours.kill()
    with open(folder / MARKER, "ab") as marker:
        assert not try_lock(marker)
        os.kill(int(log.read_text()), signal.SIGKILL)
        wait_for(lambda: try_lock(marker))


def test_the_users_cache_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    assert environment_folder().parent.name == "m2fp-bridge"
    assert environment_folder().name.startswith("reference-")
