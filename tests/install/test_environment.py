"""The virtual environment through a life's accidents: interruptions, company, moves, a full disk."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from .conftest import Checkout


def stamp(checkout: Checkout) -> Path:
    return checkout.venv / "installed.json"


def change_sources(checkout: Checkout) -> None:
    with (checkout.root / "server" / "constraints.txt").open("a") as constraints:
        constraints.write(f"# {time.monotonic_ns()}\n")


def test_the_second_run_is_quick_and_says_nothing_of_steps(checkout: Checkout) -> None:
    before = stamp(checkout).stat().st_mtime_ns
    started = time.monotonic()
    done = checkout.run()
    assert time.monotonic() - started < 2  # far less on an idle machine
    assert done.returncode == 0
    assert " ... " not in done.stdout
    assert stamp(checkout).stat().st_mtime_ns == before


def test_changed_sources_bring_the_environment_up_to_date_in_place(checkout: Checkout) -> None:
    keepsake = checkout.venv / "keepsake"
    keepsake.touch()
    change_sources(checkout)
    done = checkout.run()
    assert done.returncode == 0
    assert "Making a virtual environment" not in done.stdout
    assert "Installing M2FP Bridge" in done.stdout
    assert keepsake.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups to signal")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_broken_off_install_is_taken_up_by_the_next(checkout: Checkout, number: int, status: int) -> None:
    change_sources(checkout)
    checkout.hang()
    with checkout.started() as process:
        checkout.pip_that_hangs()
        os.killpg(process.pid, number)
        said, _ = process.communicate(timeout=20)
    assert process.returncode == status
    assert "Traceback" not in said
    if number == signal.SIGINT:
        assert said.splitlines()[-1] == "Broken off; the same command takes it up again."
    assert not stamp(checkout).exists()
    checkout.go_on()
    done = checkout.run()
    assert done.returncode == 0
    assert "Making a virtual environment" in done.stdout
    assert stamp(checkout).exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
def test_a_terminated_install_takes_pip_along(checkout: Checkout) -> None:
    change_sources(checkout)
    checkout.hang()
    with checkout.started() as process:
        pip = checkout.pip_that_hangs()
        os.kill(pip, 0)
        process.terminate()
        assert process.wait(timeout=20) == 143
        with pytest.raises(ProcessLookupError):
            os.kill(pip, 0)


def test_two_at_a_time_wait_for_each_other(checkout: Checkout) -> None:
    change_sources(checkout)
    checkout.hang()
    with checkout.started() as first:
        checkout.pip_that_hangs()
        with checkout.started("demo") as second:
            assert second.stdout is not None
            assert second.stdout.readline().startswith("Waiting for another install.py")
            checkout.go_on()
            assert "Installing M2FP Bridge" in first.communicate(timeout=60)[0]
            assert " ... " not in second.communicate(timeout=60)[0]
    assert first.returncode == second.returncode == 0


def test_waiting_ends(installer: Any, tmp_path: Path) -> None:
    installer.PATIENCE = 0.3
    with (
        installer.claimed(tmp_path / "venv"),
        pytest.raises(installer.SetupError, match="still holds"),
        installer.claimed(tmp_path / "venv"),
    ):
        pytest.fail("two hold the same environment")


def test_a_folder_of_someone_elses_is_left_alone(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("five years")
    done = checkout.run("--venv", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "was not made by install.py" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    "change",
    [{"checkout": "/elsewhere"}, {"venv": "/elsewhere"}, {"python": [3, 9]}, {"python": None}],
    ids=["checkout moved", "environment moved", "other Python", "dead Python"],
)
def test_an_environment_that_does_not_fit_has_no_stamp(
    checkout: Checkout, installer: Any, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installer, "ROOT", checkout.root)
    whole = stamp(checkout).read_text()
    assert installer.read_stamp(checkout.venv, None)
    assert installer.read_stamp(checkout.venv, sys.version_info[:2])
    assert not installer.read_stamp(checkout.venv, (3, 99))
    try:
        stamp(checkout).write_text(json.dumps({**json.loads(whole), **change}))
        assert not installer.read_stamp(checkout.venv, None)
    finally:
        stamp(checkout).write_text(whole)


@pytest.mark.parametrize(
    ("last_words", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("No module named pip", "This Python has no pip"),
        (
            "ERROR: No matching distribution found for torch",
            "No index has a package for this system and Python",
        ),
        ("something new", "That step failed, with these last words:\nsomething new"),
    ],
)
def test_a_failed_step_says_why_and_where_the_log_is(
    installer: Any, tmp_path: Path, last_words: str, sentence: str
) -> None:
    with pytest.raises(installer.SetupError) as caught:
        installer.run(tmp_path, "Failing", [sys.executable, "-c", f"import sys; sys.exit({last_words!r})"])
    assert sentence in str(caught.value)
    assert str(tmp_path / "install.log") in str(caught.value)
    assert last_words in (tmp_path / "install.log").read_text()


@pytest.mark.usefixtures("alone")
def test_without_a_network_it_says_what_to_do(installer: Any, bare_venv: Path) -> None:
    with pytest.raises(installer.SetupError, match=r"cannot be reached.*wheelhouse DIR"):
        installer.pip(bare_venv, "Asking", "download", "torch", PIP_INDEX_URL="http://127.0.0.1:9/simple")


def test_a_full_disk_under_our_own_files_is_one_sentence(
    installer: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(installer.COMMANDS, "install", full)
    monkeypatch.setattr(sys, "argv", ["install.py"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert installer.main() == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "free some 3 GB" in said


def test_a_hosts_python_settings_do_not_reach_pip(installer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/opt/nuke")
    monkeypatch.setenv("PYTHONPATH", "/opt/nuke/site-packages")
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.studio/simple")
    environment = installer.clean_environment()
    assert not {"PYTHONHOME", "PYTHONPATH"} & set(environment)
    assert environment["PIP_INDEX_URL"] == "https://mirror.studio/simple"
