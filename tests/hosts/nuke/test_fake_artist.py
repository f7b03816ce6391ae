"""The artist of the fake: what a user does, and what the plug-in's manners are measured by."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from .fake_nuke import api as nuke
from .fake_nuke.artist import Artist


@pytest.fixture
def button(artist: Artist) -> Any:
    """A node with a button ``go`` that does nothing."""
    node = artist.create("NoOp")
    node.addKnob(nuke.PyScript_Knob("go", "Go", ""))
    return node


def test_a_button_knows_where_it_is(artist: Artist, button: Any) -> None:
    button["go"].setCommand("nuke.message(nuke.thisNode().name() + '.' + nuke.thisKnob().name())")
    artist.press(button, "go")
    assert artist.messages == ["NoOp1.go"]


def test_python_presses_buttons_too(artist: Artist, button: Any) -> None:
    button["go"].setCommand("nuke.message('pressed')")
    button["go"].execute()
    assert artist.messages == ["pressed"]


def test_what_a_button_raises_reaches_the_artist(artist: Artist, button: Any) -> None:
    button["go"].setCommand("1 / 0")
    with pytest.raises(ZeroDivisionError):
        artist.press(button, "go")


@pytest.mark.parametrize("change", ["setEnabled", "setVisible"])
def test_a_button_that_is_not_there_cant_be_pressed(artist: Artist, button: Any, change: str) -> None:
    getattr(button["go"], change)(False)
    with pytest.raises(ValueError, match=r"NoOp1\.go can't be pressed"):
        artist.press(button, "go")
    with pytest.raises(ValueError, match=r"NoOp1\.label can't be pressed"):
        artist.press(button, "label")


def test_making_a_node_connects_selects_and_opens_it(artist: Artist) -> None:
    first = artist.create("NoOp")
    second = artist.create("Dot")
    assert second.input(0) is first
    assert nuke.selectedNodes() == [second]
    assert second.shown()


def test_a_node_is_put_between(artist: Artist) -> None:
    first = artist.create("NoOp")
    last = artist.create("Dot")
    artist.select(first)
    between = artist.create("NoOp")
    assert between.input(0) is first
    assert last.input(0) is between


def test_delete_and_undo(artist: Artist) -> None:
    first = artist.create("NoOp")
    artist.create("Dot")
    artist.delete(first)
    with pytest.raises(ValueError, match="not attached"):
        first.name()
    (back,) = artist.undo_delete()
    assert back.name() == "NoOp1"


def test_a_script_is_saved_and_opened(artist: Artist, tmp_path: Path) -> None:
    artist.create("NoOp")
    path = str(tmp_path / "a.nk")
    artist.save_script(path)
    artist.open_script(path)
    assert [node.name() for node in nuke.allNodes()] == ["NoOp1"]
    assert nuke.scriptName() == path


def test_the_longest_block_is_of_the_plug_ins_python(artist: Artist, button: Any) -> None:
    button["go"].setCommand("import time; time.sleep(0.03)")
    artist.press(button, "go")
    assert artist.longest_block.seconds >= 0.03
    assert artist.longest_block.note == "button NoOp1.go"


@pytest.mark.parametrize("what", ["callback", "queue", "menu"])
def test_every_piece_of_the_event_loop_is_measured(artist: Artist, button: Any, what: str) -> None:
    def hold_up() -> None:
        time.sleep(0.05)

    if what == "callback":
        nuke.addKnobChanged(hold_up)
        artist.edit(button, "label", "x")
        expected = "knobChanged of NoOp1"
    elif what == "queue":
        threading.Thread(target=nuke.executeInMainThread, args=(hold_up,), daemon=True).start()
        artist.wait_until(lambda: artist.longest_block.seconds >= 0.05)
        expected = "executeInMainThread: "
    else:
        menu = nuke.menu("Nuke")
        assert menu is not None
        menu.addCommand("Hold up", hold_up)
        artist.choose_menu("Nuke/Hold up")
        expected = "menu command Hold up"
    assert artist.longest_block.seconds >= 0.05
    assert artist.longest_block.note.startswith(expected)


def test_rendering_and_evaluating_are_not_counted(
    artist: Artist, button: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    write = nuke.nodes.Write(inputs=[nuke.nodes.Constant()], name="Write1")
    write["file"].setValue(f"{tmp_path.as_posix()}/out.####.exr")
    nuke.addBeforeRender(lambda: now.append(now.pop() + 20))
    nuke.addOnCreate(lambda: now.append(now.pop() + 1))
    button["go"].setCommand("nuke.execute('Write1', 1, 1); nuke.nodes.NoOp()")
    artist.press(button, "go")
    assert artist.render_seconds == 20
    assert artist.longest_block == (1, "onCreate of NoOp2")


def test_idle_runs_the_event_loop(artist: Artist) -> None:
    told: list[int] = []
    thread = threading.Thread(target=nuke.executeInMainThread, args=(told.append, 1))
    thread.start()
    thread.join(10)
    artist.idle(0.01)
    assert told == [1]


def test_closing_ends_it(artist: Artist) -> None:
    artist.close()
    with pytest.raises(RuntimeError, match="no Nuke is running"):
        nuke.root()
