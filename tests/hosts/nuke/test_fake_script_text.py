"""The fake's reading of scripts: how their text is quoted, and how the stack connects nodes."""

from __future__ import annotations

import pytest

from .fake_nuke.faults import ScriptError
from .fake_nuke.node import Node
from .fake_nuke.script_text import parse
from .fake_nuke.session import Session
from .fake_nuke.words import Scanner, quote, split


@pytest.fixture
def session() -> Session:
    return Session()


def texts(text: str) -> list[str]:
    return [word.text for word in split(text)]


def opened(session: Session, text: str) -> dict[str, Node]:
    session.paste(text)
    return {node.name(): node for node in session.root.nodes()}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a b\tc\n d", ["a", "b", "c", "d"]),
        ('"two words" {also two} one', ["two words", "also two", "one"]),
        (r'"a \"quote\", a \\ and a \[bracket]"', ['a "quote", a \\ and a [bracket]']),
        (r'"line\nline\ttab"', ["line\nline\ttab"]),
        ('"a real\nnew line"', ["a real\nnew line"]),
        ("{a {b {c}} d} {}", ["a {b {c}} d", ""]),
        (r"{a \} b \{ c}", [r"a \} b \{ c"]),
        (r"a\ b", ["a b"]),
        ("{[file dirname [value root.name]]}", ["[file dirname [value root.name]]"]),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert texts(text) == words


@pytest.mark.parametrize("text", ["{a", '"a', '{a}b "c', '"a"b'])
def test_words_that_do_not_end(text: str) -> None:
    with pytest.raises(ScriptError):
        split(text)


@pytest.mark.parametrize(
    "text",
    ["", "plain", "two words", '"', "\\", "[value x]", "{", "}", "a\nb\tc", "$x", "a;b", "{a} \\[b]", "#1"],
)
def test_quoting_is_undone_by_splitting(text: str) -> None:
    assert texts(quote(text)) == [text]


def test_commands_end_at_new_lines_and_semicolons() -> None:
    scanner = Scanner(
        "# a comment; it ends here\npush 0; push \\\n $N1\n\n", command=lambda inside: f"[{inside}]"
    )
    commands = []
    while (command := scanner.command()) is not None:
        commands.append([word.text for word in command])
    assert commands == [["push", "0"], ["push", "$N1"]]


def test_a_script_taken_apart() -> None:
    statements = parse(
        """#! /opt/Nuke/Nuke -nx
#write_info Write1 file:"/a/b.exr" format:"2048 1556 1"
version 13.0 v1
define_window_layout_xml {<?xml version="1.0"?>
<layout version="1.0"><window x="0"/></layout>
}
Root {
 inputs 0
 name /shots/a.nk
 views "left #ff0000
right #00ff00"
}
add_layer {hair hair.alpha}
Read {
 inputs 0
 file "/plates/a b.####.exr"
}
set Nc0ffee00 [stack 0]
push 0
push $Nc0ffee00
end_group
""",
        "a.nk",
    )
    assert [(each.command, each.argument, each.line) for each in statements] == [
        ("node", "Root", 7),
        ("add_layer", "hair hair.alpha", 13),
        ("node", "Read", 14),
        ("set", "Nc0ffee00 0", 18),
        ("push", "0", 19),
        ("push", "Nc0ffee00", 20),
        ("end_group", "", 21),
    ]
    assert statements[0].value("views") == "left #ff0000\nright #00ff00"
    assert statements[2].value("file") == "/plates/a b.####.exr"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("NoOp {\n}\nclone node7f3a {\n xpos 1\n}", 3),
        ("\nsystem {rm -rf /}extra", 2),
        ("set N1 [knob a]", 1),
        ("push $N1", 1),
        ("push 1", 1),
        ("NoOp {\n name a\n label\n}", 3),
        ("\nNoOp {\n name a", 2),
        ('NoOp {\n label "open\n}', 2),
        ("end_group", 1),
        ("\nGroup {\n}\nNoOp {\n}", 2),
        ("NoOp {\n inputs two\n}", 1),
        ("NoOp {\n addUserKnob {99 what}\n}", 1),
        ("load /a/b.tcl", 1),
    ],
)
def test_an_error_names_its_line(session: Session, text: str, line: int) -> None:
    with pytest.raises(ScriptError, match=f"clipboard, line {line}: ") as caught:
        session.paste(text)
    assert caught.value.line == line


