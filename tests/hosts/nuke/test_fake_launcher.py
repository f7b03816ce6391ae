"""The fake Nuke as a program: start-up files, its modes, its exit status."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support.interpreters import find_python

from .launching import environment, launch, launch_artist
from .writes import REPORT_ORDER, files


def start_up(home: Path, init: str = "", menu: str = "") -> None:
    (home / ".nuke" / "init.py").write_text(init)
    (home / ".nuke" / "menu.py").write_text(menu)


@pytest.mark.parametrize("version", ["3.7", "3.9", "3.10", "3.11"])
def test_a_render_on_every_python(home: Path, script: Path, out: Path, version: str) -> None:
    python = find_python(version)
    if not python:
        pytest.skip(f"no Python {version} here")
    start_up(home, REPORT_ORDER + "print('GUI', nuke.GUI, nuke.NUKE_VERSION_MAJOR)", "print('menu')")
    run = launch(["-x", "--sro", "-F", "1-3x2", script], environment(home), python=python).check()
    release = {"3.7": 13, "3.9": 14, "3.10": 15, "3.11": 16}[version]
    assert run.stdout.splitlines() == [f"GUI False {release}", "A 1", "B 1", "A 3", "B 3"]
    assert files(out) == ["a.0001.exr", "a.0003.exr", "b.0001.exr", "b.0003.exr"]


@pytest.mark.parametrize("version", ["3.7", "3.9", "3.10", "3.11"])
def test_an_artist_on_every_python(home: Path, tmp_path: Path, version: str) -> None:
    python = find_python(version)
    if not python:
        pytest.skip(f"no Python {version} here")
    program = """
import threading
node = artist.create("NoOp")
node.addKnob(nuke.PyScript_Knob("go", "Go", "nuke.message('pressed ' + nuke.thisNode().name())"))
artist.press(node, "go")
print(artist.messages)
seen = []
threading.Thread(target=lambda: seen.append(nuke.executeInMainThreadWithResult(node.fullName))).start()
artist.wait_until(lambda: seen)
print(seen, nuke.GUI)
"""
    run = launch_artist(program, tmp_path, environment(home), python=python)
    assert run.stdout.splitlines() == ["['pressed NoOp1']", "['NoOp1'] True"]
    assert run.status == 0
    assert [text for text in run.violations if "fullName" not in text] == []


def test_menu_py_is_read_with_the_gui_alone(home: Path, script: Path, tmp_path: Path) -> None:
    start_up(home, "print('init')", "print('menu')")
    assert launch([], environment(home)).check().stdout.split() == ["init", "menu"]
    assert launch(["-x", "-F", "1", script], environment(home)).check().stdout.split() == ["init"]
    program = tmp_path / "p.py"
    program.write_text("print('script')")
    assert launch(["-t", program], environment(home)).check().stdout.split() == ["init", "script"]


def test_the_plug_in_path(home: Path, tmp_path: Path) -> None:
    """``NUKE_PATH`` and ``~/.nuke``; folders added by an init.py, relative to it, with their own init.py."""
    start_up(home, "import nuke\nprint('home')\nnuke.pluginAddPath('./tool')\nimport tool_module")
    tool = home / ".nuke" / "tool"
    tool.mkdir()
    (tool / "init.py").write_text("import os\nprint('tool', os.path.basename(os.path.dirname(__file__)))")
    (tool / "menu.py").write_text("print('tool menu')")
    (tool / "tool_module.py").write_text("print('imported')")
    studio = tmp_path / "studio"
    studio.mkdir()
    (studio / "init.py").write_text("print('studio')")
    run = launch([], environment(home, NUKE_PATH=str(studio))).check()
    assert run.stdout.splitlines() == ["studio", "home", "tool tool", "imported", "tool menu"]


@pytest.mark.parametrize("file", ["init.py", "menu.py"])
def test_a_start_up_file_that_raises_ends_nuke(home: Path, file: str) -> None:
    (home / ".nuke" / file).write_text("import no_such_module_here")
    run = launch([], environment(home))
    assert run.status == 1
    assert "no_such_module_here" in run.stderr


def test_the_fakes_own_modules_are_hidden(home: Path) -> None:
    start_up(home, "import session")
    assert "No module named 'session'" in launch([], environment(home)).stderr


def test_wrong_use(home: Path) -> None:
    run = launch(["--no-such-switch"], environment(home))
    assert run.status == 2
    assert "unknown switch --no-such-switch" in run.stderr


def test_what_a_plug_in_does_wrong_is_told_at_the_end(home: Path, tmp_path: Path) -> None:
    program = """
import threading
thread = threading.Thread(target=nuke.allNodes, name="network")
thread.start()
thread.join()
nuke.addOnCreate(int, "x")
artist.create("NoOp")
"""
    run = launch_artist(program, tmp_path, environment(home))
    assert "nuke.allNodes called in thread network" in run.violations
    assert any("ValueError" in text for text in run.faults)
    with pytest.raises(AssertionError, match="network"):
        run.check()


def test_a_fake_that_hangs_tells_where_and_dies(home: Path, tmp_path: Path) -> None:
    program = "import threading\nthreading.Event().wait()"
    run = launch_artist(program, tmp_path, environment(home), timeout=2)
    assert run.status == 1
    assert "artist.py" in run.stderr


def test_the_artist_gets_the_script_of_the_command_line(home: Path, script: Path, tmp_path: Path) -> None:
    run = launch_artist("print(nuke.toNode('A').name())", tmp_path, environment(home), script).check()
    assert run.stdout.split() == ["A"]


def test_an_artist_that_fails_fails_the_run(home: Path, tmp_path: Path) -> None:
    run = launch_artist("assert nuke.allNodes(), 'no nodes'", tmp_path, environment(home))
    assert run.status == 1
    assert "no nodes" in run.stderr


def test_the_environment_is_the_users_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
    variables = environment(home, M2FP_ENDPOINT="tcp://127.0.0.1:1")
    assert "PYTHONPATH" not in variables
    assert variables["FAKE_NUKE_PYTHON"] == sys.executable
    assert variables["M2FP_ENDPOINT"] == "tcp://127.0.0.1:1"
