"""The fake's session: scripts opened and saved, contexts, the clipboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .fake_nuke import session as sessions
from .fake_nuke.session import Session

SCRIPT = """#! nuke -nx
version 13.0 v1
Root {
 inputs 0
 name /elsewhere/old.nk
 first_frame 1001
 last_frame 1100
 format "1920 1080 0 0 1920 1080 1 HD_1080"
 proxy_scale 0.25
 views "left #ff0000
right #00ff00"
}
add_layer {hair hair.alpha}
BackdropNode {
 inputs 0
 name Backdrop1
 tile_color 0x7f3f3fff
 label "<b>Plates</b>\\n\\[value root.name]"
 bdwidth 300
}
Read {
 inputs 0
 file /p/a.####.exr
 name Read1
 xpos -40
}
set N1 [stack 0]
Grade {
 channels hair
 multiply {1 2 3 1}
 add {{curve x1 0 x10 1} 0 0 0}
 name Grade1
 selected true
}
push 0
push $N1
push 0
Merge2 {
 inputs 2+1
 name Merge1
}
Group {
 name Outer
 addUserKnob {20 User l "A tab"}
 addUserKnob {7 size l "Size of it" t "A \\"quoted\\" tip\\nof two lines" R 0 10}
 size {{Grade1.mix*2}}
}
 Input {
  inputs 0
  name Input1
 }
 Group {
  name Inner
 }
  Input {
   inputs 0
   name Input1
  }
  Output {
   name Output1
  }
 end_group
 Output {
  name Output1
 }
end_group
Write {
 channels all
 file "/out/%V/a b.####.exr"
 file_type exr
 create_directories true
 name Write1
}
Viewer {
 inputs 0
 name Viewer1
}
"""


@pytest.fixture
def session() -> Session:
    return Session()


def test_a_script_comes_back_as_it_was(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.nk"
    path.write_text(SCRIPT)
    session.open(str(path))
    assert (session.warnings, session.errors) == ([], [])
    session.save(str(path))
    once = path.read_text()
    other = Session()
    other.open(str(path))
    other.save(str(path))
    assert path.read_text() == once
    assert (other.warnings, other.errors) == ([], [])
    for node in session.root.nodes():
        again: Any = other.root.node(node.name())
        assert {name: knob.state() for name, knob in node.knobs().items()} == {
            name: knob.state() for name, knob in again.knobs().items()
        }
        assert [(index, source.name()) for index, source in node.wiring.sources()] == [
            (index, source.name()) for index, source in again.wiring.sources()
        ]
    merge: Any = other.root.node("Merge1")
    assert [merge.input(index) and merge.input(index).name() for index in range(3)] == [None, "Read1", None]
    assert other.root.node("Outer.Inner.Output1") is not None


def test_the_root_is_the_scripts(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.nk"
    path.write_text(SCRIPT)
    assert session.root.name() == "Root"
    session.open(str(path))
    root = session.root
    assert (root.name(), root["name"].value()) == (str(path), str(path))
    assert (root.firstFrame(), root.lastFrame(), session.views) == (1001, 1100, ["left", "right"])
    assert (root.format().width(), root.format().name()) == (1920, "HD_1080")
    assert (root.proxy(), root["proxy_scale"].value(), root.fps()) == (False, 0.25, 24)


def test_opening_replaces_what_was_open(session: Session, tmp_path: Path) -> None:
    (tmp_path / "a.nk").write_text(SCRIPT)
    old = session.create("NoOp")
    session.layers.add("hat", ["hat.alpha"])
    session.open(str(tmp_path / "a.nk"))
    with pytest.raises(ValueError, match="not attached"):
        old.name()
    assert session.root.node("NoOp1") is None
    session.clear()
    assert (session.root.nodes(), session.root.name()) == ([], "Root")
    assert "hat" in session.layers.names()


def test_a_script_that_is_not_there_or_none(session: Session, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"cannot open the script .*nowhere.nk: No such file"):
        session.open(str(tmp_path / "nowhere.nk"))
    (tmp_path / "bad.nk").write_text("Root {\n inputs 0\n}\nclone a {\n}\n")
    with pytest.raises(RuntimeError, match=r"bad.nk, line 4: this is no command of a script: clone a"):
        session.open(str(tmp_path / "bad.nk"))
    with pytest.raises(RuntimeError, match="cannot save the script"):
        session.save(str(tmp_path / "no" / "folder.nk"))


def test_copies_keep_their_connections_and_get_new_names(session: Session) -> None:
    plate = session.create("Read", "file /p/a.exr")
    first = session.create("Grade", "multiply 3", [plate])
    second = session.create("Merge2", "", [first, plate])
    text = session.copy([first, second])
    one, two = session.paste(text, onto=plate)
    assert [node.name() for node in (one, two)] == ["Grade2", "Merge2"]
    assert (one.input(0), two.input(0), two.input(1)) == (plate, one, None)
    assert one["multiply"].value() == 3
    assert session.paste(text)[0].input(0) is None


def test_contexts_are_a_stack(session: Session) -> None:
    outer: Any = session.create("Group")
    with outer:
        inner: Any = session.create("Group")
        inner.begin()
        assert session.group is inner
        node = session.create("NoOp")
        inner.end()
        assert session.group is outer
    assert node.fullName() == "Group1.Group1.NoOp1"
    with session.within(inner, node, node["label"]):
        assert tuple(session.context) == (inner, node, node["label"])
    assert (session.context.group, session.context.node) == (session.root, None)
    session.leave()
    assert session.group is session.root


def test_another_moment(session: Session) -> None:
    session.frame = 5
    assert (session.frame, session.root["frame"].value(), session.view) == (5, 5, "main")
    with session.at(7), session.at(None, "right"):
        assert (session.frame, session.view) == (7, "right")
    assert session.frame == 5


def test_defaults_of_knobs(session: Session) -> None:
    session.knob_defaults["Read", "before"] = "black"
    session.knob_defaults["Grade", "multiply"] = "2"
    assert session.create("Read")["before"].value() == "black"
    assert session.create("Grade")["multiply"].value() == 2


def test_one_session_at_a_time(session: Session) -> None:
    assert sessions.start(session) is session
    assert sessions.current() is session
    other = sessions.start(Session())
    assert sessions.current() is other
