"""The nodes of the fake: names, connections, time, and what is flattened out of a graph."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.plates import write_plate

from .fake_nuke.node import EXPRESSIONS, HIDDEN_INPUTS, INPUTS, Node
from .fake_nuke.session import Session


@pytest.fixture
def session() -> Iterator[Session]:
    one = Session()
    yield one
    one.close()


def sequence(session: Session, folder: Path, frames: list[int]) -> Node:
    for frame in frames:
        write_plate(folder / f"plate.{frame:04d}.exr")
    return session.create("Read", f"file {folder}/plate.####.exr first {frames[0]} last {frames[-1]}")


def read_file(session: Session, node: Node, frame: float, view: str = "main") -> Any:
    return next(op for op in session.flatten(node, frame, view) if op["class"] == "Read")["knobs"]["file"]


def test_names(session: Session) -> None:
    first, second, third = (session.create(name) for name in ("Merge2", "Merge2", "NoOp"))
    assert [node.name() for node in (first, second, third)] == ["Merge1", "Merge2", "NoOp1"]
    third.setName("Merge1")
    assert third.name() == "Merge3"
    third["name"].setValue("plate")
    assert (third.name(), session.root.node("plate")) == ("plate", third)
    with pytest.raises(ValueError, match="taken"):
        second.setName("plate", uncollide=False)
    with pytest.raises(ValueError, match="no name"):
        second.setName("a b")


def test_a_missing_knob(session: Session) -> None:
    node = session.create("NoOp")
    assert node.knob("file") is None
    with pytest.raises(NameError, match="knob file does not exist"):
        node["file"]


def test_a_class_that_nobody_has(session: Session) -> None:
    with pytest.raises(RuntimeError, match="SpecialBlur: Unknown command"):
        session.create("SpecialBlur")


def test_a_deleted_node_is_dead(session: Session) -> None:
    before, node, after = (session.create("NoOp") for _ in range(3))
    node.setInput(0, before)
    after.setInput(0, node)
    label = node["label"]
    session.delete([node])
    assert after.input(0) is before
    uses: list[Callable[[], object]] = [
        lambda: node.name(),
        lambda: node["label"],
        lambda: after.setInput(0, node),
        lambda: label.value(),
    ]
    for use in uses:
        with pytest.raises(ValueError, match="not attached to a node"):
            use()


def test_undo_makes_new_objects(session: Session) -> None:
    before, node, after = (session.create("NoOp") for _ in range(3))
    node.setInput(0, before)
    after.setInput(0, node)
    node["label"].setValue("kept")
    made: list[str] = []
    session.on_create = lambda each: made.append(each.name())
    session.delete([node])
    (again,) = session.undo_delete()
    assert again is not node
    assert (again.name(), again["label"].value(), again.input(0), after.input(0)) == (
        "NoOp2",
        "kept",
        before,
        again,
    )
    assert made == ["NoOp2"]


def test_connections_that_are_refused(session: Session) -> None:
    first, second = session.create("NoOp"), session.create("NoOp")
    assert second.setInput(0, first)
    assert not first.setInput(0, second)
    assert not first.setInput(0, first)
    assert not first.setInput(1, second)
    assert not session.create("Read").setInput(0, first)
    group = session.create("Group")
    with session.within(group):  # type: ignore[arg-type]
        inner = session.create("NoOp")
    assert not inner.setInput(0, first)


def test_inputs_are_counted_to_the_highest(session: Session) -> None:
    plate, switch = session.create("NoOp"), session.create("Switch")
    switch.setInput(3, plate)
    assert (switch.inputs(), switch.input(0), switch.input(3)) == (4, None, plate)
    switch.connectInput(3, plate)
    assert switch.inputs() == 5
    switch.setInput(4, None)
    switch.setInput(3, None)
    assert switch.inputs() == 0


def test_dependencies(session: Session) -> None:
    plate, other, node = (session.create("NoOp") for _ in range(3))
    node.setInput(0, plate)
    node["xpos"].load("{NoOp2.ypos}")
    assert node.dependencies() == [plate, other]
    assert node.dependencies(INPUTS) == [plate]
    assert node.dependencies(EXPRESSIONS) == [other]
    assert other.dependent() == [node]
    assert plate.dependent(EXPRESSIONS) == []
    node["hide_input"].setValue(True)
    assert node.dependencies(INPUTS) == []
    assert node.dependencies(HIDDEN_INPUTS) == [plate]


def test_nodes_used_in_a_thread_are_noted(session: Session) -> None:
    node = session.create("NoOp")
    thread = threading.Thread(target=lambda: node.setInput(0, None), name="worker")
    thread.start()
    thread.join(10)
    assert "Node.setInput used in thread worker" in session.violations


def test_inputs_of_a_group_are_numbered(session: Session) -> None:
    group: Any = session.create("Group")
    with group:
        first, second = session.create("Input"), session.create("Input")
        assert session.group is group
    assert session.group is session.root
    assert [first["number"].value(), second["number"].value(), group.maxInputs()] == [0, 1, 2]


def test_frame_ranges(session: Session) -> None:
    session.root["first_frame"].setValue(1001)
    session.root["last_frame"].setValue(1010)
    read = session.create("Read", "first 5 last 9")
    held = session.create("Read", "first {{root.first_frame}} last 1003")
    offset = session.create("TimeOffset", "time_offset 100", [read])
    merge = session.create("Merge2", "", [offset, held])
    limited = session.create("FrameRange", "first_frame 3 last_frame 4", [merge])
    nothing = session.create("NoOp")
    ranges = [str(node.frameRange()) for node in (read, held, offset, merge, limited, nothing)]
    assert ranges == ["5-9", "1001-1003", "105-109", "105-1003", "3-4", "1001-1010"]
    assert (merge.firstFrame(), merge.lastFrame()) == (105, 1003)
    limited["disable"].setValue(True)
    assert str(limited.frameRange()) == "105-1003"


@pytest.mark.parametrize(
    ("beyond", "files"),
    [
        ("hold", [3, 3, 3, 4, 5, 5, 5, 5]),
        ("loop", [4, 5, 3, 4, 5, 3, 4, 5]),
        ("bounce", [5, 4, 3, 4, 5, 4, 3, 4]),
        ("black", [None, None, 3, 4, 5, None, None, None]),
    ],
)
def test_a_read_beyond_its_range(session: Session, beyond: str, files: list[int | None]) -> None:
    read = session.create("Read", f"file a.#.exr first 3 last 5 before {beyond} after {beyond}")
    found = [read_file(session, read, frame) for frame in range(1, 9)]
    assert found == [None if frame is None else f"a.{frame}.exr" for frame in files]


def test_time_is_remapped(session: Session) -> None:
    read = session.create("Read", "file a.####.exr first 1 last 100")
    offset = session.create("TimeOffset", "time_offset 10", [read])
    hold = session.create("FrameHold", "firstFrame 20", [offset])
    steps = session.create("FrameHold", "firstFrame 1 increment 5", [offset])
    assert read_file(session, offset, 30) == "a.0020.exr"
    assert read_file(session, hold, 55) == "a.0010.exr"
    assert read_file(session, steps, 29) == "a.0016.exr"


def test_switches_disabled_nodes_and_groups_are_resolved(session: Session) -> None:
    plate = session.create("Read", "file plate.exr last 100")
    grade = session.create("Grade", "multiply 2", [plate])
    (group,) = session.paste(
        """
