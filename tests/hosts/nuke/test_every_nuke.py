"""The installed plug-in in the Python of every Nuke: a session from an empty script to a rendered Write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO
import pytest

from m2fp_host import Client
from m2fp_server.cli.private_daemon import PrivateDaemon
from setting_up.nuke import PYTHONS
from support.command import nowhere

from .desk import Plane, layer
from .launching import Run, environment, launch_artist
from .pythons import python_of

SESSION = """
import json, os, sys
told = {"status": [], "zmq": {}}

def look(when):
    told["zmq"][when] = sorted(name for name in sys.modules if name.split(".")[0] == "zmq")

def parse(button):
    artist.press(node, button)
    waiting = ("parsing ...", "connecting ...")
    artist.wait_until(lambda: node["status"].value() not in waiting, 60)
    told["status"].append(node["status"].value())

look("after start-up")
shot = os.environ["SHOT"]
root = nuke.root()
root["first_frame"].setValue(1)
root["last_frame"].setValue(3)
read = artist.create("Read", "file %s/plates/plate.####.exr first 1 last 3" % shot)
artist.select()
node = artist.create("M2FP")
artist.connect(node, 0, read)
node["endpoint"].setValue(os.environ["ENDPOINT"])
artist.save_script(shot + "/shot.nk")
look("before a button")
parse("test_connection")
told["zmq file"] = sys.modules["zmq"].__file__

nuke.frame(2)
parse("parse_frame")
artist.edit(node, "part", "hair")
artist.select(read)
grade = artist.create("Grade")
told["put between"] = node.input(0) is grade
parse("parse_range")

artist.save_script(shot + "/shot.nk")
artist.open_script(shot + "/shot.nk")
node = nuke.toNode("M2FP1")
told["reopened"] = {name: node[name].value() for name in ("part", "from0", "endpoint", "mask_path")}
nuke.toNode("Grade1")["multiply"].setExpression("frame == 2 ? 0.5 : 1")
parse("parse_range")

artist.select(node)
write = artist.create("Write", "file %s/out.####.exr file_type exr channels rgba raw true" % shot)
nuke.execute(write, 1, 3)
told["messages"], told["script errors"] = artist.messages, artist.script_errors
told["bars left"] = len(artist.progress)
print(json.dumps(told))
"""

OPENED = """
import json, sys
told = {"messages": artist.messages, "questions": artist.questions, "errors": artist.script_errors}
told["nodes"] = len([node for node in nuke.allNodes("M2FP") if node["endpoint"].value()])
told["status"] = sorted(set(node["status"].value() for node in nuke.allNodes("M2FP")))
network = ("zmq", "m2fp_host.connection", "socket", "ssl")
told["network"] = sorted(name for name in sys.modules if name in network)
print(json.dumps(told))
"""

MENU = """
import json
item = artist.menu("Nodes/M2FP/M2FP")
told = {"icons": [item.icon(), artist.menu("Nodes/M2FP").icon()], "tooltip": item.tooltip()}
read = artist.create("Read")
artist.choose_menu("Nodes/M2FP/M2FP")
node = nuke.selectedNode()
told.update(name=node.name(), behind=node.input(0).name(), panel=node.shown())
print(json.dumps(told))
"""


@pytest.fixture(params=PYTHONS)
def version(request: pytest.FixtureRequest) -> str:
    """The Python of a Nuke."""
    return str(request.param)


@pytest.fixture
def shot(tmp_path: Path, portrait: Path) -> Path:
    """A shot's folder with three plates: the portrait, darker each frame."""
    folder = tmp_path / "shot"
    (folder / "plates").mkdir(parents=True)
    for frame, gain in ((1, 1.0), (2, 0.75), (3, 0.5)):
        write_gained(portrait, folder / "plates" / f"plate.{frame:04d}.exr", gain)
    return folder


def write_gained(plate: Path, path: Path, gain: float) -> Path:
    """``plate`` times ``gain``, as half."""
    image = OpenImageIO.ImageBuf(str(plate))
    times = OpenImageIO.ImageBufAlgo.mul(image, gain)
    assert times.write(str(path), OpenImageIO.HALF), times.geterror()
    return path


