"""Gizmos in the fake: found by their file, and saved without what is inside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .fake_nuke.group import Gizmo, Group
from .fake_nuke.session import Session

GIZMOS = Path(__file__).parents[3] / "gizmos"

KEEPER = r"""#! nuke -nx
version 7.0 v1
Gizmo {
 inputs 1
 label "\[value channel]"
 addUserKnob {20 User}
 addUserKnob {41 channel l Channel T keep.from0}
 addUserKnob {2 path}
 path "/masks/\[value name].####.exr"
 addUserKnob {3 first}
 first {{root.first_frame}}
 addUserKnob {7 amount}
 amount 2
 addUserKnob {22 go T "print(1)"}
 addUserKnob {26 status l "" T idle}
}
add_layer {hair hair.alpha}
Input {
 inputs 0
 name Input1
}
set I [stack 0]
Read {
 inputs 0
 file "\[value parent.path]"
 first {{parent.first}}
 last 2000
 name masks
}
push $I
Copy {
 inputs 2
 from0 rgba.red
 to0 rgba.alpha
 name keep
}
Output {
 name Output1
}
end_group
"""


@pytest.fixture
def session(tmp_path: Path) -> Session:
    (tmp_path / "Keeper.gizmo").write_text(KEEPER)
    one = Session()
    one.plugin_path += [str(tmp_path), str(GIZMOS)]
    return one


def reopened(session: Session, path: Path) -> Session:
    """Another session with the same gizmos, which saved what it opened as it found it."""
    session.save(str(path))
    before = path.read_text()
    other = Session()
    other.plugin_path += session.plugin_path
    other.open(str(path))
    other.save(str(path))
    assert path.read_text() == before
    return other


def node_text(text: str, class_name: str) -> list[str]:
    inside = text.split(f"{class_name} {{\n")[1].split("\n}")[0]
    return [line.strip() for line in inside.splitlines()]


def test_a_gizmo_is_found_by_its_file(session: Session) -> None:
    node: Any = session.create("Keeper")
    assert isinstance(session.root.node("Keeper1"), Gizmo)
    assert (node.Class(), node.name(), node.maxInputs()) == ("Keeper", "Keeper1", 1)
    assert session.create("Keeper.gizmo").name() == "Keeper2"
    assert [inner.fullName() for inner in node.nodes()][:2] == ["Keeper1.Input1", "Keeper1.masks"]
    assert node.node("masks")["file"].evaluate(7) == "/masks/Keeper1.0007.exr"
    assert node["label"].evaluate() == "rgba.red"
    assert "hair" in session.layers.names()
    assert (session.warnings, session.errors) == ([], [])


def test_only_its_own_knobs_are_saved(session: Session, tmp_path: Path) -> None:
    node: Any = session.create("Keeper")
    assert node_text(session.copy([node]), "Keeper") == ["inputs 0", "name Keeper1", "xpos 0", "ypos 0"]
    node["channel"].setValue("hair.alpha")
    node["amount"].setExpression("frame + 1")
    node["path"].setValue("/b/[value name].exr")
    node["status"].setValue("busy")
    node.node("masks")["last"].setValue(7)
    node.node("masks")["on_error"].setValue("black")
    with node:
        session.create("NoOp")
    saved = node_text(session.copy([node]), "Keeper")
    assert saved[4:] == ["channel hair.alpha", r'path "/b/\[value name].exr"', 'amount {{"frame + 1"}}']
    again: Any = reopened(session, tmp_path / "a.nk").root.node("Keeper1")
    assert again.node("keep")["from0"].value() == "hair.alpha"
    assert again.node("masks")["last"].value() == 2000
    assert again.node("masks")["on_error"].value() == "error"
    assert again.node("NoOp1") is None
    assert again["status"].value() == "idle"


def test_a_layer_in_use_is_declared_in_the_script(session: Session, tmp_path: Path) -> None:
    session.layers.add("hat", ["hat.alpha"])
    session.create("Keeper")["channel"].setValue("hat.alpha")
    other = reopened(session, tmp_path / "a.nk")
    assert other.root.node("Keeper1")["channel"].value() == "hat.alpha"  # type: ignore[index]
    assert other.warnings == []


def test_knobs_that_a_user_added_are_saved(session: Session, tmp_path: Path) -> None:
    session.paste('Keeper {\n inputs 0\n addUserKnob {20 Mine}\n addUserKnob {1 note}\n note "a b"\n}')
    again = reopened(session, tmp_path / "a.nk").root.node("Keeper1")
    assert again is not None
    assert again["note"].value() == "a b"


def test_the_script_opens_without_the_gizmo(session: Session, tmp_path: Path) -> None:
    session.create("Keeper")["channel"].setValue("hair.alpha")
    session.save(str(tmp_path / "a.nk"))
    before = (tmp_path / "a.nk").read_text()
    bare = Session()
    bare.open(str(tmp_path / "a.nk"))
    assert bare.errors == [f"{tmp_path}/a.nk, line 8: Keeper: Unknown command"]
    node: Any = bare.root.node("Keeper1")
    assert (node.Class(), node.unknown["channel"], node.hasError()) == ("Keeper", "hair.alpha", True)
    bare.save(str(tmp_path / "a.nk"))
    assert "\n channel hair.alpha\n" in (tmp_path / "a.nk").read_text()
    assert "channel hair.alpha" in before


def test_inner_nodes_are_announced_first(session: Session, tmp_path: Path) -> None:
    session.create("Keeper")
    session.save(str(tmp_path / "a.nk"))
    made: list[str] = []
    session.on_create = lambda node: made.append(node.fullName())
    inside = ["Input1", "masks", "keep", "Output1"]
    session.open(str(tmp_path / "a.nk"))
    assert made == [*(f"Keeper1.{name}" for name in inside), "Keeper1"]
    made.clear()
    session.create("Keeper")
    assert made == [*(f"Keeper2.{name}" for name in inside), "Keeper2"]


def test_a_group_of_it_stands_alone(session: Session, tmp_path: Path) -> None:
    node: Any = session.create("Keeper")
    node["channel"].setValue("hair.alpha")
    node["path"].setValue("/c/####.exr")
    node.node("masks")["last"].setValue(7)
    group = node.makeGroup()
    assert (type(group), group.Class(), group.name(), group.inputs()) == (Group, "Group", "Keeper2", 0)
    session.delete([node])
    session.save(str(tmp_path / "a.nk"))
    bare = Session()
    bare.open(str(tmp_path / "a.nk"))
    assert (bare.errors, bare.warnings) == ([], [])
    again: Any = bare.root.node(group.name())
    assert (again["path"].value(), again["amount"].value(), again["channel"].value()) == (
        "/c/####.exr",
        2,
        "hair.alpha",
    )
    assert again.node("masks")["last"].value() == 7
    assert again.node("masks")["file"].evaluate(7) == "/c/0007.exr"
    assert again["first"].hasExpression()
    assert again["label"].value() == "[value channel]"
    assert (again["go"].value(), again["status"].value()) == ("print(1)", "idle")


def test_a_file_that_changed_is_read_anew(session: Session, tmp_path: Path) -> None:
    assert session.create("Keeper")["amount"].value() == 2
    (tmp_path / "Keeper.gizmo").write_text(KEEPER.replace("amount 2", "amount 33"))
    assert session.create("Keeper")["amount"].value() == 33


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (KEEPER.replace("end_group\n", ""), "no end_group"),
        ("NoOp {\n}\nend_group", "begins with a Gizmo"),
        (KEEPER.replace("push $I", "push $J"), "nothing was set as J"),
    ],
)
def test_a_gizmo_that_is_none(session: Session, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "Bad.gizmo").write_text(text)
    with pytest.raises(RuntimeError, match=said):
        session.create("Bad")


def test_the_projects_own_gizmo(session: Session, tmp_path: Path) -> None:
    session.root["first_frame"].setValue(1001)
    session.root["last_frame"].setValue(1010)
    node: Any = session.create("M2FP")
    node.setInput(0, session.create("Read", "file /p/a.####.exr first 1001 last 1010"))
    node["from0"].setValue("left_arm.alpha")
    node["output"].setValue("all layers")
    assert (session.warnings, session.errors) == ([], [])
    other = reopened(session, tmp_path / "a.nk")
    again: Any = other.root.node("M2FP1")
    assert (other.warnings, other.errors, other.python_expressions) == ([], [], 0)
    assert (again["from0"].value(), again["output"].value()) == ("left_arm.alpha", "all layers")
    assert again["first"].value() == 1001
    assert again["mask_path"].evaluate(1003) == f"{tmp_path}/m2fp/M2FP1/M2FP1.1003.exr"
    files = [op["knobs"]["file"] for op in other.flatten(again, 1003) if op["class"] == "Read"]
    assert sorted(files) == ["/p/a.1003.exr", f"{tmp_path}/m2fp/M2FP1/M2FP1.1003.exr"]
    group = again.makeGroup()
    assert [inner.name() for inner in group.nodes()] == [inner.name() for inner in again.nodes()]
    reopened(other, tmp_path / "b.nk")
