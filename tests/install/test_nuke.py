"""`install.py nuke`: the plug-in in Nuke's folder, through accidents, and its way out again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from setting_up import SettingUpError, nuke, wheels
from setting_up.init_file import LINE

from .conftest import Checkout, write_plugin, write_pyzmq

HERE = wheels.this_platform()
STUDIO = b"import nuke\r\n# Ren\xe9's\r\nnuke.pluginAddPath('./gizmos')"

# Installs as install.py does, and is killed before the step asked for: each rename, copy and removal is one.
KILLED = """
import os, shutil, sys
from pathlib import Path
from setting_up import nuke
folder, checkout, wheels, left = *map(Path, sys.argv[1:4]), int(sys.argv[4])
def killed_before(real):
    def call(*arguments, **named):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return real(*arguments, **named)
    return call
for room, name in ((os, "rename"), (os, "replace"), (shutil, "copyfile"), (shutil, "rmtree")):
    setattr(room, name, killed_before(getattr(room, name)))
def pip(what, *arguments):
    into = Path(arguments[arguments.index("--dest") + 1])
    into.mkdir()
    (wheel,) = wheels.glob("*.whl")
    (into / wheel.name).write_bytes(wheel.read_bytes())
nuke.install(folder, nuke.wanted(["3.7"], ["linux_x86_64"]), checkout, sys.argv[5], pip, None)
"""


@pytest.fixture
def studio(checkout: Checkout, tmp_path: Path) -> Checkout:
    """The installed checkout, with a home of its own for this test."""
    own = {"HOME": str(tmp_path / "home"), "M2FP_CONFIG_DIR": str(tmp_path / "config")}
    (tmp_path / "home").mkdir()
    return replace(checkout, environment={**checkout.environment, **own})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "nuke of the studio"


def install(studio: Checkout, folder: Path, *more: str) -> str:
    done = studio.run("nuke", "--dir", str(folder), *more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def vendored(folder: Path) -> set[str]:
    return {each.name for each in (folder / "m2fp" / "vendor").iterdir()}


def everything(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_the_plugin_goes_into_dot_nuke_for_every_nuke(studio: Checkout, tmp_path: Path) -> None:
    done = studio.run("nuke")
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path / "home" / ".nuke"
    assert f"Nuke's plug-in is in {folder / 'm2fp'}, with pyzmq for" in done.stdout
    assert f"  {HERE}: Python 3.7, 3.9, 3.10, 3.11" in done.stdout
    assert sorted(each.name for each in folder.iterdir()) == ["init.py", "m2fp"]
    assert (folder / "init.py").read_bytes() == LINE + b"\n"
    found = everything(folder / "m2fp")
    for name in ("init.py", "menu.py", "m2fp_nuke/__init__.py", "m2fp_host/__init__.py", "M2FP.png"):
        assert name in found
    assert found["M2FP.gizmo"] == b"Gizmo {\n}\n"
    assert not [name for name in found if "__pycache__" in name]
    for wheel in nuke.wanted([], []):
        vendor = folder / "m2fp" / "vendor" / wheel.folder
        assert wheels.intact(vendor, wheel.version)
        assert list(vendor.glob("*.dist-info/licenses/LICENSE.md"))
    record = json.loads(found["installed.json"])
    assert record["version"] == "0.1.0"
    assert record["checkout"] == str(studio.root)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_shared_folder_can_be_read_by_others(studio: Checkout, folder: Path) -> None:
    install(studio, folder, "--python", "3.7")
    umask = os.umask(0)
    os.umask(umask)
    for path in folder.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o777 if path.is_dir() else 0o666) & ~umask, path


def test_pythons_and_platforms_are_named_and_added(studio: Checkout, folder: Path) -> None:
    install(studio, folder, "--python", "3.7", "3.11", "--platform", "win_amd64", "macosx_universal2")
    first = {"cp37-win_amd64", "cp311-win_amd64", "cp37-macosx_x86_64", "cp311-macosx_universal2"}
    assert vendored(folder) == first
    said = install(studio, folder, "--platform", "win_amd64", "--python", "3.9")
    assert vendored(folder) == {*first, "cp39-win_amd64"}
    assert said.count("Fetching") == 1
    assert "  win_amd64: Python 3.7, 3.11, 3.9\n" in said


def test_before_the_command_python_is_the_one_to_install_with(studio: Checkout, folder: Path) -> None:
    done = studio.run("--python", sys.executable, "nuke", "--dir", str(folder), "--python", "3.7")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(vendored(folder)) == 1


@pytest.mark.parametrize(
    ("line", "status", "answer"),
    [
        (["nuke", "--python", sys.executable], 1, "is no Python of a host: --python takes 3.7,"),
        (["nuke", "--platform", "amiga"], 1, "amiga is no platform of a host"),
        (["nuke", "3.7"], 2, "unrecognized arguments: 3.7"),
        (["nuke", "--", "3.7"], 2, "nuke takes no 3.7"),
        (["uninstall", "nuke", "now"], 2, "unrecognized arguments: now"),
        (["demo", "--frob", "nuke", "--python", "none"], 1, "--python none does not run"),
    ],
)
def test_wrong_use_is_told(
    studio: Checkout, tmp_path: Path, line: list[str], status: int, answer: str
) -> None:
    done = studio.run(*line)
    assert done.returncode == status
    assert answer in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home" / ".nuke").exists()


def test_the_second_time_nothing_is_fetched_and_damage_is_mended(studio: Checkout, folder: Path) -> None:
    install(studio, folder, "--python", "3.7", "3.9")
    before = everything(folder)
    assert "Fetching" not in install(studio, folder, "--python", "3.7")
    assert everything(folder) == before
    victim = nuke.wanted(["3.9"], [])[0]
    (folder / "m2fp" / "vendor" / victim.folder / "pyzmq.libs" / "libzmq.so").unlink()
    (folder / "m2fp" / "menu.py").write_text("broken")
    said = install(studio, folder, "--python", "3.7")
    assert f"Fetching pyzmq for Python 3.9 on {HERE}" in said
    assert said.count("Fetching") == 1
    assert everything(folder) == before


@pytest.mark.parametrize("way", ["uninstall", "uninstall nuke"])
@pytest.mark.parametrize("theirs", [STUDIO, b"", None], ids=["an init.py", "an empty init.py", "nothing"])
def test_it_comes_out_as_it_went_in(
    studio: Checkout, folder: Path, tmp_path: Path, way: str, theirs: bytes | None
) -> None:
    if theirs is not None:
        folder.mkdir()
        (folder / "init.py").write_bytes(theirs)
        (folder / "menu.py").write_bytes(b"import studio")
    before = everything(folder)
    for _ in range(2):
        install(studio, folder, "--python", "3.7")
    # Of the whole uninstall only the plug-in's part is wanted: the environment is one that is not there.
    whole = ["uninstall", "--venv", str(tmp_path / "none")]
    done = studio.run(*(whole if way == "uninstall" else ["uninstall", "nuke", "--dir", str(folder)]))
    assert done.returncode == 0, done.stderr
    assert f"Removed {folder / 'm2fp'}" in done.stdout
    assert everything(folder) == before
    assert folder.exists() == (theirs is not None)
    assert not (tmp_path / "config" / "nuke.json").exists()
    again = studio.run("uninstall", "nuke", "--dir", str(folder))
    assert again.stdout == f"There is no plug-in in {folder}.\n"
    assert everything(folder) == before


def test_a_whole_uninstall_leaves_another_checkouts_plugin(studio: Checkout, folder: Path) -> None:
    install(studio, folder, "--python", "3.7")
    record = folder / "m2fp" / "installed.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "checkout": "/elsewhere"}))
    before = everything(folder)
    done = studio.run("uninstall", "--venv", str(folder.parent / "none"))
    assert done.returncode == 0, done.stderr
    assert "the copy of M2FP Bridge in /elsewhere put it there" in done.stdout
    assert everything(folder) == before
    assert nuke.remembered(Path(studio.environment["M2FP_CONFIG_DIR"]) / "nuke.json") == [folder]


def make_file(path: Path) -> None:
    path.write_text("a note")


def make_folder(path: Path) -> None:
    path.mkdir()
    (path / "gizmo.py").write_text("another M2FP")


def make_link(path: Path) -> None:
    path.symlink_to(path.parent.parent, target_is_directory=True)


@pytest.mark.parametrize("make", [make_file, make_folder, make_link])
@pytest.mark.parametrize("way", ["nuke", "uninstall nuke"])
def test_an_m2fp_that_is_not_ours_is_left_alone(
    studio: Checkout, folder: Path, make: Callable[[Path], None], way: str
) -> None:
    folder.mkdir()
    make(folder / "m2fp")
    done = studio.run(*way.split(), "--dir", str(folder))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"{folder / 'm2fp'} was not put there by install.py and is left alone" in done.stderr
    assert [each.name for each in folder.iterdir()] == ["m2fp"]


def test_a_read_only_init_file_is_left_alone(studio: Checkout, folder: Path) -> None:
    folder.mkdir()
    (folder / "init.py").write_bytes(STUDIO)
    (folder / "init.py").chmod(0o444)
    done = studio.run("nuke", "--dir", str(folder), "--python", "3.7")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "init.py is read-only and is left alone" in done.stderr
    assert everything(folder) == {"init.py": STUDIO}
    (folder / "init.py").chmod(0o644)
    install(studio, folder, "--python", "3.7")
    before = everything(folder)
    (folder / "init.py").chmod(0o444)
    done = studio.run("uninstall", "nuke", "--dir", str(folder))
    assert done.returncode == 1
    assert "init.py is read-only and is left alone" in done.stderr
    assert everything(folder) == before


@pytest.mark.parametrize("way", ["install", "uninstall"])
def test_a_plugin_that_windows_holds_stays_whole(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    write_plugin(tmp_path / "checkout")

    def act(version: str) -> None:
        if way == "uninstall" and version == "2":
            nuke.uninstall(folder)
        else:
            nuke.install(folder, [], tmp_path / "checkout", version, lambda *_: None, None)

    def held(*_: object) -> None:
        raise PermissionError(13, "Access is denied")

    act("1")
    before = everything(folder)
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", held)
        with pytest.raises(SettingUpError, match="quit every Nuke"):
            act("2")
    assert everything(folder) == before
    act("2")
    assert everything(folder) != before


def test_without_a_wheel_nothing_changes(studio: Checkout, folder: Path) -> None:
    line = ["nuke", "--dir", str(folder), "--python", "3.9", "--platform", "win_arm64"]
    done = studio.run(*line)
    assert done.returncode == 1
    assert "No index has a package" in done.stderr
    done = studio.run(*line, PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert not folder.exists()


def test_where_it_cannot_be_written_one_sentence_says_so(studio: Checkout, folder: Path) -> None:
    folder.write_text("a file")
    done = studio.run("nuke", "--dir", str(folder), "--python", "3.7")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "choose a folder with --dir DIR" in done.stderr
    assert folder.read_text() == "a file"


@pytest.mark.parametrize("former", [False, True], ids=["the first install", "an update"])
def test_an_install_that_is_killed_at_any_step_is_mended_by_the_next(former: bool, tmp_path: Path) -> None:
    write_plugin(tmp_path / "checkout")
    (wheel,) = nuke.wanted(["3.7"], ["linux_x86_64"])
    write_pyzmq(tmp_path / "wheels", wheel)
    folder = tmp_path / "nuke"

    def run(steps: int, version: str) -> int:
        told = [folder, tmp_path / "checkout", tmp_path / "wheels", steps, version]
        command = [sys.executable, "-c", KILLED, *map(str, told)]
        room = {**os.environ, "PYTHONPATH": str(Path(nuke.__file__).parents[1]), "TMPDIR": str(tmp_path)}
        return subprocess.run(command, env=room, timeout=60).returncode

    def prepare() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "init.py").write_bytes(STUDIO)
        if former:
            assert run(1000, "1") == 0

    def version() -> str:
        plugin = folder / "m2fp"
        if not plugin.exists():
            return "none"
        assert wheels.intact(plugin / "vendor" / wheel.folder)
        assert {"init.py", "menu.py", "M2FP.gizmo"} <= {each.name for each in plugin.iterdir()}
        return str(json.loads((plugin / "installed.json").read_text())["version"])

    prepare()
    assert run(1000, "2") == 0
    after = everything(folder)
    steps = 0
    while True:
        prepare()
        status = run(steps, "2")
        assert version() in ({"1", "2", "none"} if former else {"2", "none"})
        assert (folder / "init.py").read_bytes() in (STUDIO, after["init.py"])
        if status == 0:
            break
        assert status == 9
        assert run(1000, "2") == 0
        assert everything(folder) == after
        assert sorted(each.name for each in folder.iterdir()) == ["init.py", "m2fp"]
        nuke.uninstall(folder)
        assert everything(folder) == {"init.py": STUDIO}
        steps += 1
    assert steps > 10
