"""The functions of the module ``nuke`` as the fake has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .fake_nuke import api as nuke
from .fake_nuke import application


@pytest.fixture(autouse=True)
def running() -> Iterator[application.Application]:
    """A Nuke without a GUI."""
    with application.running() as terminal:
        yield terminal


def test_nothing_selected_is_an_error() -> None:
    assert nuke.selectedNodes() == []
    with pytest.raises(ValueError, match="no node selected"):
        nuke.selectedNode()


def test_create_node_connects_and_selects() -> None:
    first = nuke.createNode("NoOp", "name Plate label shot")
    second = nuke.createNode("Dot")
    assert (first.name(), first["label"].value()) == ("Plate", "shot")
    assert second.input(0) is first
    assert nuke.selectedNodes() == [second]
    assert nuke.selectedNode() is second


def test_create_node_connects_all_that_is_selected() -> None:
    plates = [nuke.nodes.NoOp(), nuke.nodes.NoOp(), nuke.nodes.NoOp()]
    for node in plates:
        node.setSelected(True)
    copy = nuke.createNode("Copy", inpanel=False)
    assert [copy.input(index) in plates for index in (0, 1)] == [True, True]


def test_nodes_neither_connects_nor_selects() -> None:
    first = nuke.createNode("NoOp")
    second = nuke.nodes.Dot(label="x")
    assert second.input(0) is None
    assert second["label"].value() == "x"
    assert nuke.selectedNodes() == [first]
    third = nuke.nodes.Dot(inputs=[second], name="Here")
    assert third.input(0) is second
    assert third.name() == "Here"


def test_an_unknown_class_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="NoSuchNode"):
        nuke.createNode("NoSuchNode")
    with pytest.raises(RuntimeError, match="NoSuchNode"):
        nuke.nodes.NoSuchNode()


def test_all_nodes_are_those_of_the_group() -> None:
    group = nuke.nodes.Group(name="Outer")
    outside = nuke.nodes.NoOp(name="Outside")
    with group:
        inside = nuke.nodes.NoOp(name="Inside")
        assert nuke.allNodes("NoOp") == [inside]
        assert nuke.thisGroup() is group
    assert nuke.allNodes("NoOp") == [outside]
    assert nuke.allNodes("NoOp", group) == [inside]
    assert set(nuke.allNodes("NoOp", recurseGroups=True)) == {inside, outside}


def test_to_node() -> None:
    group = nuke.nodes.Group(name="Outer")
    with group:
        inside = nuke.nodes.NoOp(name="Inside")
        assert nuke.toNode("Inside") is inside
        assert nuke.toNode("root.Outer.Inside") is inside
    assert nuke.toNode("Inside") is None
    assert nuke.toNode("Outer.Inside") is inside
    assert nuke.toNode("root") is nuke.root()


def test_exists() -> None:
    nuke.nodes.NoOp(name="Here")
    assert nuke.exists("Here")
    assert nuke.exists("Here.label")
    assert not nuke.exists("Here.nothing")
    assert not nuke.exists("Nowhere")


def test_a_deleted_node_is_a_value_error() -> None:
    node = nuke.nodes.NoOp()
    knob = node["label"]
    nuke.delete(node)
    with pytest.raises(ValueError, match="not attached"):
        node.name()
    with pytest.raises(ValueError, match="not attached"):
        knob.value()
    with pytest.raises(ValueError, match="not attached"):
        nuke.delete(node)


def test_a_missing_knob() -> None:
    node = nuke.nodes.NoOp()
    assert node.knob("nothing") is None
    with pytest.raises(NameError):
        node["nothing"]


def test_layers_are_made_once_and_reserved_names_refused() -> None:
    layer = nuke.Layer("hair", ["hair.alpha"])
    assert layer is not None
    assert layer.channels() == ["hair.alpha"]
    assert nuke.Layer("hair", ["hair.alpha"]) is not None
    assert nuke.channels().count("hair.alpha") == 1
    assert "hair" in nuke.layers()
    assert nuke.Layer("nothing") is None
    for name, channel in (("mask_x", "mask_x.alpha"), ("hair", "hair.a"), ("rgba", "rgba.hair")):
        with pytest.raises(ValueError, match=name):
            nuke.Layer(name, [channel])


def test_a_script_has_no_name_before_it_is_saved(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no script name"):
        nuke.scriptName()
    with pytest.raises(RuntimeError, match="no script name"):
        nuke.scriptSave()
    path = str(tmp_path / "a.nk")
    nuke.nodes.NoOp()
    nuke.scriptSaveAs(path)
    assert nuke.scriptName() == path
    with pytest.raises(RuntimeError, match="there already"):
        nuke.scriptSaveAs(path)
    nuke.scriptClear()
    assert nuke.allNodes() == []
    nuke.scriptOpen(path)
    assert len(nuke.allNodes()) == 1


def test_copy_and_paste(tmp_path: Path) -> None:
    nuke.createNode("NoOp", "label x")
    nuke.nodeCopy()
    pasted = nuke.nodePaste()
    assert pasted is not None
    assert (pasted.name(), pasted["label"].value()) == ("NoOp2", "x")
    assert nuke.selectedNodes() == [pasted]
    path = str(tmp_path / "nodes.nk")
    nuke.nodeCopy(path)
    nuke.nodePaste(path)
    assert len(nuke.allNodes("NoOp")) == 3


def test_frames_and_views() -> None:
    nuke.frame(1001)
    assert nuke.frame() == 1001
    assert nuke.views() == ["main"]


def test_tcl_and_expressions() -> None:
    node = nuke.nodes.NoOp(name="Here", label="x")
    assert nuke.tcl("value", "root.Here.label") == "x"
    assert nuke.expression("1 + 2 * 3") == 7
    assert nuke.filename(node) is None
    read = nuke.nodes.Read(file="/plates/a.%04d.exr")
    nuke.frame(7)
    assert nuke.filename(read) == "/plates/a.0007.exr"
    with pytest.raises(RuntimeError):
        nuke.tcl("no_such_command")


def test_knob_defaults() -> None:
    nuke.knobDefault("NoOp.label", "from the studio")
    assert nuke.knobDefault("NoOp.label") == "from the studio"
    assert nuke.nodes.NoOp()["label"].value() == "from the studio"
    assert nuke.knobDefault("Dot.label") is None


def test_what_nuke_tells_of_itself() -> None:
    assert nuke.GUI is False
    assert nuke.env["gui"] is False
    assert nuke.env["NukeVersionMajor"] == nuke.NUKE_VERSION_MAJOR
    assert nuke.NUKE_VERSION_STRING.startswith(str(nuke.NUKE_VERSION_MAJOR))
    assert nuke.rawArgs == ["Nuke"]
    with pytest.raises(AttributeError, match="no attribute 'noSuchFunction'"):
        nuke.noSuchFunction()


def test_lines_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    nuke.tprint("one", 2)
    nuke.warning("w")
    nuke.error("e")
    nuke.debug("d")
    captured = capsys.readouterr()
    assert captured.out == "one 2\n"
    assert captured.err.splitlines() == ["WARNING: w", "ERROR: e", "DEBUG: d"]


def test_undo_groups_do_nothing() -> None:
    with nuke.Undo("M2FP"):
        nuke.nodes.NoOp()
    nuke.Undo.begin("more")
    nuke.Undo.end()
    assert len(nuke.allNodes()) == 1
