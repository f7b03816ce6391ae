"""Wheels of pyzmq: one for every host, and none that is damaged or writes outside of its folder."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from setting_up import SettingUpError, nuke, wheels

from .conftest import write_pyzmq

WHEEL = wheels.wheel_for("3.11", "linux_x86_64")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_pyzmq(tmp_path / "fetched", WHEEL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vendor" / WHEEL.folder


def test_every_nuke_has_its_wheel() -> None:
    found = {wheel.folder: wheel.version for wheel in nuke.wanted([], ["all"])}
    assert found == {
        "cp37-linux_x86_64": "26.2.1",
        "cp39-linux_x86_64": "27.3.0",
        "cp310-linux_x86_64": "26.4.0",
        "cp311-linux_x86_64": "26.4.0",
        "cp37-win_amd64": "26.2.1",
        "cp39-win_amd64": "27.3.0",
        "cp310-win_amd64": "27.3.0",
        "cp311-win_amd64": "27.3.0",
        "cp37-macosx_x86_64": "26.2.1",
        "cp39-macosx_universal2": "27.3.0",
        "cp310-macosx_universal2": "27.3.0",
        "cp311-macosx_universal2": "27.3.0",
    }


def test_the_stable_abi_is_one_wheel_for_all_newer_pythons() -> None:
    twelve, thirteen = (wheels.wheel_for(python, "linux_x86_64") for python in ("3.12", "3.13"))
    assert twelve.folder == thirteen.folder == "cp312_abi3-linux_x86_64"
    assert twelve.tags == ("manylinux_2_28_x86_64",)


@pytest.mark.parametrize(
    ("python", "platform", "sentence"),
    [
        ("2.7", "linux_x86_64", "2.7 is no Python of a host: --python takes 3.7, 3.9,"),
        ("/usr/bin/python3", "linux_x86_64", "is no Python of a host"),
        ("3.7", "amiga", "amiga is no platform of a host: --platform takes linux_x86_64, "),
        ("3.7", "win_arm64", "no wheel for Python 3.7 on win_arm64"),
    ],
)
def test_what_there_is_no_wheel_for_is_said(python: str, platform: str, sentence: str) -> None:
    with pytest.raises(SettingUpError) as caught:
        wheels.wheel_for(python, platform)
    assert sentence in str(caught.value)


def test_a_wheel_is_unpacked_with_its_licences(file: Path, folder: Path) -> None:
    wheels.unpack(file, folder)
    assert wheels.intact(folder, "26.4.0")
    assert not wheels.intact(folder, "27.3.0")
    assert (folder / "pyzmq-26.4.0.dist-info" / "licenses" / "LICENSE.md").read_text() == "BSD"
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("change", ["gone", "cut", "other", "unlisted"])
def test_damage_is_seen(change: str, file: Path, folder: Path) -> None:
    wheels.unpack(file, folder)
    library = folder / "pyzmq.libs" / "libzmq.so"
    if change == "gone":
        library.unlink()
    elif change == "cut":
        library.write_bytes(library.read_bytes()[:-1])
    elif change == "other":
        library.write_bytes(b"y" * 100)
    else:
        (folder / "pyzmq-26.4.0.dist-info" / "RECORD").unlink()
    assert not wheels.intact(folder)


@pytest.mark.parametrize(
    "name", ["../../evil.py", "/evil.py", "zmq/../../evil.py", "C:/evil.py", "..\\evil.py"]
)
def test_a_wheel_that_leads_out_is_refused(name: str, file: Path, folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, "evil")
    before = set(tmp_path.rglob("*"))
    with pytest.raises(SettingUpError, match="outside of its folder"):
        wheels.unpack(file, folder)
    assert not folder.exists()
    assert not [path for path in set(tmp_path.rglob("*")) - before if path.is_file()]


def test_a_wheel_that_would_fill_the_disk_is_refused(file: Path, folder: Path) -> None:
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zmq/zeros", bytes(65 << 20))
    with pytest.raises(SettingUpError, match="more than 64 MB"):
        wheels.unpack(file, folder)


@pytest.mark.parametrize("damage", ["cut", "no archive", "empty", "flipped", "unlisted"])
def test_a_damaged_wheel_is_refused(damage: str, file: Path, folder: Path) -> None:
    content = file.read_bytes()
    if damage == "unlisted":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("zmq/__init__.py", "")
    else:
        flipped = content.replace(b"x" * 100, b"y" * 100)
        changed = {"cut": content[:-40], "no archive": b"<html>", "empty": b"", "flipped": flipped}[damage]
        file.write_bytes(changed)
    with pytest.raises(SettingUpError, match=f"{file.name} can't be used"):
        wheels.unpack(file, folder)
    assert not folder.exists()


def test_an_unpacking_that_was_killed_is_done_again(file: Path, folder: Path) -> None:
    left = folder.with_name(f".{folder.name}.part")
    left.mkdir(parents=True)
    (left / "half").write_text("a draft")
    wheels.unpack(file, folder)
    assert wheels.intact(folder)
    assert not (folder / "half").exists()
