"""The knobs of the fake: values, files, channels, links, and what scripts say of them."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from .fake_nuke import knobs
from .fake_nuke.knobs import user
from .fake_nuke.node import Node
from .fake_nuke.session import Session
from .fake_nuke.words import split


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def node(session: Session) -> Node:
    return session.create("NoOp")


def added(node: Node, definition: str) -> Any:
    knob = user.make(definition)
    node.addKnob(knob)
    return knob


LINKED = """
Group {
 inputs 0
 addUserKnob {41 from0 T pick.from0}
 %s
}
 Copy { inputs 0 name pick }
end_group
"""

DEFINITIONS = [
    '1 endpoint l "" t "Where the daemon listens." +INVISIBLE',
    '2 mask_path l "mask path"',
    "3 first -STARTLINE",
    '4 part M {person "upper clothes" "" hair}',
    '6 skip l "skip frames" +STARTLINE',
    "7 choke R -20 20 +DISABLED",
    "10 layers",
    "11 channel +HIDDEN",
    "12 at",
    "20 tab l M2FP",
    '20 more l "More ..." n 2',
    "20 endGroup n -1",
    r'22 press l Press t "Do \"it\"." T "print(\"a\")\nprint(\[1, 2])"',
    '26 "" T "<b>Title</b>"',
    '26 divider l "" +STARTLINE',
    "28 notes",
    "41 from0 l channel T pick.from0",
]


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_the_definition_of_a_user_knob_comes_back(definition: str) -> None:
    knob = user.make(definition)
    written = user.definition(knob)
    again = user.make(written)
    assert user.definition(again) == written
    assert sorted(word.text for word in split(written)) == sorted(word.text for word in split(definition))


@pytest.mark.parametrize("definition", ["", "what", "5 x", "7 x R 1", "7 x Q 1"])
def test_definitions_that_are_none(definition: str) -> None:
    with pytest.raises(RuntimeError, match="addUserKnob"):
        user.make(definition)


def test_flags(node: Node) -> None:
    knob = added(node, "7 choke l Choke t Pixels +HIDDEN +DISABLED")
    assert (knob.label(), knob.tooltip(), knob.visible(), knob.enabled()) == ("Choke", "Pixels", False, False)
    knob.setVisible(True)
    knob.setEnabled(True)
    assert (knob.visible(), knob.enabled()) == (True, True)
    assert knob.getFlag(knobs.STARTLINE)
    knob.clearFlag(knobs.STARTLINE)
    knob.setFlag(knobs.INVISIBLE)
    assert user.definition(knob) == "7 choke l Choke t Pixels -STARTLINE +INVISIBLE"
    assert not knob.visible()


def test_numbers(node: Node) -> None:
    whole, double, switch = added(node, "3 i"), added(node, "7 d"), added(node, "6 b")
    whole.setValue(2.6)
    double.setValue(2.5)
    switch.setValue(1)
    assert (whole.value(), double.value(), switch.value()) == (3, 2.5, True)
    assert isinstance(whole.value(), int)
    assert (whole.toScript(), double.toScript(), switch.toScript()) == ("3", "2.5", "true")
    with pytest.raises(TypeError, match="takes 1 numbers, not 'x'"):
        double.setValue("x")


def test_several_numbers(node: Node) -> None:
    at = added(node, "12 at")
    at.setValue([1, 2])
    assert (at.value(), at.value(1), at.toScript()) == ([1, 2], 2, "{1 2}")
    at.setValue(3)
    assert (at.value(), at.toScript()) == (3, "3")
    at.setExpression("at.x * 2", 1)
    assert at.hasExpression()
    assert not at.hasExpression(0)
    assert at.toScript() == '{3 {"at.x * 2"}}'


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("{{frame/2}}", "frame/2"),
        ('{{"frame + 1"}}', "frame + 1"),
        ('{{"frame + 1" i}}', "frame + 1"),
        ("{{frame + 1}}", "frame + 1"),
        ("{{1-on x1 0 x20 -200}}", "1-on"),
        (r'{{"\[value name] == 1"}}', "[value name] == 1"),
    ],
)
def test_expressions_in_scripts(node: Node, text: str, expression: str) -> None:
    knob = node["xpos"]
    knob.fromScript(text)
    assert knob.hasExpression()
    word = split(knob.toScript())[0].text
    other = node["ypos"]
    other.load(word)
    assert other.state() == knob.state()
    assert expression in str(knob.state())


def test_curves(session: Session, node: Node) -> None:
    knob: Any = node["xpos"]
    knob.fromScript("{{curve x1 0 x11 10 K x21 20 x31 30}}")
    assert [knob.getValueAt(frame) for frame in (0, 1, 6, 11, 21, 25, 40)] == [0, 0, 5, 10, 20, 20, 30]
    text = knob.toScript()
    node["ypos"].fromScript(text)
    assert node["ypos"].state() == knob.state()
    session.frame = 6
    knob.setValue(50)
    assert knob.getValueAt(6) == 50
    knob.clearAnimated()
    assert (knob.value(), knob.isAnimated()) == (50, False)


def test_an_expression_stays_until_it_is_cleared(session: Session, node: Node) -> None:
    knob: Any = node["xpos"]
    knob.setExpression("frame")
    knob.setValue(7)
    assert knob.value() == session.frame
    assert "NoOp1.xpos: setValue does nothing against an expression" in session.warnings
    knob.clearAnimated()
    knob.setValue(7)
    assert knob.value() == 7


def test_a_choice_is_matched_by_text_then_by_index(node: Node) -> None:
    knob = added(node, '4 people M {all 2 1 "a\\tb"}')
    for value, expected in (
        ("1", "1"),
        ("2", "2"),
        ("0", "all"),
        (1, "2"),
        (3, "a\tb"),
        ("a", "a\tb"),
        ("all", "all"),
    ):
        knob.setValue(value)
        assert knob.value() == expected
    assert knob.getValue() == 0
    assert knob.values() == ["all", "2", "1", "a\tb"]
    for wrong in ("nobody", 9, "-1"):
        with pytest.raises(ValueError, match="is none of"):
            knob.setValue(wrong)


def test_a_choice_by_expression(session: Session) -> None:
    read = session.create("Read", 'on_error {{"frame > 1"}}')
    assert read["on_error"].value() == "error"
    session.frame = 2
    assert read["on_error"].value() == "black"
    assert read["on_error"].toScript() == '{{"frame > 1"}}'


def test_a_choice_that_a_script_has_wrong(session: Session) -> None:
    read = session.create("Read", "before never")
    assert read["before"].value() == "hold"
    assert session.warnings == ["Read1.before: 'never' is none of hold, loop, bounce, black"]


def test_files(session: Session) -> None:
    session.root["views"].setValue("left #f00\nright #0f0")
    read = session.create("Read", 'file "/p/\\[value name]/%V/%v_a.####.exr"')
    file: Any = read["file"]
    assert file.value() == "/p/[value name]/%V/%v_a.####.exr"
    assert file.evaluate(7) == "/p/Read1/left/l_a.0007.exr"
    assert file.getEvaluatedValue() == "/p/Read1/left/l_a.####.exr"
    session.create("Read", 'file "\\[value Read1.file]"')
    other: Any = session.root.node("Read2")
    assert file.evaluated_text() == "/p/Read1/%V/%v_a.####.exr"
    with session.at(1234, "right"):
        assert other["file"].evaluate() == "/p/Read1/right/r_a.1234.exr"
        assert file.evaluate() == "/p/Read1/right/r_a.1234.exr"
    for name, path in (
        ("a.%04d.exr", "a.0012.exr"),
        ("a.%d.exr", "a.12.exr"),
        ("a.##.exr", "a.12.exr"),
        ("a", "a"),
    ):
        file.setValue(name)
        assert file.evaluate(12) == path


def test_only_text_typed_by_a_user_holds_a_range(session: Session) -> None:
    read = session.create("Read")
    file: Any = read["file"]
    file.setValue("/p/a.####.exr 5-9")
    assert (file.value(), read["first"].value()) == ("/p/a.####.exr 5-9", 1)
    file.fromUserText("/p/a b.####.exr 5-9")
    assert file.value() == "/p/a b.####.exr"
    assert [read[name].value() for name in ("first", "last", "origfirst", "origlast")] == [5, 9, 5, 9]


def test_backslashes_in_a_file_name_are_told(session: Session) -> None:
    session.create("Read")["file"].setValue("C:\\plates\\a.exr")
    assert session.warnings == ["Read1.file: a backslash in the file name C:\\plates\\a.exr"]


def test_reload_bumps_the_version(session: Session) -> None:
    read: Any = session.create("Read")
    read["reload"].execute()
    read["reload"].execute()
    assert read["version"].value() == 2


def test_channels_have_to_be_declared(session: Session) -> None:
    copy = session.create("Copy")
    copy["from0"].setValue("hair.alpha")
    assert copy["from0"].value() == "none"
    assert session.warnings == ["Copy1.from0: the channel hair.alpha is not declared: now none"]
    session.layers.add("hair", ["hair.alpha"])
    copy["from0"].setValue("hair.alpha")
    copy["to0"].setValue("red")
    assert (copy["from0"].value(), copy["to0"].value()) == ("hair.alpha", "rgba.red")


def test_sets_of_channels(session: Session) -> None:
    session.layers.add("hair", ["hair.alpha"])
    write: Any = session.create("Write")
    for text, channels in (
        ("rgb", ["rgba.red", "rgba.green", "rgba.blue"]),
        ("hair", ["hair.alpha"]),
        ("rgba.red -rgba.green hair.alpha", ["rgba.red", "hair.alpha"]),
        ("none", []),
    ):
        write["channels"].setValue(text)
        assert write["channels"].channels() == channels
    write["channels"].setValue("rgb nobody")
    assert write["channels"].value() == "rgb"
    assert session.warnings == ["Write1.channels: the channel nobody is not declared: left out"]


def test_layers_that_may_not_be(session: Session) -> None:
    layers = session.layers
    for name, channels in (
        ("rgba", ["rgba.beta"]),
        ("mask_hair", ["alpha"]),
        ("mask", ["mask.b"]),
        ("hair", ["hair.A"]),
        ("left-arm", ["alpha"]),
        ("hair", ["hair.too.deep"]),
    ):
        with pytest.raises(ValueError, match=r"reserved|more than one letter|no layer"):
            layers.add(name, channels)
    assert layers.add("depth", ["depth.Z"]).channels() == ["depth.Z"]
    assert layers.add("hair", ["alpha"]).channels() == ["hair.alpha"]
    with pytest.raises(ValueError, match="more than 1023 channels"):
        layers.add("many", [f"channel{number}" for number in range(1023)])


def test_a_link_is_the_other_knob(session: Session) -> None:
    group: Any = session.paste(LINKED % "")[0]
    link, target = group["from0"], group.node("pick")["from0"]
    assert link.getLinkedKnob() is target
    link.setValue("red")
    assert (target.value(), link.value(), link.toScript()) == ("rgba.red", "rgba.red", "rgba.red")
    link.setLink("nobody.from0")
    assert link.getLinkedKnob() is None
    with pytest.raises(RuntimeError, match=r"nothing called nobody\.from0"):
        link.value()


def test_a_value_for_a_link_to_nothing_is_told(session: Session) -> None:
    session.paste(LINKED % "from0 rgba.red")
    assert session.warnings == ["Group1.from0: a value for a link to pick.from0, which is not there"]


def test_a_button_is_pressed_through_the_session(session: Session, node: Node) -> None:
    pressed: list[str] = []
    session.on_press = lambda knob: pressed.append(knob.value())
    added(node, '22 go T "print(1)"').execute()
    assert pressed == ["print(1)"]


def test_a_knob_used_in_a_thread_is_noted(session: Session, node: Node) -> None:
    knob = node["label"]
    thread = threading.Thread(target=lambda: knob.setValue("x"), name="worker")
    thread.start()
    thread.join(10)
    assert session.violations == ["EvalString_Knob.setValue used in thread worker"]


def test_a_knob_on_no_node_has_none() -> None:
    knob = knobs.Int_Knob("a", "A", 3)
    assert (knob.value(), knob.label()) == (3, "A")
    with pytest.raises(ValueError, match="not attached"):
        knob.node()
