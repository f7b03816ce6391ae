"""A Nuke that lacks a part of M2FP: it starts, uses the masks that are there, and buttons say what to do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from m2fp_host import Client
from m2fp_server.cli.private_daemon import PrivateDaemon
from setting_up import wheels

from .desk import GIZMOS, Plane, layer
from .launching import environment, launch, launch_artist
from .pythons import ALWAYS, python_of

SCRIPT = """
Root {{
 inputs 0
 first_frame 1
 last_frame 1
}}
Read {{
 inputs 0
 file {plate}
 name Read1
}}
M2FP {{
 name M2FP1
 part hair
 from0 hair.alpha
 endpoint {endpoint}
}}
Write {{
 file {shot}/out.####.exr
 file_type exr
 channels rgba
 raw true
 name Write1
}}
"""

PRESSES = """
import json
node = nuke.toNode("M2FP1")
nuke.execute("Write1", 1, 1)
node["skip_existing"].setValue(False)
said = []
for button in ("parse_frame", "test_connection"):
    artist.press(node, button)
    artist.wait_until(lambda: len(artist.messages) > len(said), 30)
    said = list(artist.messages)
artist.select()
made = artist.create("M2FP")
print(json.dumps({"errors": artist.script_errors, "said": said, "made": made.name()}))
"""

BAKES = """
artist.press(nuke.toNode("M2FP1"), "bake")
baked = nuke.toNode("M2FP1")
print(baked.Class(), baked.input(0).name(), nuke.toNode("Write1").input(0).name(), artist.messages)
artist.save_script(nuke.root().name())
"""

HERE = wheels.this_platform()


@pytest.fixture(params=ALWAYS)
def version(request: pytest.FixtureRequest) -> str:
    """The Python of the oldest and of the newest Nuke."""
    return str(request.param)


@pytest.fixture
def shot(tmp_path: Path, portrait: Path, client: Client, daemon: PrivateDaemon) -> Path:
    """A script with an M2FP node between a Read and a Write, and the node's masks, made without Nuke."""
    folder = tmp_path / "shot"
    (folder / "m2fp" / "M2FP1").mkdir(parents=True)
    client.parse(portrait, folder / "m2fp" / "M2FP1" / "M2FP1.0001.exr")
    text = SCRIPT.format(plate=portrait, shot=folder, endpoint=daemon.endpoint)
    (folder / "shot.nk").write_text(text)
    return folder


@pytest.fixture
def home(nuke_home: Path, tmp_path: Path, version: str) -> Path:
    """A home with the plug-in and pyzmq for one Python, for a test that spoils it."""
    home = tmp_path / "home"
    shutil.copytree(nuke_home, home, ignore=shutil.ignore_patterns("vendor"))
    copy_wheel(nuke_home, home, version, version)
    return home


@pytest.fixture
def bare_home(tmp_path: Path) -> Path:
    """A home where nothing was installed."""
    (tmp_path / "home" / ".nuke").mkdir(parents=True)
    return tmp_path / "home"


def vendored(home: Path, version: str) -> Path:
    return home / ".nuke" / "m2fp" / "vendor" / wheels.wheel_for(version, HERE).folder


def copy_wheel(nuke_home: Path, home: Path, version: str, place: str) -> None:
    """Put the pyzmq of one Python where another Python, or itself, looks for its own."""
    shutil.copytree(vendored(nuke_home, version), vendored(home, place))


def rendered_hair(shot: Path) -> Plane:
    return layer(shot / "out.0001.exr", "A")


def hair_of_the_masks(shot: Path) -> Plane:
    hair = layer(shot / "m2fp" / "M2FP1" / "M2FP1.0001.exr", "hair.A")
    assert hair.max() > 0.3
    return hair


def press(shot: Path, version: str, variables: dict[str, str]) -> Any:
    """Open the script, render it, press buttons, make another node; nothing of that may go wrong."""
    run = launch_artist(PRESSES, shot, variables, shot / "shot.nk", python=python_of(version)).check()
    told = json.loads(run.stdout)
    assert told["errors"] == []
    assert told["made"] == "M2FP2"
    np.testing.assert_array_equal(rendered_hair(shot), hair_of_the_masks(shot))
    return told["said"]


