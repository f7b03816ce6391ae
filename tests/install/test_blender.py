"""`install.py blender`: the extension's archive, its way into Blender's folder and out again."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from setting_up import SettingUpError, blender, extension, host_wheel, wheels

from .conftest import ROOT, Checkout, write_plugin

HERE = wheels.this_platform()


@pytest.fixture
def studio(checkout: Checkout, tmp_path: Path) -> Checkout:
    """The installed checkout, with a home of its own for this test and no Blender on the PATH."""
    (tmp_path / "home").mkdir()
    (tmp_path / "bin").mkdir()
    own = {"HOME": str(tmp_path / "home"), "M2FP_CONFIG_DIR": str(tmp_path / "config")}
    own["PATH"] = os.pathsep.join([str(tmp_path / "bin"), "/usr/bin", "/bin"])
    shutil.rmtree(checkout.root / "dist", ignore_errors=True)
    return replace(checkout, environment={**checkout.environment, **own})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "extensions of the studio"


def run(studio: Checkout, *line: str) -> str:
    done = studio.run(*line)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def write_program(path: Path, says: str) -> Path:
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def everything(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def files_of(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_an_archive_a_platform_is_built_the_same_each_time(studio: Checkout) -> None:
    said = run(studio, "blender", "--platform", "all")
    archives = everything(studio.root / "dist")
    assert set(archives) == {
        "m2fp_bridge-0.1.0-linux_arm64.zip",
        "m2fp_bridge-0.1.0-linux_x64.zip",
        "m2fp_bridge-0.1.0-macos_universal.zip",
        "m2fp_bridge-0.1.0-windows_arm64.zip",
        "m2fp_bridge-0.1.0-windows_x64.zip",
    }
    assert said.count("Fetching pyzmq") == 10
    ours = studio.root / "dist" / extension.file_name("0.1.0", HERE)
    assert f"choose Install from Disk in the menu at the top right, and {ours}." in said
    shutil.rmtree(studio.root / "dist")
    again = run(studio, "blender", "--platform", "all")
    assert everything(studio.root / "dist") == archives
    assert "Fetching" not in again


@pytest.mark.parametrize(
    ("platform", "names", "tags"),
    [
        ("linux_x86_64", ["linux-x64"], ["cp311-cp311-manylinux2014_x86_64", "manylinux_2_28_x86_64"]),
        ("linux_aarch64", ["linux-arm64"], ["cp311-cp311-manylinux2014_aarch64", "manylinux_2_28_aarch64"]),
        ("win_amd64", ["windows-x64"], ["cp311-cp311-win_amd64", "win_amd64"]),
        ("win_arm64", ["windows-arm64"], ["cp311-cp311-win_arm64", "win_arm64"]),
        (
            "macosx_universal2",
            ["macos-arm64", "macos-x64"],
            ["cp311-cp311-macosx_10_15_universal2", "macosx_10_15_universal2"],
        ),
    ],
)
def test_an_archive_holds_what_its_platform_needs(
    studio: Checkout, platform: str, names: list[str], tags: list[str]
) -> None:
    run(studio, "blender", "--platform", platform)
    found = files_of(studio.root / "dist" / extension.file_name("0.1.0", platform))
    manifest = tomllib.loads(found["blender_manifest.toml"].decode())
    assert manifest["platforms"] == names
    ours, eleven, newer = manifest["wheels"]
    assert re.fullmatch(r"\./wheels/m2fp_host-0\.1\.0\+[0-9a-f]{12}-py3-none-any\.whl", ours)
    assert eleven.endswith(f"-{tags[0]}.whl")
    assert newer.endswith(f"-cp312.cp313.cp314-none-{tags[1]}.whl")
    assert {name for name in found if name.startswith("wheels/")} == {
        wheel.removeprefix("./") for wheel in manifest["wheels"]
    }
    assert manifest["permissions"].keys() == {"network", "files"}
    assert {"__init__.py", "blender_manifest.toml"} <= set(found)
    assert not [name for name in found if "__pycache__" in name]


def test_the_manifest_is_of_this_product() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    manifest = tomllib.loads((ROOT / "host_plugins" / "blender" / extension.MANIFEST).read_text("utf-8"))
    assert manifest["version"] == project["version"]
    assert manifest["id"] == extension.ID
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"]
    assert manifest["blender_version_min"] == "4.2.0"
    assert tuple(map(int, manifest["blender_version_min"].split(".")))[:2] == blender.OLDEST


def test_the_wheel_of_the_client_lists_its_files_and_can_be_installed(tmp_path: Path) -> None:
    name, content = host_wheel.build(ROOT, "0.1.0")
    assert host_wheel.build(ROOT, "0.1.0") == (name, content)
    (tmp_path / name).write_bytes(content)
    found = files_of(tmp_path / name)
    (record,) = (file for file in found if file.endswith("/RECORD"))
    listed = {row[0]: row[1:] for row in csv.reader(io.StringIO(found[record].decode()))}
    assert listed.pop(record) == ["", ""]
    assert set(listed) == set(found) - {record}
    for file, (digest, size) in listed.items():
        hashed = base64.urlsafe_b64encode(hashlib.sha256(found[file]).digest()).decode().rstrip("=")
        assert (digest, size) == (f"sha256={hashed}", str(len(found[file])))
    install = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--target"]
    subprocess.run([*install, tmp_path / "site", tmp_path / name], check=True, capture_output=True)
    code = "import m2fp_host; print(m2fp_host.__version__, m2fp_host.__file__)"
    said = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(tmp_path / "site")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert said.stdout.split() == ["0.1.0", str(tmp_path / "site" / "m2fp_host" / "__init__.py")]


def test_another_client_is_another_version(tmp_path: Path) -> None:
    write_plugin(tmp_path)
    before, _ = host_wheel.build(tmp_path, "0.1.0")
    (tmp_path / "host_plugins" / "m2fp_host" / "__init__.py").write_text("GREETING = 'new'")
    after, _ = host_wheel.build(tmp_path, "0.1.0")
    assert before != after


def test_it_is_put_into_a_folder(studio: Checkout, folder: Path) -> None:
    said = run(studio, "blender", "--extensions-dir", str(folder))
    target = folder / "user_default" / "m2fp_bridge"
    assert f"Blender's extension is in {target}.\nIn Blender, switch on M2FP Bridge in Edit" in said
    first = everything(folder)
    assert everything(target) == files_of(studio.root / "dist" / extension.file_name("0.1.0", HERE))
    (target / "__init__.py").write_text("broken")
    (target / "left.py").write_text("of an older version")
    run(studio, "blender", "--extensions-dir", str(folder))
    assert everything(folder) == first


def test_a_folder_may_serve_several_platforms(studio: Checkout, folder: Path) -> None:
    run(studio, "blender", "--extensions-dir", str(folder), "--platform", "linux_x86_64", "win_amd64")
    target = folder / "user_default" / "m2fp_bridge"
    manifest = tomllib.loads((target / "blender_manifest.toml").read_text("utf-8"))
    assert manifest["platforms"] == ["linux-x64", "windows-x64"]
    assert len(manifest["wheels"]) == 5
    assert all((target / wheel).is_file() for wheel in manifest["wheels"])


@pytest.mark.parametrize("way", ["uninstall", "uninstall blender", "uninstall blender --extensions-dir"])
def test_it_comes_out_again(studio: Checkout, folder: Path, tmp_path: Path, way: str) -> None:
    other = folder / "user_default" / "another" / "__init__.py"
    other.parent.mkdir(parents=True)
    other.write_text("")
    before = everything(folder)
    run(studio, "blender", "--extensions-dir", str(folder))
    notes = tmp_path / "config" / "blender.json"
    assert json.loads(notes.read_text())["places"][0]["checkout"] == str(studio.root)
    # Of the whole uninstall only the plug-in's part is wanted: the environment is one that is not there.
    more = {"uninstall": ["--venv", str(tmp_path / "none")], "uninstall blender": []}.get(way, [str(folder)])
    said = run(studio, *way.split(), *more)
    assert f"Removed {folder / 'user_default' / 'm2fp_bridge'}" in said
    assert everything(folder) == before
    assert not notes.exists()
    assert (studio.root / "dist").is_dir() == (way != "uninstall")
    again = run(studio, "uninstall", "blender", "--extensions-dir", str(folder))
    assert again == f"There is no extension in {folder / 'user_default'}.\n"
    assert "No extension for Blender is noted here" in run(studio, "uninstall", "blender")


def test_a_whole_uninstall_leaves_another_checkouts_extension(
    studio: Checkout, folder: Path, tmp_path: Path
) -> None:
    run(studio, "blender", "--extensions-dir", str(folder))
    notes = tmp_path / "config" / "blender.json"
    notes.write_text(notes.read_text().replace(str(studio.root), "/elsewhere"))
    before = everything(folder)
    run(studio, "uninstall", "--venv", str(tmp_path / "none"))
    assert everything(folder) == before
    assert notes.exists()


def make_file(path: Path) -> None:
    path.write_text("a note")


def make_folder(path: Path) -> None:
    path.mkdir()
    (path / "blender_manifest.toml").write_text('id = "another"')


def make_link(path: Path) -> None:
    path.symlink_to(path.parent.parent, target_is_directory=True)


@pytest.mark.parametrize("make", [make_file, make_folder, make_link])
@pytest.mark.parametrize("way", ["blender", "uninstall blender"])
def test_what_is_not_ours_is_left_alone(
    studio: Checkout, folder: Path, make: Callable[[Path], None], way: str
) -> None:
    target = folder / "user_default" / "m2fp_bridge"
    target.parent.mkdir(parents=True)
    make(target)
    done = studio.run(*way.split(), "--extensions-dir", str(folder))
    assert done.returncode == 1
    assert done.stderr == f"{target} is not of install.py's making and is left alone: rename it.\n"
    assert [each.name for each in target.parent.iterdir()] == ["m2fp_bridge"]


@pytest.mark.parametrize("held", [1, 2], ids=["the former one", "its place"])
def test_a_former_extension_stays_where_the_new_one_cannot_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    files = {extension.MANIFEST: f'id = "{extension.ID}"'.encode(), "wheels/a.whl": b"one"}
    blender.unpack(files, tmp_path)
    before = everything(tmp_path)
    real, calls = os.rename, []

    def rename(source: Path, target: Path) -> None:
        calls.append(source)
        if len(calls) == held:
            raise PermissionError(13, "Access is denied")
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", rename)
        with pytest.raises((SettingUpError, PermissionError)):
            blender.unpack({**files, "wheels/a.whl": b"two"}, tmp_path)
    assert everything(tmp_path) == before
    blender.unpack({**files, "wheels/a.whl": b"two"}, tmp_path)
    assert everything(tmp_path)["m2fp_bridge/wheels/a.whl"] == b"two"
    assert [each.name for each in tmp_path.iterdir()] == ["m2fp_bridge"]


@pytest.mark.skipif(os.name == "nt", reason="the program is a shell script")
def test_an_old_blender_on_the_path_is_not_used(studio: Checkout, tmp_path: Path) -> None:
    program = write_program(tmp_path / "bin" / "blender", "Blender 3.4.1")
    said = run(studio, "blender")
    assert f"Blender 3.4 ({program}) takes no extensions.\nFor Blender 4.2 or newer, name its program" in said


@pytest.mark.skipif(os.name == "nt", reason="the program is a shell script")
@pytest.mark.parametrize(
    ("says", "answer"),
    [
        ("Blender 4.1.0", "is too old: the extension needs Blender 4.2 or newer."),
        ("hello", "does not run as a Blender: give the full path of its program."),
    ],
)
def test_what_is_no_blender_is_refused(studio: Checkout, tmp_path: Path, says: str, answer: str) -> None:
    program = write_program(tmp_path / "program", says)
    done = studio.run("blender", "--blender", str(program))
    assert done.returncode == 1
    assert answer in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "status", "answer"),
    [
        (
            ["blender", "--platform", "amiga"],
            1,
            "amiga is no platform of Blender: --platform takes linux_x86",
        ),
        (["blender", "--blender", "a", "--extensions-dir", "b"], 2, "not allowed with argument --blender"),
        (["blender", "5.0"], 2, "unrecognized arguments: 5.0"),
        (["blender", "--blender", "/nowhere/blender"], 1, "/nowhere/blender does not run as a Blender"),
        (["uninstall", "blender", "now"], 2, "unrecognized arguments: now"),
    ],
)
def test_wrong_use_is_told(studio: Checkout, line: list[str], status: int, answer: str) -> None:
    done = studio.run(*line)
    assert done.returncode == status
    assert answer in done.stderr
    assert "Traceback" not in done.stderr
    assert not (studio.root / "dist").exists()


def test_where_it_cannot_be_written_one_sentence_says_so(studio: Checkout, folder: Path) -> None:
    folder.write_text("a file")
    done = studio.run("blender", "--extensions-dir", str(folder))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "choose a folder with --extensions-dir DIR" in done.stderr


def test_a_damaged_wheel_is_fetched_again(studio: Checkout) -> None:
    run(studio, "blender", "--platform", "linux_x86_64")
    (kept, *_) = sorted((studio.venv / "host-wheels").glob("cp311-linux_x86_64-*/*.whl"))
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-20])
    assert run(studio, "blender", "--platform", "linux_x86_64").count("Fetching") == 1
    assert kept.read_bytes() == whole
