"""The fake Nuke without its GUI: ``-x``, ``-X``, ``-t``, and their exit status."""

from __future__ import annotations

from pathlib import Path

from .launching import Run, environment, launch
from .writes import REPORT_ORDER, files


def test_x_renders_active_writes_of_the_top(home: Path, script: Path, out: Path) -> None:
    launch(["-x", script], environment(home)).check()
    assert files(out) == ["a.0001.exr", "a.0002.exr", "b.0001.exr", "b.0002.exr"]


def test_capital_x_renders_one_node(home: Path, script: Path, out: Path) -> None:
    launch(["-X", "B", "-F", "5", script], environment(home)).check()
    assert files(out) == ["b.0005.exr"]
    run = launch(["-X", "Missing", script], environment(home))
    assert run.status == 1
    assert "no node called Missing" in run.stderr


def test_frames_may_stand_at_the_end(home: Path, script: Path, out: Path) -> None:
    launch(["-X", "A", script, "3,4"], environment(home)).check()
    assert files(out) == ["a.0003.exr", "a.0004.exr"]


def test_a_writes_own_limit_is_its_range(home: Path, script: Path, out: Path) -> None:
    text = script.read_text().replace(" name A", " use_limit true\n first 7\n last 8\n name A")
    script.write_text(text)
    launch(["-X", "A", script], environment(home)).check()
    assert files(out) == ["a.0007.exr", "a.0008.exr"]


def test_render_order_holds_with_sro_alone(home: Path, script: Path) -> None:
    (home / ".nuke" / "init.py").write_text(REPORT_ORDER)

    def order(*switches: str, harsh: str) -> list[str]:
        variables = environment(home, FAKE_NUKE_HARSH=harsh)
        return launch(["-x", *switches, "-F", "1", script], variables).check().stdout.splitlines()

    assert order("--sro", harsh="0") == ["A 1", "B 1"]
    assert order("--sro", harsh="1") == ["A 1", "B 1"]
    assert order(harsh="1") == ["B 1", "A 1"]


def failing(home: Path, script: Path, *switches: str) -> Run:
    (home / ".nuke" / "init.py").write_text(
        "import nuke\n"
        "def refuse():\n"
        "    if nuke.frame() == 1:\n"
        "        raise RuntimeError('masks of frame 1 are missing')\n"
        "nuke.addBeforeFrameRender(refuse)\n",
    )
    return launch(["-X", "A", *switches, "-F", "1-2", script], environment(home))


def test_a_failed_frame_ends_the_render(home: Path, script: Path, out: Path) -> None:
    run = failing(home, script)
    assert run.status == 1
    assert "ERROR: masks of frame 1 are missing" in run.stderr
    assert files(out) == []


def test_cont_goes_on_after_a_failed_frame(home: Path, script: Path, out: Path) -> None:
    run = failing(home, script, "--cont")
    assert run.status == 1
    assert "masks of frame 1 are missing" in run.stderr
    assert files(out) == ["a.0002.exr"]


def test_a_missing_script_and_one_without_writes(home: Path, tmp_path: Path) -> None:
    run = launch(["-x", tmp_path / "none.nk"], environment(home))
    assert run.status == 1
    assert "none.nk" in run.stderr
    empty = tmp_path / "empty.nk"
    empty.write_text("Root {\n}\n")
    run = launch(["-x", empty], environment(home))
    assert run.status == 1
    assert "no active Write" in run.stderr


def test_t_runs_python(home: Path, tmp_path: Path) -> None:
    """Numbers at the end are not in ``sys.argv``, with a warning; all is in ``nuke.rawArgs``."""
    program = tmp_path / "batch.py"
    program.write_text(
        "import sys, nuke\nprint(sys.argv[1:])\nprint(nuke.rawArgs)\nprint(nuke.GUI, __name__)\nsys.exit(3)\n"
    )
    run = launch(["-V", "2", "-t", program, "--", "a.nk", "--frames", "1-100"], environment(home))
    assert run.status == 3
    assert run.stdout.splitlines() == [
        "['--', 'a.nk', '--frames']",
        str(["Nuke", "-V", "2", "-t", str(program), "--", "a.nk", "--frames", "1-100"]),
        "False __main__",
    ]
    assert "WARNING: 1-100" in run.stderr


def test_t_fails_if_the_python_does(home: Path, tmp_path: Path) -> None:
    program = tmp_path / "batch.py"
    program.write_text("raise ValueError('no such plate')")
    run = launch(["-t", program], environment(home))
    assert run.status == 1
    assert "ValueError: no such plate" in run.stderr


def test_x_of_a_python_file_renders_what_it_made(home: Path, tmp_path: Path, out: Path) -> None:
    program = tmp_path / "make.py"
    program.write_text(
        "import nuke, sys\n"
        "write = nuke.nodes.Write(inputs=[nuke.nodes.Constant()])\n"
        "write['file'].setValue(sys.argv[1] + '/made.####.exr')\n"
        "write['file_type'].setValue('exr')\n"
    )
    launch(["-F", "4", "-x", program, out], environment(home)).check()
    assert files(out) == ["made.0004.exr"]


def test_views_are_rendered_as_asked(home: Path, script: Path, out: Path) -> None:
    text = script.read_text().replace("first_frame 1", 'views "left #ff0000\nright #00ff00"\n first_frame 1')
    script.write_text(text.replace("a.####", "%V.####"))
    launch(["-X", "A", "-F", "1", "--view", "right", script], environment(home)).check()
    assert files(out) == ["right.0001.exr"]


def test_an_unknown_class_is_told_and_fails_what_needs_it(home: Path, script: Path, out: Path) -> None:
    script.write_text(script.read_text().replace("Constant {", "NoSuchNode {", 1))
    run = launch(["-X", "A", "-F", "1", script], environment(home))
    assert run.status == 1
    assert run.stderr.count("NoSuchNode") >= 2
    assert files(out) == []