def run_artist(program: str, home: Path, version: str, folder: Path, *scripts: Path, **more: str) -> Any:
    """What the artist's ``program`` prints as JSON, in a Nuke that has nothing to complain about."""
    variables = environment(home, **more)
    run: Run = launch_artist(program, folder, variables, *scripts, python=python_of(version)).check()
    assert run.stderr == ""
    return json.loads(run.stdout.splitlines()[-1])


def test_the_whole_session(
    version: str, nuke_home: Path, shot: Path, daemon: PrivateDaemon, client: Client
) -> None:
    told = run_artist(SESSION, nuke_home, version, shot, SHOT=str(shot), ENDPOINT=daemon.endpoint)

    assert told["zmq"] == {"after start-up": [], "before a button": []}
    assert f"/.nuke/m2fp/vendor/cp{version.replace('.', '')}-" in told["zmq file"]
    by = " (engine builtin, Apache-2.0)"
    connected, *parsed = told["status"]
    assert connected.startswith(f"connected to {daemon.endpoint}: M2FP ")
    assert parsed == [
        f"frame 2 parsed{by}",
        f"frames 1-3 parsed{by}",
        f"frame 2 parsed; frames 1, 3 up to date{by}",
    ]
    assert told["put between"]
    assert told["reopened"] == {
        "part": "hair",
        "from0": "hair.alpha",
        "endpoint": daemon.endpoint,
        "mask_path": "[file dirname [value root.name]]/m2fp/[value name]/[value name].####.exr",
    }
    (message,) = told["messages"]
    assert message.splitlines()[0] == connected
    assert "engine builtin (auto): Apache-2.0" in message
    assert told["script errors"] == []
    assert told["bars left"] == 0

    plates = {frame: shot / "plates" / f"plate.{frame:04d}.exr" for frame in (1, 2, 3)}
    plates[2] = write_gained(plates[2], shot / "graded.exr", 0.5)
    for frame, plate in plates.items():
        expected = hair(client, plate, shot)
        assert expected.max() > 0.3
        np.testing.assert_array_equal(layer(shot / f"m2fp/M2FP1/M2FP1.{frame:04d}.exr", "hair.A"), expected)
        rendered = shot / f"out.{frame:04d}.exr"
        np.testing.assert_array_equal(layer(rendered, "A"), expected)
        for channel in "RGB":
            np.testing.assert_array_equal(layer(rendered, channel), layer(plate, channel))


def hair(client: Client, plate: Path, folder: Path) -> Plane:
    """The matte of hair that the daemon gives for ``plate`` without Nuke."""
    return layer(client.parse(plate, folder / "expected.exr").path, "hair.A")


def test_a_script_of_fifty_nodes_opens_without_a_word(version: str, nuke_home: Path, tmp_path: Path) -> None:
    """No daemon is there, and nobody asks for one."""
    endpoint = nowhere()
    nodes = [
        f"M2FP {{\n inputs 0\n name M2FP{number}\n part face\n from0 face.alpha\n endpoint {endpoint}\n}}\n"
        for number in range(1, 51)
    ]
    script = tmp_path / "many.nk"
    script.write_text("Root {\n inputs 0\n}\n" + "".join(nodes))
    told = run_artist(OPENED, nuke_home, version, tmp_path, script)
    assert told == {
        "messages": [],
        "questions": [],
        "errors": [],
        "nodes": 50,
        "status": ["not parsed in this session"],
        "network": [],
    }


def test_the_menu(version: str, nuke_home: Path, tmp_path: Path) -> None:
    told = run_artist(MENU, nuke_home, version, tmp_path)
    icon = nuke_home / ".nuke" / "m2fp" / "M2FP.png"
    assert icon.read_bytes().startswith(b"\x89PNG")
    assert told == {
        "icons": [str(icon), str(icon)],
        "tooltip": "Body parts of people as mattes, on the CPU",
        "name": "M2FP1",
        "behind": "Read1",
        "panel": True,
    }
