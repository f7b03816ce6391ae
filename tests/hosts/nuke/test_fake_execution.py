"""What the fake executes, and when it refuses to."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from .fake_nuke import api as nuke
from .fake_nuke.application import Application
from .fake_nuke.artist import Artist
from .writes import files, make_write

NESTED = "I'm already executing something else"


@pytest.fixture
def write(running: Application, tmp_path: Path) -> Any:
    return make_write(tmp_path)


def test_several_nodes_take_turns(running: Application, tmp_path: Path) -> None:
    first, second = make_write(tmp_path, "A"), make_write(tmp_path, "B")
    order: list[tuple[str, int]] = []
    nuke.addBeforeFrameRender(lambda: order.append((nuke.thisNode().name(), nuke.frame())))
    nuke.executeMultiple([first, second], [(1, 2, 1)])
    assert order == [("A", 1), ("B", 1), ("A", 2), ("B", 2)]


def test_callbacks_of_a_render_come_in_order(write: Any) -> None:
    order: list[str] = []
    for kind in ("BeforeRender", "BeforeFrameRender", "AfterFrameRender", "AfterRender"):
        getattr(nuke, f"add{kind}")(lambda kind=kind: order.append(f"{kind} {nuke.frame()}"))
    nuke.frame(50)
    nuke.execute(write, 1, 2)
    assert order == [
        "BeforeRender 1",
        "BeforeFrameRender 1",
        "AfterFrameRender 1",
        "BeforeFrameRender 2",
        "AfterFrameRender 2",
        "AfterRender 2",
    ]
    assert nuke.frame() == 50


def test_render_callbacks_are_for_writes_unless_said_otherwise(write: Any) -> None:
    told: list[str] = []
    nuke.addBeforeRender(told.append, "Dot", nodeClass="Dot")
    nuke.addBeforeRender(told.append, "any", nodeClass="*")
    nuke.addBeforeRender(told.append, "Write")
    nuke.execute(write, 1, 1)
    assert told == ["Write", "any"]


def test_a_callback_knows_its_write_and_gizmo(running: Application, tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []
    with nuke.nodes.Group(name="Outer"):
        inner = make_write(tmp_path, "Inner")
    nuke.addBeforeRender(lambda: seen.append((nuke.thisNode().fullName(), nuke.thisGroup().name())))
    nuke.execute(inner, 1, 1)
    assert seen == [("Outer.Inner", "Outer")]


@pytest.mark.parametrize("kind", ["BeforeRender", "BeforeFrameRender"])
def test_an_exception_before_a_frame_aborts_the_render(write: Any, tmp_path: Path, kind: str) -> None:
    after: list[str] = []
    getattr(nuke, f"add{kind}")(int, "no masks")
    nuke.addAfterFrameRender(after.append, "frame")
    nuke.addAfterRender(after.append, "render")
    with pytest.raises(RuntimeError, match="no masks"):
        nuke.execute(write, 1, 3)
    assert files(tmp_path) == []
    assert after == []


def test_after_frame_render_is_not_called_after_an_abort(write: Any, tmp_path: Path) -> None:
    after: list[int] = []
    nuke.addAfterFrameRender(lambda: after.append(nuke.frame()))
    nuke.addBeforeFrameRender(lambda: 1 // (nuke.frame() - 2))
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        nuke.execute(write, 1, 3)
    assert after == [1]
    assert files(tmp_path) == ["Write1.0001.exr"]


def test_continue_on_error_goes_on(write: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nuke.addBeforeFrameRender(lambda: 1 // (nuke.frame() - 2))
    nuke.execute(write, 1, 3, continueOnError=True)
    assert files(tmp_path) == ["Write1.0001.exr", "Write1.0003.exr"]
    assert "Write1, frame 2" in capsys.readouterr().err


def test_nothing_is_executed_from_a_render_callback(write: Any) -> None:
    for add in (
        nuke.addBeforeRender,
        nuke.addBeforeFrameRender,
        nuke.addAfterFrameRender,
        nuke.addAfterRender,
    ):
        add(lambda: nuke.execute(write, 1, 1))
        with pytest.raises(RuntimeError, match=NESTED):
            nuke.execute(write, 1, 1)


def test_nothing_is_executed_from_knob_changed(artist: Artist, write: Any) -> None:
    node = artist.create("NoOp")
    nuke.addKnobChanged(lambda: nuke.execute(write, 1, 1))
    artist.edit(node, "label", "x")
    assert len(artist.faults) == 1
    assert NESTED in artist.faults[0]


def test_nothing_is_executed_from_on_create(artist: Artist, write: Any) -> None:
    nuke.addOnCreate(lambda: nuke.execute(write, 1, 1))
    nuke.nodes.NoOp()
    assert NESTED in artist.faults[0]


def test_a_button_executes(artist: Artist, write: Any, tmp_path: Path) -> None:
    node = artist.create("NoOp")
    node.addKnob(nuke.PyScript_Knob("go", "Go", "nuke.execute('Write1', 1, 1)"))
    artist.press(node, "go")
    assert files(tmp_path) == ["Write1.0001.exr"]
    assert artist.render_seconds > 0


def test_the_main_threads_queue_runs_during_a_render_but_executes_nothing(
    running: Application, artist: Artist, write: Any
) -> None:
    told: list[str] = []

    def execute() -> None:
        with pytest.raises(RuntimeError, match=NESTED):
            nuke.execute(write, 1, 1)
        told.append("refused")

    def call_from_a_thread(_frame: int) -> None:
        thread = threading.Thread(target=nuke.executeInMainThread, args=(execute,))
        thread.start()
        thread.join(10)

    artist.during_render(call_from_a_thread)
    nuke.execute(write, 1, 2)
    assert told == ["refused"]
    assert not artist.faults


def test_the_main_threads_queue_executes_while_nothing_else_does(
    artist: Artist, write: Any, tmp_path: Path
) -> None:
    thread = threading.Thread(target=nuke.executeInMainThread, args=(nuke.execute, (write, 1, 1)))
    thread.start()
    thread.join(10)
    artist.wait_until(lambda: files(tmp_path))
    assert files(tmp_path) == ["Write1.0001.exr"]


@pytest.mark.parametrize("error", [RuntimeError, nuke.CancelledError])
def test_cancel(artist: Artist, write: Any, tmp_path: Path, error: type[Exception]) -> None:
    artist.cancel_render(2, error)
    with pytest.raises(error, match=r"^Cancelled"):
        nuke.execute(write, 1, 9)
    assert files(tmp_path) == ["Write1.0001.exr", "Write1.0002.exr"]
    nuke.execute(write, 5, 5)
    assert "Write1.0005.exr" in files(tmp_path)


def test_other_nodes_cannot_be_executed(running: Application) -> None:
    with pytest.raises(RuntimeError, match="NoOp1 cannot be executed"):
        nuke.execute(nuke.nodes.NoOp(), 1, 1)
    with pytest.raises(ValueError, match="no node called Missing"):
        nuke.execute("Missing", 1, 1)


def test_a_disabled_or_unconnected_write_cannot_be_executed(write: Any) -> None:
    write["disable"].setValue(True)
    with pytest.raises(RuntimeError, match="Write1 cannot be executed"):
        nuke.execute(write, 1, 1)
    write["disable"].setValue(False)
    write.setInput(0, None)
    with pytest.raises(RuntimeError, match="Write1 cannot be executed"):
        nuke.execute(write, 1, 1)


def test_after_a_failure_the_next_render_runs(write: Any, tmp_path: Path) -> None:
    nuke.addBeforeRender(int, "no")
    with pytest.raises(RuntimeError, match="invalid literal"):
        nuke.execute(write, 1, 1)
    nuke.removeBeforeRender(int, "no")
    nuke.execute(write, 1, 1)
    assert files(tmp_path) == ["Write1.0001.exr"]