Group {
 name G
 addUserKnob {3 which}
}
 Input { inputs 0 name Input1 }
 set I [stack 0]
 Read { inputs 0 name other file other.####.exr last {{parent.which+10}} }
 push $I
 Switch { inputs 2 which {{parent.which}} }
 Output { name Output1 }
end_group
"""
    )
    group.setInput(0, grade)
    assert [op["class"] for op in session.flatten(group)] == ["Read", "Grade"]
    grade["disable"].setValue(True)
    assert [op["name"] for op in session.flatten(group)] == ["Read1"]
    group["which"].setValue(1)
    assert read_file(session, group, 50) == "other.0011.exr"
    group["disable"].setValue(True)
    assert [op["name"] for op in session.flatten(group)] == ["Read1"]
    plate["disable"].setValue(True)
    assert [op["class"] for op in session.flatten(group)] == ["NoOp"]


def test_an_operator_is_shared(session: Session) -> None:
    plate = session.create("Read", "file plate.exr")
    copy = session.create("Copy", "", [plate, plate])
    later = session.create("TimeOffset", "time_offset 1", [plate])
    merge = session.create("Merge2", "", [copy, later])
    ops = session.flatten(merge, 1)
    assert [op["class"] for op in ops] == ["Read", "Copy", "Read", "Merge2"]
    assert ops[1]["inputs"] == [0, 0]
    assert ops[3]["inputs"] == [1, 2]


def test_proxy_files_and_views(session: Session) -> None:
    session.root["views"].setValue("left #f00\nright #0f0")
    read = session.create("Read", "file full.%V.exr proxy small.%v.exr")
    assert read_file(session, read, 1, "right") == "full.right.exr"
    session.root.setProxy(True)
    assert read_file(session, read, 1, "right") == "small.r.exr"
    assert session.flatten(read)[0]["views"] == ["left", "right"]


def test_metadata_goes_through_time_remaps(session: Session, tmp_path: Path) -> None:
    read = sequence(session, tmp_path, [1, 2, 3])
    offset = session.create("TimeOffset", "time_offset 10", [read])
    grade = session.create("Grade", "", [offset])
    assert grade.metadata("input/filename", 12) == str(tmp_path / "plate.0002.exr")
    assert grade.metadata("input/filename", 99) == str(tmp_path / "plate.0003.exr")
    assert grade.metadata("no/such/key", 12) is None
    assert "input/width" in grade.metadata(None, 12)
    assert session.create("NoOp").metadata("input/filename", 1) is None
    read["last"].setValue(7)
    assert grade.metadata("input/filename", 14) is None


def test_what_a_node_tells_of_its_picture(session: Session, tmp_path: Path) -> None:
    read = sequence(session, tmp_path, [1])
    assert "rgba.red" in read.channels()
    assert (read.width(), read.height()) == (read.metadata("input/width"), read.metadata("input/height"))
    assert read.pixelAspect() == 1
    grade = session.create("Grade", "multiply 2", [read])
    assert grade.sample("red", 0.5, 0.5) == pytest.approx(2 * read.sample("rgba.red", 0.5, 0.5))


def test_errors(session: Session, tmp_path: Path) -> None:
    read = sequence(session, tmp_path, [1])
    grade = session.create("Grade", "", [read])
    assert (read.hasError(), grade.hasError(), grade.error()) == (False, False, False)
    read["last"].setValue(2)
    session.frame = 2
    assert (read.hasError(), grade.hasError(), grade.error()) == (True, False, True)
    assert grade.channels() == []
    session.frame = 1
    grade["multiply"].load("{nobody.size}")
    assert (read.hasError(), grade.hasError()) == (False, True)
    with pytest.raises(RuntimeError, match=r"Grade1\.multiply: Grade1: there is nothing called nobody\.size"):
        session.flatten(grade)


def test_a_long_chain(session: Session) -> None:
    node = session.create("Read", "file a.exr")
    for _ in range(60):
        node = session.create("Grade", "", [node])
    assert len(session.flatten(node)) == 61
