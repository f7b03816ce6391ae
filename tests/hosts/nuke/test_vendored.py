"""The vendored pyzmq on Nuke's own Pythons: it works, or an error says what to do and nothing is spoilt."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from setting_up import SettingUpError, nuke, wheels
from support.interpreters import find_python
from support.nuke_plugin import install_plugin

PRELUDE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from m2fp_host.errors import M2FPError
from m2fp_nuke import vendored
assert "zmq" not in sys.modules
before = list(sys.path)
"""
ROUND_TRIP = """
zmq = vendored.import_zmq()
assert vendored.import_zmq() is zmq
with zmq.Context() as context, context.socket(zmq.REP) as server, context.socket(zmq.REQ) as asking:
    port = server.bind_to_random_port("tcp://127.0.0.1")
    asking.connect("tcp://127.0.0.1:%d" % port)
    asking.send(b"plate")
    assert server.poll(10000)
    server.send(server.recv() + b" parsed")
    assert asking.poll(10000)
    print(json.dumps([zmq.__version__, zmq.__file__, asking.recv().decode()]))
"""
REFUSED = """
try:
    vendored.import_zmq()
except M2FPError as error:
    print(json.dumps([error.code, error.message, error.hint]))
assert not [name for name in sys.modules if name.split(".")[0] == "zmq"]
assert sys.path == before
"""
HERE = wheels.this_platform()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The plug-in's folder, with pyzmq for all of Nuke's Pythons."""
    folder = tmp_path_factory.mktemp("home") / "dot nuke"
    yield install_plugin(folder)
    shutil.rmtree(folder)


@pytest.fixture
def plugin(installed: Path, tmp_path: Path) -> Path:
    """A copy, with pyzmq for this Python alone, for a test that spoils it."""
    folder = tmp_path / "m2fp"
    shutil.copytree(installed, folder, ignore=shutil.ignore_patterns("vendor"))
    name = wheels.wheel_for(THIS, HERE).folder
    shutil.copytree(installed / "vendor" / name, folder / "vendor" / name)
    return folder


THIS = "3.7"
"""The Python whose wheel is spoilt: the oldest, for its import says the least."""


@pytest.fixture(params=nuke.PYTHONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def run(version: str, plugin: Path, program: str, *arguments: str) -> Any:
    """What ``program`` prints as JSON under a real interpreter of that version."""
    python = find_python(version)
    if not python:
        pytest.skip(f"no Python {version} on this machine")
    command = [python, "-I", "-B", "-W", "error", "-c", PRELUDE + program, str(plugin), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return json.loads(done.stdout)


def library(plugin: Path) -> Path:
    """The compiled part of the vendored pyzmq."""
    (found,) = (plugin / "vendor").glob("*/zmq/backend/cython/_zmq*.so")
    return found


def test_a_message_goes_round(version: str, installed: Path) -> None:
    wheel = wheels.wheel_for(version, HERE)
    found, file, answer = run(version, installed, ROUND_TRIP)
    assert found == wheel.version
    assert Path(file).is_relative_to(installed / "vendor" / wheel.folder)
    assert answer == "plate parsed"


def test_every_wheel_lies_where_its_python_looks(installed: Path) -> None:
    machines = {
        "linux_x86_64": ("linux", "x86_64", "linux-x86_64"),
        "linux_aarch64": ("linux", "aarch64", "linux-aarch64"),
        "win_amd64": ("win32", "ARM64", "win-amd64"),  # emulated
        "win_arm64": ("win32", "ARM64", "win-arm64"),
        "macosx_universal2": ("darwin", "x86_64", "macosx-10.15-x86_64"),
    }
    program = """
import platform, sysconfig
cases, found = json.loads(sys.argv[2]), []
for python, (system, machine, name) in cases:
    sys.version_info = (*map(int, python.split(".")), 1)
    sys.platform, platform.machine, sysconfig.get_platform = system, lambda: machine, lambda: name
    found.append(vendored.folder_names())