@pytest.mark.parametrize(
    "damage", ["source cut", "source emptied", "library cut", "no vendor", "other Python"]
)
def test_a_broken_pyzmq(damage: str, version: str, home: Path, nuke_home: Path, shot: Path) -> None:
    folder = vendored(home, version)
    if damage == "source cut":
        file = folder / "zmq" / "sugar" / "socket.py"
        file.write_bytes(file.read_bytes()[:-700])
    elif damage == "source emptied":
        (folder / "zmq" / "__init__.py").write_bytes(b"")
    elif damage == "library cut":
        (library,) = folder.glob("zmq/backend/cython/_zmq*.so")
        library.write_bytes(library.read_bytes()[: 100 << 10])
    elif damage == "no vendor":
        shutil.rmtree(home / ".nuke" / "m2fp" / "vendor")
    else:
        shutil.rmtree(folder)
        copy_wheel(nuke_home, home, "3.9", version)
    said = press(shot, version, environment(home))
    remedy = f' nuke --python {version} --platform {HERE} --dir "{home / ".nuke"}"'
    assert len(said) == 2
    for message in said:
        assert f"Python {version} on {HERE}" in message
        assert str(folder) in message
        assert "run python3 " in message
        assert remedy in message
        assert message.count("\n") == 0, "not one sentence but several"
    assert said[0].startswith("M2FP1, frame 1: ")


def test_the_gizmo_without_its_python(version: str, bare_home: Path, shot: Path) -> None:
    variables = environment(bare_home, NUKE_PATH=str(GIZMOS))
    said = press(shot, version, variables)
    sentence = (
        "The M2FP plug-in is not installed in this Nuke (No module named 'm2fp_nuke'): "
        "run python3 install.py nuke in M2FP Bridge's folder. Saved masks are read without it."
    )
    assert said == [sentence, sentence]


def test_the_gizmo_without_its_python_on_the_farm(version: str, bare_home: Path, shot: Path) -> None:
    variables = environment(bare_home, NUKE_PATH=str(GIZMOS))
    run = launch(["-x", shot / "shot.nk"], variables, python=python_of(version)).check()
    assert run.stderr == ""
    np.testing.assert_array_equal(rendered_hair(shot), hair_of_the_masks(shot))


def test_a_missing_mask_without_the_plug_in_is_an_error(version: str, bare_home: Path, shot: Path) -> None:
    shutil.rmtree(shot / "m2fp")
    variables = environment(bare_home, NUKE_PATH=str(GIZMOS))
    run = launch(["-x", shot / "shot.nk"], variables, python=python_of(version))
    assert run.status == 1
    assert "m2fp/M2FP1/M2FP1.0001.exr" in run.stderr
    assert not (shot / "out.0001.exr").exists()


@pytest.mark.parametrize("mode", ["render", "GUI"])
def test_a_baked_node_needs_nothing(
    mode: str, version: str, nuke_home: Path, bare_home: Path, shot: Path
) -> None:
    python, script = python_of(version), shot / "shot.nk"
    run = launch_artist(BAKES, shot, environment(nuke_home), script, python=python).check()
    assert run.stdout.split() == ["Group", "Read1", "M2FP1", "[]"]
    assert "M2FP {" not in script.read_text()

    variables = environment(bare_home)
    if mode == "render":
        assert launch(["-x", script], variables, python=python).check().stderr == ""
    else:
        press_baked = PRESSES.replace('made = artist.create("M2FP")', 'made = artist.create("NoOp")')
        run = launch_artist(press_baked, shot, variables, script, python=python).check()
        told = json.loads(run.stdout)
        assert told["errors"] == []
        assert all("run python3 install.py nuke" in message for message in told["said"])
    np.testing.assert_array_equal(rendered_hair(shot), hair_of_the_masks(shot))


def test_without_gizmo_and_bake_it_is_said(version: str, bare_home: Path, shot: Path) -> None:
    """Nothing but the bake helps there: Nuke tells, and does not render a plate without its matte."""
    run = launch(["-x", shot / "shot.nk"], environment(bare_home), python=python_of(version))
    assert run.status == 1
    assert "M2FP" in run.stderr
    assert not (shot / "out.0001.exr").exists()