def test_the_top_of_the_stack_is_the_first_input(session: Session) -> None:
    nodes = opened(
        session,
        """
Read {
 inputs 0
 name A
}
Read { inputs 0 name B }
Merge2 {
 inputs 2
 name both
}
NoOp {
 name after
}
""",
    )
    assert nodes["both"].input(0) is nodes["B"]
    assert nodes["both"].input(1) is nodes["A"]
    assert nodes["after"].input(0) is nodes["both"]
    assert session.warnings == []


def test_variables_and_empty_inputs(session: Session) -> None:
    nodes = opened(
        session,
        """
set cut_paste_input [stack 0]
push $cut_paste_input
Dot { name plate }
set N1 [stack 0]
NoOp { name first }
push $N1
NoOp { name second }
push 0
push $N1
Copy { inputs 2 name copy }
push $N1
push 0
Switch { inputs 2 name choice }
""",
    )
    assert nodes["plate"].input(0) is None
    assert nodes["second"].input(0) is nodes["plate"]
    assert (nodes["copy"].input(0), nodes["copy"].input(1)) == (nodes["plate"], None)
    assert (nodes["choice"].input(0), nodes["choice"].input(1)) == (None, nodes["plate"])


def test_the_mask_input_comes_after_a_plus(session: Session) -> None:
    nodes = opened(
        session,
        """
NoOp { inputs 0 name m }
NoOp { inputs 0 name a }
NoOp { inputs 0 name b }
set B [stack 0]
Merge2 { inputs 2+1 name merge }
push $B
push $B
Grade { inputs 1+1 name grade }
""",
    )
    merge = nodes["merge"]
    assert [merge.input(index) for index in range(3)] == [nodes["b"], nodes["a"], nodes["m"]]
    assert [nodes["grade"].input(index) for index in range(2)] == [nodes["b"], nodes["b"]]


def test_a_read_without_inputs_0_takes_a_node_off_the_stack(session: Session) -> None:
    opened(session, "NoOp { inputs 0 }\nRead { file /a.exr }")
    assert session.warnings == ["clipboard, line 2: Read1 has no input 0: inputs 0 is missing"]


def test_a_pasted_text_is_connected_to_what_is_selected(session: Session) -> None:
    plate = session.create("NoOp")
    made = session.paste("set cut_paste_input [stack 0]\npush $cut_paste_input\nDot { }", onto=plate)
    assert made[0].input(0) is plate


def test_a_group_has_a_stack_of_its_own(session: Session) -> None:
    nodes = opened(
        session,
        """
NoOp { inputs 0 name plate }
set P [stack 0]
Group {
 name G
 addUserKnob {20 User}
 addUserKnob {41 alpha T keep.from0}
}
 Input { inputs 0 name Input1 }
 set I [stack 0]
 Input { inputs 0 name Input2 number 1 }
 push $I
 Copy { inputs 2 name keep }
 Output { name Output1 }
end_group
NoOp { name after }
""",
    )
    group = nodes["G"]
    assert group.input(0) is nodes["plate"]
    assert group.maxInputs() == 2
    assert nodes["after"].input(0) is group
    inside = group.child("keep")
    assert inside is not None
    assert [node.name() for _, node in inside.wiring.sources()] == ["Input1", "Input2"]
    assert inside.fullName() == "G.keep"
    assert session.warnings == []


def test_a_class_that_nobody_has(session: Session) -> None:
    nodes = opened(
        session,
        "NoOp { inputs 0 name plate }\n"
        'SpecialBlur {\n name blur\n size {{"a b"}}\n label "x \\[y]"\n}\n'
        "Dot { name after }",
    )
    assert session.errors == ["clipboard, line 2: SpecialBlur: Unknown command"]
    blur = nodes["blur"]
    assert blur.Class() == "SpecialBlur"
    assert blur.input(0) is nodes["plate"]
    assert nodes["after"].input(0) is blur
    assert (
        'SpecialBlur {\n name blur\n label "x \\[y]"\n xpos 0\n ypos 0\n size {{"a b"}}\n}'
        in session.copy([blur])
    )
    with pytest.raises(RuntimeError, match="nobody has nodes of class SpecialBlur"):
        session.flatten(nodes["after"])


def test_unknown_knobs_are_kept_and_told(session: Session) -> None:
    node = opened(session, 'NoOp {\n inputs 0\n oddity {1 {curve x1 0}}\n other "a b"\n}')["NoOp1"]
    assert session.warnings == ["NoOp1: there is no knob oddity", "NoOp1: there is no knob other"]
    assert ' oddity {1 {curve x1 0}}\n other "a b"\n' in session.copy([node])


def test_old_names_of_knobs(session: Session) -> None:
    node = opened(session, "FrameHold { inputs 0 first_frame 1001 }")["FrameHold1"]
    assert node["firstFrame"].value() == 1001