print(json.dumps(found))
"""
    cases = [(python, platform) for python in wheels.PYTHONS for platform in wheels.PLATFORMS]
    told = json.dumps([(python, machines[platform]) for python, platform in cases])
    for case, names in zip(cases, run("3.11", installed, program, told), strict=True):
        try:
            assert wheels.wheel_for(*case).folder in names
        except SettingUpError:
            assert case == ("3.7", "win_arm64")


@pytest.mark.parametrize(
    "damage", ["no vendor", "no folder", "empty", "no library", "cut", "garbage", "other"]
)
def test_what_cannot_be_loaded_is_explained(damage: str, plugin: Path, installed: Path) -> None:
    vendor = plugin / "vendor" / wheels.wheel_for(THIS, HERE).folder
    if damage == "no vendor":
        shutil.rmtree(plugin / "vendor")
    elif damage == "no folder":
        shutil.rmtree(vendor)
    elif damage == "empty":
        shutil.rmtree(vendor)
        vendor.mkdir()
    elif damage == "no library":
        library(plugin).unlink()
    elif damage == "cut":
        library(plugin).write_bytes(library(plugin).read_bytes()[: 100 << 10])
    elif damage == "garbage":
        library(plugin).write_bytes(b"x" * library(plugin).stat().st_size)
    elif damage == "spoilt list":
        (record,) = vendor.glob("*.dist-info/RECORD")
        record.write_bytes(b'zmq,"\x00\xff,' + record.read_bytes())
    else:
        shutil.rmtree(vendor)
        shutil.copytree(installed / "vendor" / wheels.wheel_for("3.11", HERE).folder, vendor)
    code, message, hint = run(THIS, plugin, REFUSED)
    assert code == "internal"
    assert f"Python {THIS} on {HERE}" in message
    assert str(vendor) in message
    assert "install.py" in hint
    assert f" nuke --python {THIS} --platform {HERE}" in hint
    assert f'--dir "{plugin.parent}"' in hint


def test_after_the_remedy_the_next_press_works(plugin: Path) -> None:
    moved = library(plugin).rename(library(plugin).with_suffix(".moved"))
    mended = f"\nimport os; os.rename({str(moved)!r}, {str(moved.with_suffix('.so'))!r})\n"
    refused = REFUSED.replace("print(", "str(")
    assert run(THIS, plugin, refused + mended + ROUND_TRIP)[2] == "plate parsed"


def own_zmq(tmp_path: Path, version: str, text: str) -> str:
    """A host's own zmq, in small; a line of program that puts it on the path."""
    package = tmp_path / "site" / "zmq"
    (package / "sugar").mkdir(parents=True)
    (package / "__init__.py").write_text(text)
    (package / "sugar" / "version.py").write_text(f'__version__ = "{version}"\n')
    return f"\nsys.path.insert(0, {str(package.parent)!r})\n"


def test_a_zmq_of_the_hosts_own_is_taken(plugin: Path, tmp_path: Path) -> None:
    shutil.rmtree(plugin / "vendor")
    own = own_zmq(tmp_path, "25.1.2", "Context = object\n")
    program = own + "zmq = vendored.import_zmq()\nprint(json.dumps(zmq.__file__))"
    assert run(THIS, plugin, program) == str(tmp_path / "site" / "zmq" / "__init__.py")


@pytest.mark.parametrize(
    ("version", "text"),
    [("19.0.2", "raise SystemExit('imported')"), ("27.0.0", "import zmq.sugar\nimport zmq.backend")],
    ids=["too old", "broken"],
)
def test_a_zmq_of_the_hosts_own_that_will_not_do_is_passed_over(
    plugin: Path, tmp_path: Path, version: str, text: str
) -> None:
    assert run(THIS, plugin, own_zmq(tmp_path, version, text) + ROUND_TRIP)[0] == "26.2.1"


def test_an_old_zmq_that_is_loaded_already_is_named(plugin: Path, tmp_path: Path) -> None:
    own = own_zmq(tmp_path, "19.0.2", "__version__ = '19.0.2'")
    program = REFUSED.partition("assert")[0]
    _, message, hint = run(THIS, plugin, own + "import zmq\n" + program)
    assert "pyzmq 19.0.2" in message
    assert str(tmp_path / "site") in message
    assert "22.3 or newer" in message
    assert "update" in hint
