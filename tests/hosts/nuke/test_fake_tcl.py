"""The TCL and the expressions in the fake's knobs."""

from __future__ import annotations

from pathlib import Path

import pytest

from .fake_nuke.faults import EvaluationError
from .fake_nuke.node import Node
from .fake_nuke.session import Session
from .fake_nuke.tcl import Tcl

SCRIPT = """
Root { inputs 0 first_frame 1001 last_frame 1010 frame 1003 }
Read { inputs 0 name plate file /plates/a.####.exr first 5 last 9 }
Group {
 name G
 addUserKnob {20 User}
 addUserKnob {1 path}
 path "\\[file dirname \\[value root.name]]/m2fp/\\[value name].####.exr"
 addUserKnob {7 amount}
 amount 2.5
 addUserKnob {4 mode M {error black "pass through"}}
 mode "pass through"
 addUserKnob {6 on}
 on true
 addUserKnob {12 at}
 at {3 4}
}
 Input { inputs 0 name Input1 }
 Read { inputs 0 name masks file "\\[value parent.path]" first {{parent.amount+1}} }
 NoOp { inputs 0 name noop label "\\[value this.name] of \\[value parent.name]" }
end_group
"""


@pytest.fixture
def session(tmp_path: Path) -> Session:
    (tmp_path / "shot.nk").write_text(SCRIPT)
    opened = Session()
    opened.open(str(tmp_path / "shot.nk"))
    assert opened.warnings == []
    return opened


@pytest.fixture
def inner(session: Session) -> Node:
    node = session.root.node("G.noop")
    assert node is not None
    return node


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("[value name]", "noop"),
        ("[value this.name]", "noop"),
        ("[value parent.name]", "G"),
        ("[value parent.masks.name]", "masks"),
        ("[value masks.name]", "masks"),
        ("[value root.plate.first]", "5"),
        ("[value root.G.amount]", "2.5"),
        ("[value parent.mode]", "pass through"),
        ("[value amount]", "2.5"),
        ("[knob label]", "\\[value this.name\\] of [value parent.name]".replace("\\", "")),
        ("[value label]", "noop of G"),
        ("[numvalue parent.mode]", "2"),
        ("[frame]", "1003"),
        ("[format %04d [frame]]", "1003"),
        ("[format %s-%03d a 7]", "a-007"),
        ("[exists parent.path] [exists parent.nothing] [exists nobody.name]", "1 0 0"),
        ("[file dirname /a/b/c.exr] [file dirname c] [file dirname /a]", "/a/b . /"),
        ("[file tail /a/b.exr] [file rootname /a/b.exr] [file extension b.exr]", "b.exr /a/b .exr"),
        ("[file join /a b c]", "/a/b/c"),
        ("[file exists /nowhere/at/all]", "0"),
        ("[string map {a 1 bb 2} abba]", "12a".replace("12a", "121")),
        ("[string map [list #### [format %04d [frame]]] x.####.exr]", "x.1003.exr"),
        ("[string tolower ABC][string toupper d][string length four]", "abcD4"),
        ("[string equal a a] [string range abcdef 1 end-1]", "1 bcde"),
        ("[lindex {a {b c} d} 1] [llength {a b}] [join {a b} -]", "b c 2 a-b"),
        ("[lindex [split /a/b /] end]", "b"),
        ("[expr 7/2] [expr 7/2.0] [expr {[frame] > 1000}]", "3 3.5 1"),
        ('[expr {[value name] eq "noop"}]', "1"),
        ("[if {[value parent.on]} {return yes} else {return no}]", "yes"),
        ("[if {0} {return a} elseif {1} {return b} else {return c}]", "b"),
        ("[expression parent.amount*2]", "5"),
        (r"\[no command\] and [frame]", "[no command] and 1003"),
    ],
)
def test_commands(inner: Node, text: str, result: str) -> None:
    assert Tcl(inner).substitute(text) == result


def test_a_file_is_looked_for(inner: Node, tmp_path: Path) -> None:
    assert Tcl(inner).substitute(f"[file exists {tmp_path}/shot.nk]") == "1"


def test_the_environment(inner: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOT", "ab010")
    assert Tcl(inner).substitute("[getenv SHOT]") == "ab010"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[exec ls]", "unknown TCL command: exec"),
        ("[file delete x]", "unknown TCL command: file delete"),
        ("[value nobody.name]", "nothing called nobody.name"),
        ("[value]", "should be value NAME"),
        ("[getenv M2FP_NO_SUCH_VARIABLE]", "no environment variable"),
        ("[frame", "not closed"),
        ("[string map {a} a]", "odd number"),
        ("[format %d x]", "format"),
        ("[expr 1/0]", "division by zero"),
    ],
)
def test_commands_that_fail(inner: Node, text: str, said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        Tcl(inner).substitute(text)


def test_python_is_counted_and_refused(session: Session, inner: Node) -> None:
    inner["label"].setValue("[python nuke.frame()]")
    with pytest.raises(RuntimeError, match="refused"):
        inner["label"].evaluated()
    assert session.python_expressions == 1


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1+2*3", 7),
        ("(1+2)*3 % 5", 4),
        ("-2**2", -4),
        ("7/2", 3.5),
        ("1 ? 2 : 3 ? 4 : 5", 2),
        ("0 ? nobody.knob : 3", 3),
        ("0 && nobody", 0),
        ("1 || nobody", 1),
        ("!0 && 2 > 1 && 2 >= 2 && 1 != 2", 1),
        ("frame", 1003),
        ("root.first_frame", 1001),
        ("root.last_frame - root.first_frame + 1", 10),
        ("parent.amount", 2.5),
        ("parent.mode == 2 && parent.on", 1),
        ("amount * 2", 5),
        ("parent.at.y + parent.at.x", 7),
        ("parent.masks.first", 4),
        ("min(3, 2) + max(3, 2) + int(2.9) + abs(-1) + floor(1.5) + clamp(7, 0, 2)", 11),
        ("[value parent.amount] + 1", 3.5),
        ('"[frame]" + 1', 1004),
        ("root.plate.last_frame", 9),
        ("parent.mode > 1 ? 1 : 0", 1),
    ],
)
def test_expressions(session: Session, inner: Node, text: str, result: float) -> None:
    inner["xpos"].setExpression(text)  # type: ignore[attr-defined]
    assert inner["xpos"].value() == result


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 +",
        "1 2",
        "nobody.knob",
        "parent.nothing",
        "f(1, 2)",
        "parent.path + 1",
        "(1",
        "1/0",
        "root.at.q",
    ],
)
def test_expressions_that_fail(inner: Node, text: str) -> None:
    inner["ypos"].load(f'{{"{text}"}}')
    if text:
        with pytest.raises(EvaluationError):
            inner["ypos"].value()


def test_an_expression_at_another_frame(session: Session, inner: Node) -> None:
    group = session.root.node("G")
    assert group is not None
    group["amount"].load("{curve x1001 0 x1011 10}")
    inner["xpos"].load("{parent.amount(frame-1)}")
    assert group["amount"].value() == 2
    assert inner["xpos"].value() == 1


def test_an_expression_of_itself(inner: Node) -> None:
    inner["xpos"].load("{ypos}")
    inner["ypos"].load("{xpos}")
    with pytest.raises(EvaluationError, match="refers to itself"):
        inner["xpos"].value()


def test_a_text_of_itself(inner: Node) -> None:
    inner["label"].setValue("[value label]")
    with pytest.raises(EvaluationError, match="refers to itself"):
        inner["label"].evaluated()
