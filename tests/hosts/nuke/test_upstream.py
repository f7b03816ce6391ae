"""Looking up the graph, in a fake Nuke of this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .desk import GIZMOS
from .fake_nuke import api as nuke
from .fake_nuke import application


@pytest.fixture(autouse=True)
def running() -> Iterator[None]:
    """A Nuke in a terminal with the gizmo."""
    with application.running() as one:
        one.session.plugin_path.append(str(GIZMOS))
        yield


def m2fp(above: Any = None, **knobs: Any) -> Any:
    return nuke.nodes.M2FP(inputs=[above] if above is not None else [], **knobs)


def behind(node: Any, *frames: int | None) -> dict[str, list[Any]]:
    from m2fp_nuke import upstream

    found = upstream.m2fp_behind(node, frames or [1, 2])
    return {each.fullName(): sorted(wanted, key=str) for each, wanted in found}


def plate(node: Any, frame: int = 1) -> Any:
    from m2fp_nuke import upstream

    found = upstream.plate_read(node, frame)
    return found.reason or (found.read.fullName(), found.frame)


def write(above: Any) -> Any:
    return nuke.nodes.Write(inputs=[above])


# M2FP nodes behind a Write


def test_what_is_not_connected_is_not_needed() -> None:
    m2fp()
    assert behind(nuke.nodes.Write()) == {}
    assert behind(write(nuke.nodes.Constant())) == {}


def test_frames_go_through_time_nodes() -> None:
    node = m2fp(name="M")
    assert behind(write(node)) == {"M": [1, 2]}
    late = nuke.nodes.TimeOffset(inputs=[node], time_offset=10)
    assert behind(write(late)) == {"M": [-8, -9]}
    held = nuke.nodes.FrameHold(inputs=[late], firstFrame=50)
    assert behind(write(held)) == {"M": [40]}
    ranged = nuke.nodes.FrameRange(inputs=[held], first_frame=7, last_frame=9)
    assert behind(write(ranged)) == {"M": [40]}


def test_older_and_newer_names_of_a_frame_hold() -> None:
    held = nuke.nodes.FrameHold(inputs=[m2fp(name="M")], firstFrame=50)
    held.addKnob(nuke.Int_Knob("first_frame"))
    held["first_frame"].setValue(60)
    assert behind(write(held)) == {"M": [60]}


@pytest.mark.parametrize(
    ("kind", "knobs"),
    [
        ("FrameHold", {"firstFrame": 5, "increment": 3}),
        ("TimeOffset", {"time_offset": 1, "reverse_input": True}),
        ("TimeOffset", {"time_offset": 0.5}),
    ],
)
def test_where_nobody_can_tell_the_frames(kind: str, knobs: dict[str, Any]) -> None:
    node = getattr(nuke.nodes, kind)(inputs=[m2fp(name="M")], **knobs)
    assert behind(write(node)) == {"M": [None]}


def test_an_animated_offset_and_a_time_warp() -> None:
    node = m2fp(name="M")
    late = nuke.nodes.TimeOffset(inputs=[node])
    late["time_offset"].setExpression("frame * 2")
    assert behind(write(late)) == {"M": [None]}
    (warped,) = application.current().session.paste("TimeWarp {\n inputs 0\n name W\n}")
    warped.setInput(0, node)
    assert behind(write(warped)) == {"M": [None]}


def test_two_ways_to_one_node() -> None:
    node = m2fp(name="M")
    late = nuke.nodes.TimeOffset(inputs=[node], time_offset=-10)
    assert behind(write(nuke.nodes.Merge2(inputs=[node, late]))) == {"M": [1, 11, 12, 2]}


def test_the_input_of_a_switch_that_is_not_taken() -> None:
    a, b = m2fp(name="A"), m2fp(name="B")
    switch = nuke.nodes.Switch(inputs=[a, b], which=1)
    assert behind(write(switch)) == {"B": [1, 2]}
    switch["which"].setValue(7)
    assert behind(write(switch)) == {"B": [1, 2]}
    switch["which"].setExpression("frame > 1")
    assert behind(write(switch), 1, 2, 3) == {"A": [1], "B": [2, 3]}
    assert behind(write(switch), None) == {"A": [None], "B": [None]}


def test_disabled_nodes() -> None:
    below = m2fp(name="Below")
    node = m2fp(below, name="M")
    out = write(node)
    node["disable"].setValue(True)
    assert behind(out) == {"Below": [1, 2]}
    node["disable"].setExpression("frame == 2")
    assert behind(out) == {"M": [1], "Below": [1, 2]}
    late = nuke.nodes.TimeOffset(inputs=[node], time_offset=1, disable=True)
    assert behind(write(late))["M"] == [1]


def test_a_write_that_reads_its_file_hides_what_is_behind_it() -> None:
    first = write(m2fp(name="M"))
    assert behind(write(first)) == {"M": [1, 2]}
    first["reading"].setValue(True)
    assert behind(write(first)) == {}


def test_the_one_further_up_comes_first() -> None:
    low = m2fp(name="Z_low")
    middle = m2fp(nuke.nodes.Dot(inputs=[low]), name="B_middle")
    high = m2fp(middle, name="A_high")
    found = behind(write(nuke.nodes.Merge2(inputs=[low, high])))
    assert list(found) == ["Z_low", "B_middle", "A_high"]


def test_through_groups_in_and_out() -> None:
    read = nuke.nodes.Read()
    group = nuke.nodes.Group(name="G")
    with group:
        entry = nuke.nodes.Input()
        node = m2fp(entry, name="M")
        nuke.nodes.Output(inputs=[nuke.nodes.TimeOffset(inputs=[node], time_offset=1)])
    group.setInput(0, m2fp(read, name="Outside"))
    assert behind(write(group)) == {"Outside": [0, 1], "G.M": [0, 1]}
    assert plate(node) == ("Read1", 1)
    group["disable"].setValue(True)
    assert behind(write(group)) == {"Outside": [1, 2]}


def test_a_long_script() -> None:
    text = "M2FP {\n inputs 0\n name M\n}\n" + "Dot {\n}\n" * 1200 + "Write {\n name W\n}\n"
    application.current().session.paste(text)
    assert behind(nuke.toNode("W")) == {"M": [1, 2]}


# The Read behind a node


def test_the_plate_behind_what_leaves_pixels_alone() -> None:
    read = nuke.nodes.Read(name="Plate")
    at = read
    for kind in ("Dot", "NoOp", "FrameRange"):
        at = getattr(nuke.nodes, kind)(inputs=[at])
    assert plate(m2fp(at)) == ("Plate", 1)
    at = nuke.nodes.TimeOffset(inputs=[at], time_offset=3)
    assert plate(m2fp(at), 10) == ("Plate", 7)
    grade = nuke.nodes.Grade(inputs=[at], name="G")
    assert plate(m2fp(grade)) == "G changes the picture"
    grade["disable"].setValue(True)
    assert plate(m2fp(grade)) == ("Plate", -2)
    grade["disable"].setExpression("frame == 2")
    assert plate(m2fp(grade), 2) == ("Plate", -1)
    assert plate(m2fp(grade), 1) == "G changes the picture"


def test_the_plate_behind_a_switch() -> None:
    a, b = nuke.nodes.Read(name="A"), nuke.nodes.Read(name="B")
    switch = nuke.nodes.Switch(inputs=[a, b], which=1)
    assert plate(m2fp(switch)) == ("B", 1)
    switch["which"].setExpression("frame > 5")
    assert plate(m2fp(switch), 5) == ("A", 5)
    assert plate(m2fp(switch), 6) == ("B", 6)


def test_no_plate() -> None:
    assert plate(m2fp()) == "no Read is connected"
    assert plate(m2fp(nuke.nodes.Read(name="R", disable=True))) == "R is disabled"
    assert plate(m2fp(nuke.nodes.Constant(name="C"))) == "C changes the picture"
    assert plate(m2fp(nuke.nodes.Dot())) == "no Read is connected"


def test_another_node_of_ours_in_between() -> None:
    read = nuke.nodes.Read(name="R")
    first = m2fp(read, name="M")
    second = m2fp(first)
    assert plate(second) == ("R", 1)
    first["output"].setValue("keyed")
    assert plate(second) == "M changes the picture"
    first["output"].setValue("all layers")
    first["to0"].setValue("rgba.red")
    assert plate(second) == "M changes the picture"
    first["to0"].setValue("rgba.alpha")
    second["unpremult"].setValue(True)  # by an alpha that is the first one's matte
    assert plate(second) == "M changes the picture"
