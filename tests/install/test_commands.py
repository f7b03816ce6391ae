"""install.py's commands, on the small checkout: what each runs, leaves and removes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import INSTALLER, Checkout


def checks_of(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith("this is")]


def test_install_records_where_m2fp_is(checkout: Checkout) -> None:
    checkout.record.unlink()
    done = checkout.run()
    m2fp = shutil.which("m2fp", path=f"{checkout.venv / 'bin'}{os.pathsep}{checkout.venv / 'Scripts'}")
    assert json.loads(checkout.record.read_text()) == {"m2fp": m2fp, "version": "0.1.0"}
    assert f"{m2fp} serve" in done.stdout
    assert [path.name for path in checkout.record.parent.iterdir()] == ["install.json"]


@pytest.mark.parametrize(
    "line",
    [
        ["demo", "plate.exr", "--out", "there"],
        ["--venv", "VENV", "demo", "plate.exr", "--out", "there"],
        ["demo", "plate.exr", "--venv", "VENV", "--out", "there"],
        ["demo", "plate.exr", "--out", "there", "--venv=VENV"],
    ],
)
def test_demo_passes_its_arguments_on_and_runs_where_the_user_is(checkout: Checkout, line: list[str]) -> None:
    done = checkout.run(*[word.replace("VENV", str(checkout.venv)) for word in line], FAIL_M2FP="1")
    seen = json.loads(done.stdout)
    assert done.returncode == 1
    assert seen["arguments"] == ["demo", "plate.exr", "--out", "there"]
    assert seen["cwd"] == str(checkout.root.parent)
    assert seen["python"] == list(sys.version_info[:2])


def test_test_runs_everything_and_gives_the_first_failures_status(checkout: Checkout) -> None:
    done = checkout.run("test", FAIL_MYPY="3", FAIL_PYTEST="5")
    assert done.returncode == 3
    assert checks_of(done.stdout) == [
        "this is ruff check .",
        "this is ruff format --check .",
        "this is mypy",
        "this is pytest",
    ]
    summary = [line.split(" (")[0] for line in done.stdout.splitlines()[-5:]]
    assert summary == [
        "",
        "ok      ruff check .",
        "ok      ruff format --check .",
        "failed  mypy",
        "failed  pytest",
    ]
    assert done.stdout.splitlines()[-6] == "this is pytest"


def test_test_with_arguments_runs_pytest_alone(checkout: Checkout) -> None:
    done = checkout.run("test", "--", "-k", "hair", "--python")
    assert done.returncode == 0
    assert checks_of(done.stdout) == ["this is pytest -k hair --python"]


def test_a_wheelhouse_installs_without_a_network(checkout: Checkout, tmp_path: Path) -> None:
    done = checkout.run("wheelhouse", str(tmp_path / "wheels"))
    assert done.returncode == 0, done.stdout + done.stderr
    projects = {wheel.name.split("-")[0] for wheel in (tmp_path / "wheels").iterdir()}
    assert projects == {"pip", "buildtool", "torch", "ruff", "mypy", "pytest", "pyzmq"}
    elsewhere = ["--venv", str(tmp_path / "venv"), "--wheelhouse", str(tmp_path / "wheels")]
    done = checkout.run("test", *elsewhere, PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(checks_of(done.stdout)) == 4
    plugin = tmp_path / "nuke"
    done = checkout.run(
        *("nuke", "--dir", str(plugin), "--platform", "all"),
        *elsewhere,
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        M2FP_CONFIG_DIR=str(tmp_path / "config"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((plugin / "m2fp" / "vendor").iterdir())) == 12
    done = checkout.run(
        *("blender", "--extensions-dir", str(tmp_path / "extensions"), "--platform", "all"),
        *elsewhere,
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        M2FP_CONFIG_DIR=str(tmp_path / "config"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((tmp_path / "extensions").rglob("wheels/*.whl"))) == 11
    assert json.loads(checkout.record.read_text())["m2fp"].startswith(str(checkout.venv))
    shutil.rmtree(tmp_path / "venv")


def test_help_names_every_command_and_option(installer: Any) -> None:
    done = subprocess.run([sys.executable, str(INSTALLER), "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    for word in [*installer.COMMANDS, "--venv", "--python", "--wheelhouse", "--yes"]:
        assert word in done.stdout


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (["frob"], "no command or option frob"),
        (["--frob", "demo"], "no command or option --frob"),
        (["test", "-k", "hair"], "go after --"),
        (["wheelhouse"], "takes one folder"),
        (["uninstall", "everything"], "uninstall takes no everything"),
        (["--wheelhouse", "."], "no wheels in"),
    ],
)
def test_wrong_use_is_told_and_changes_nothing(line: list[str], answer: str, tmp_path: Path) -> None:
    command = [sys.executable, str(INSTALLER), *line]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    assert answer in done.stderr


@pytest.fixture
def uninstalling(checkout: Checkout, tmp_path: Path) -> Checkout:
    """A checkout with something to remove; making a whole environment would take seconds."""
    environment = {**checkout.environment, "HOME": str(tmp_path), "M2FP_CONFIG_DIR": str(tmp_path / "config")}
    scratch = Checkout(tmp_path / "checkout", environment)
    scratch.root.mkdir()
    shutil.copy(INSTALLER, scratch.root)
    (scratch.venv / "bin").mkdir(parents=True)
    (scratch.venv / "m2fp-bridge.txt").write_text("Made by install.py")
    scratch.record.parent.mkdir()
    m2fp = scratch.venv / ("Scripts/m2fp.exe" if os.name == "nt" else "bin/m2fp")
    scratch.record.write_text(json.dumps({"m2fp": str(m2fp), "version": "0.1.0"}))
    for folder in user_data(scratch):
        folder.mkdir(parents=True)
    return scratch


def user_data(checkout: Checkout) -> list[Path]:
    """The user's folders for data and cache by platformdirs, which the server goes by."""
    of = "('m2fp-bridge', False)"
    code = f"import platformdirs as p; print(p.user_data_dir{of}); print(p.user_cache_dir{of})"
    command = [sys.executable, "-c", code]
    asked = subprocess.run(command, env=checkout.environment, capture_output=True, text=True, check=True)
    return [Path(line) for line in asked.stdout.splitlines()]


