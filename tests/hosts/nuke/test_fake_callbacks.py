"""When the fake calls what a plug-in asked it to call, in which order, and what the callbacks may know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .fake_nuke import api as nuke
from .fake_nuke import application
from .fake_nuke.artist import Artist


@pytest.fixture
def told() -> list[Any]:
    """What callbacks of a test put down."""
    return []


def test_a_class_comes_before_all_classes(artist: Artist, told: list[Any]) -> None:
    nuke.addOnCreate(told.append, "every")
    nuke.addOnCreate(told.append, "noop", nodeClass="NoOp")
    nuke.addOnCreate(told.append, "dot", nodeClass="Dot")
    nuke.nodes.NoOp()
    assert told == ["noop", "every"]


def test_a_nodes_own_script_comes_first(artist: Artist, told: list[Any]) -> None:
    node = artist.create("NoOp")
    node["knobChanged"].setValue("nuke.told.append('script')")
    nuke.told = told
    try:
        nuke.addKnobChanged(told.append, "class", nodeClass="NoOp")
        artist.edit(node, "label", "x")
    finally:
        del nuke.told
    assert told == ["script", "class"]


def test_the_same_callback_again_moves_last(artist: Artist, told: list[Any]) -> None:
    nuke.addOnCreate(told.append, "a")
    nuke.addOnCreate(told.append, "b")
    nuke.addOnCreate(told.append, "a")
    nuke.nodes.NoOp()
    assert told == ["b", "a"]


def test_other_arguments_make_another_callback(artist: Artist, told: list[Any]) -> None:
    nuke.addOnCreate(told.append, ("a",), nodeClass="NoOp")
    nuke.addOnCreate(told.append, ("a",))
    nuke.nodes.NoOp()
    assert told == ["a", "a"]


def test_a_removed_callback_is_not_called(artist: Artist, told: list[Any]) -> None:
    nuke.addOnCreate(told.append, "a")
    nuke.addOnCreate(told.append, "b")
    nuke.removeOnCreate(told.append, "a")
    nuke.removeOnCreate(told.append, "never added")
    nuke.nodes.NoOp()
    assert told == ["b"]


def test_keywords_reach_the_callback(artist: Artist, told: list[Any]) -> None:
    nuke.addOnCreate(lambda **words: told.append(words), (), {"one": 1})
    nuke.nodes.NoOp()
    assert told == [{"one": 1}]


def test_what_cant_be_called_is_refused(artist: Artist) -> None:
    with pytest.raises(ValueError, match="can't be called"):
        nuke.addOnCreate("print")


def test_a_callback_knows_its_node_and_group(artist: Artist, told: list[Any]) -> None:
    group = nuke.nodes.Group(name="Outer")
    nuke.addOnCreate(lambda: told.append((nuke.thisNode().fullName(), nuke.thisGroup().name())))
    with group:
        nuke.nodes.NoOp(name="Inner")
    assert told[0][0].startswith("Outer.")
    assert told[0][1] == "Outer"
    with pytest.raises(ValueError, match="no callback"):
        nuke.thisNode()


def test_on_create_runs_on_load_inner_nodes_first(artist: Artist, told: list[Any], tmp_path: Path) -> None:
    script = tmp_path / "a.nk"
    script.write_text("Group {\n name Outer\n}\n NoOp {\n  name Inner\n }\nend_group\nDot {\n name Last\n}\n")
    nuke.addOnCreate(lambda: told.append(nuke.thisNode().name()))
    nuke.addOnScriptLoad(told.append, "loaded")
    nuke.scriptOpen(str(script))
    assert [name for name in told if name in ("Inner", "Outer", "Last", "loaded")] == [
        "Inner",
        "Outer",
        "Last",
        "loaded",
    ]


def test_on_create_runs_on_paste_and_undo(artist: Artist, told: list[Any]) -> None:
    node = artist.create("NoOp")
    nuke.addOnCreate(lambda: told.append(nuke.thisNode().name()), nodeClass="NoOp")
    artist.copy_and_paste(node)
    assert told == ["NoOp2"]
    artist.delete(node)
    artist.undo_delete()
    assert told == ["NoOp2", "NoOp1"]


def test_a_callback_that_raises_does_not_keep_the_node_away(artist: Artist) -> None:
    nuke.addOnCreate(int, "x")
    assert nuke.nodes.NoOp().name() == "NoOp1"
    assert any("ValueError" in text for text in artist.faults)


def test_knob_changed_needs_an_open_panel(artist: Artist, told: list[Any]) -> None:
    node = artist.create("NoOp")
    nuke.addKnobChanged(lambda: told.append((nuke.thisNode().name(), nuke.thisKnob().name())))
    artist.edit(node, "label", "open")
    artist.close_panel(node)
    artist.edit(node, "label", "closed")
    assert told == [("NoOp1", "label")]


def test_knob_changed_is_for_users_alone(artist: Artist, told: list[Any]) -> None:
    node = artist.create("NoOp")
    nuke.addKnobChanged(told.append, "changed")
    node["label"].setValue("by Python")
    assert told == []


def test_knob_changed_is_never_recursive(artist: Artist, told: list[Any]) -> None:
    node = artist.create("NoOp")

    def changed() -> None:
        told.append(nuke.thisKnob().name())
        node["label"].setValue("again")
        node.showControlPanel()

    nuke.addKnobChanged(changed)
    artist.edit(node, "disable", True)
    assert told == ["disable"]


def test_panels_and_inputs_are_told_as_dummy_knobs(artist: Artist, told: list[Any]) -> None:
    nuke.addKnobChanged(lambda: told.append(nuke.thisKnob().name()), nodeClass="Dot")
    other = artist.create("NoOp")
    artist.select()
    node = artist.create("Dot")
    assert told == ["showPanel"]
    artist.connect(node, 0, other)
    assert told == ["showPanel", "inputChange"]
    assert node.knob("showPanel") is None


def test_knob_changed_for_one_node_alone(artist: Artist, told: list[Any]) -> None:
    first, second = artist.create("NoOp"), artist.create("NoOp")
    nuke.addKnobChanged(told.append, "second", node=second)
    artist.edit(first, "label", "x")
    artist.edit(second, "label", "x")
    assert told == ["second"]


def test_without_a_gui_no_knob_changes_are_told(told: list[Any]) -> None:
    with application.running() as terminal:
        node = nuke.createNode("NoOp")
        nuke.addKnobChanged(told.append, "changed")
        Artist(terminal).edit(node, "label", "x")
    assert told == []


def test_nothing_of_a_nuke_outlives_it(told: list[Any]) -> None:
    with application.running():
        nuke.addOnCreate(told.append, "before")
    with application.running():
        nuke.nodes.NoOp()
    assert told == []
    with pytest.raises(RuntimeError, match="no Nuke is running"):
        nuke.root()