def test_uninstall_keeps_weights_and_cache_where_nobody_can_be_asked(uninstalling: Checkout) -> None:
    done = uninstalling.run("uninstall")
    assert done.returncode == 0, done.stderr
    assert not uninstalling.venv.exists()
    assert not uninstalling.record.parent.exists()
    assert all(folder.exists() for folder in user_data(uninstalling))
    assert done.stdout.count("Nobody can be asked here") == 2


def test_uninstall_yes_removes_them_but_not_what_m2fp_weights_names(
    uninstalling: Checkout, tmp_path: Path
) -> None:
    (tmp_path / "shared").mkdir()
    done = uninstalling.run("uninstall", "--yes", M2FP_WEIGHTS=str(tmp_path / "shared"))
    assert done.returncode == 0, done.stderr
    assert not any(folder.exists() for folder in user_data(uninstalling))
    assert (tmp_path / "shared").exists()
    assert f"Left {tmp_path / 'shared'}" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals in Python")
def test_uninstall_asks_on_a_terminal(uninstalling: Checkout) -> None:
    ours, theirs = os.openpty()
    try:
        os.write(ours, b"\ny\n")
        done = subprocess.run(
            uninstalling.command("uninstall"), env=uninstalling.environment, stdin=theirs, capture_output=True
        )
    finally:
        os.close(ours)
        os.close(theirs)
    data, cache = user_data(uninstalling)
    assert b"[y/N]" in done.stdout
    assert cache.exists(), "asked first, answered with nothing"
    assert not data.exists()


def test_uninstall_leaves_what_install_py_did_not_make(uninstalling: Checkout) -> None:
    (uninstalling.venv / "m2fp-bridge.txt").unlink()
    uninstalling.record.write_text(json.dumps({"m2fp": "/another/m2fp", "version": "0.1.0"}))
    done = uninstalling.run("uninstall")
    assert done.returncode == 0, done.stderr
    assert "not of install.py's making" in done.stdout
    assert uninstalling.venv.exists()
    assert uninstalling.record.exists()


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_the_record_lies_where_host_plug_ins_look(
    installer: Any, system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("M2FP_CONFIG_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(tmp_path / "Roaming"))
    monkeypatch.setattr(sys, "platform", system)
    places = {
        "linux": tmp_path / ".config" / "m2fp-bridge",
        "darwin": tmp_path / "Library" / "Application Support" / "m2fp-bridge",
        "win32": tmp_path / "Roaming" / "m2fp-bridge",
    }
    assert installer.record_file() == places[system] / "install.json"
    monkeypatch.setenv("M2FP_CONFIG_DIR", str(tmp_path / "chosen"))
    assert installer.record_file() == tmp_path / "chosen" / "install.json"


def test_linux_keeps_to_xdg(installer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("M2FP_CONFIG_DIR", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    kinds = {"config": "CONFIG", "data": "DATA", "cache": "CACHE", "logs": "STATE"}
    for name in kinds.values():
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    folders = {kind: tmp_path / name / "m2fp-bridge" for kind, name in kinds.items()}
    assert installer.user_folders() == folders
