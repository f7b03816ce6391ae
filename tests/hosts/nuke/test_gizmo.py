"""The text of ``M2FP.gizmo`` against its promises, and what survives a script that is saved and opened."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from m2fp_host.frames.parts import MOST_PEOPLE, PARTS

from .desk import GIZMOS
from .fake_nuke import api as nuke
from .fake_nuke import application
from .fake_nuke.application import Application
from .fake_nuke.knobs import user
from .fake_nuke.script_text import Statement, parse
from .pythons import ALWAYS, python_of

ALLOWED = {
    *("Input", "Output", "Read", "Write", "Copy", "Switch", "NoOp", "Dot", "BackdropNode", "Shuffle"),
    *("ChannelMerge", "Premult", "Unpremult", "Merge2", "Remove", "Expression", "Reformat", "StickyNote"),
}
"""Classes that are the same in Nuke 13 to 17."""

LEFT_OUT = (nuke.Tab_Knob, nuke.Text_Knob, nuke.PyScript_Knob)
"""Knobs that hold nothing of the artist's."""

RUN_WITHOUT_THE_PLUG_IN = """
import json, sys
messages = []
class Nuke:
    message = staticmethod(messages.append)
    thisNode = None
for name, text in json.loads(sys.argv[1]).items():
    exec(compile(text, name, "exec"), {"nuke": Nuke})
print(json.dumps(messages))
"""


@pytest.fixture(scope="module")
def text() -> str:
    return (GIZMOS / "M2FP.gizmo").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def statements(text: str) -> list[Statement]:
    """The gizmo itself, then what is inside it."""
    return parse(text, "M2FP.gizmo")


@pytest.fixture(scope="module")
def knobs(statements: list[Statement]) -> dict[str, Any]:
    """The knobs that the gizmo defines, by name."""
    defined = [user.make(value.word.text) for value in statements[0].values if value.knob == "addUserKnob"]
    assert len({knob.name() for knob in defined}) == len(defined)
    return {knob.name(): knob for knob in defined}


@pytest.fixture(scope="module")
def callbacks(statements: list[Statement], knobs: dict[str, Any]) -> dict[str, str]:
    """All Python in the gizmo, by the knob that holds it."""
    buttons = {
        name: str(knob.value()) for name, knob in knobs.items() if isinstance(knob, nuke.PyScript_Knob)
    }
    return {**buttons, **{name: statements[0].value(name) for name in ("knobChanged", "onCreate")}}


@pytest.fixture
def running() -> Iterator[Application]:
    """A Nuke that finds the gizmo, and nothing else of the plug-in."""
    with application.running(gui=True) as one:
        one.plugins.add(str(GIZMOS))
        yield one
        assert (one.warnings(), one.session.errors, one.faults()) == ([], [], [])


def test_it_opens_in_every_nuke(text: str, statements: list[Statement]) -> None:
    head, *inside = statements
    assert text.splitlines()[1] == "version 7.0 v1"
    assert head.argument == "Gizmo"
    classes = {statement.argument for statement in inside if statement.command == "node"}
    assert classes <= ALLOWED
    assert text.isascii()


def test_it_asks_python_for_nothing_when_it_is_evaluated(text: str) -> None:
    assert "[python" not in text.replace("\\[", "[")


def test_every_part_can_be_picked_and_its_layer_is_declared(
    statements: list[Statement], knobs: dict[str, Any], running: Application
) -> None:
    from m2fp_nuke.parts import channel_of

    assert sorted(knobs["part"].values()) == sorted(PARTS)
    assert knobs["people"].values() == ["all", *(str(one) for one in range(1, MOST_PEOPLE + 1))]
    declared = [statement.argument for statement in statements if statement.command == "add_layer"]
    assert sorted(declared) == sorted(f"{part} {channel_of(part)}" for part in PARTS)
    nuke.createNode("M2FP")
    assert set(PARTS) <= set(nuke.layers())


def test_every_engine_and_choice_is_one_that_the_plug_in_knows(
    knobs: dict[str, Any], running: Application
) -> None:
    from m2fp_nuke import settings

    assert knobs["source"].values() == [settings.AUTOMATIC, settings.PLATE_FILE, settings.RENDER]
    assert knobs["missing"].values()[0] == settings.ERROR


def test_every_knob_says_what_it_is_for(knobs: dict[str, Any]) -> None:
    seen = [
        knob
        for knob in knobs.values()
        if not isinstance(knob, nuke.Tab_Knob) and knob.label() and not knob.getFlag(nuke.INVISIBLE)
    ]
    assert len(seen) > 25
    assert [knob.name() for knob in seen if not knob.tooltip().endswith(".")] == []


def test_all_python_is_guarded(callbacks: dict[str, str]) -> None:
    """Only the import is tried, so that no other fault is taken for a plug-in that is missing."""
    assert len(callbacks) == 7
    for name, source in callbacks.items():
        (guard,) = ast.parse(source, name, feature_version=(3, 7)).body
        assert isinstance(guard, ast.Try), name
        (imported,), (handler,), (call,) = guard.body, guard.handlers, guard.orelse
        assert isinstance(imported, ast.ImportFrom), name
        assert imported.module == "m2fp_nuke"
        assert isinstance(handler.type, ast.Name), name
        assert handler.type.id == "ImportError"
        assert ast.unparse(call).startswith(f"{imported.names[0].name}."), name


def test_what_the_buttons_call_is_there(callbacks: dict[str, str], running: Application) -> None:
    from m2fp_nuke import buttons, node_callbacks

    modules = {"buttons": buttons, "node_callbacks": node_callbacks}
    for source in callbacks.values():
        module, function = source.rpartition("else:\n")[2].strip().partition("(")[0].split(".")
        assert callable(getattr(modules[module], function))


@pytest.mark.parametrize("version", ALWAYS)
def test_without_the_plug_in_only_buttons_speak(callbacks: dict[str, str], version: str) -> None:
    command = [python_of(version), "-I", "-c", RUN_WITHOUT_THE_PLUG_IN, json.dumps(callbacks)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    messages = json.loads(done.stdout)
    assert len(messages) == 5
    assert all("run python3 install.py nuke" in message for message in messages)


def test_inner_nodes_hang_on_knobs_of_the_gizmo(statements: list[Statement], knobs: dict[str, Any]) -> None:
    """A gizmo forgets what Python sets inside it, so what changes from node to node comes from outside."""
    nodes = {one.value("name"): one for one in statements[1:] if one.command == "node"}
    hanging = {
        (name, value.knob): value.word.text
        for name, node in nodes.items()
        for value in node.values
        if "parent." in value.word.text
    }
    assert set(hanging) == {
        *(("masks", knob) for knob in ("file", "version", "first", "last", "on_error")),
        *(("masks", knob) for knob in ("origfirst", "origlast")),
        ("output_switch", "which"),
        ("missing_switch", "which"),
    }
    named = {name for text in hanging.values() for name in re.findall(r"parent\.(\w+)", text)}
    assert named == {"mask_path", "masks_version", "first", "last", "missing", "output"}
    assert named <= set(knobs)
    links = {knob.getLink() for knob in knobs.values() if isinstance(knob, nuke.Link_Knob)}
    assert links == {"pick.from0", "place.to0"}


def test_the_inner_nodes_at_rest(statements: list[Statement]) -> None:
    nodes = {one.value("name"): one for one in statements[1:] if one.command == "node"}
    write, masks = nodes["plate_write"], nodes["masks"]
    assert (write.value("disable"), write.value("file")) == ("true", "")
    assert (write.value("raw"), write.value("file_type"), write.value("datatype")) == (
        "true",
        "exr",
        "16 bit half",
    )
    assert (masks.value("raw"), masks.value("before"), masks.value("after")) == ("true", "black", "black")
    assert masks.value("localizationPolicy") == "off"
    assert (masks.value("auto_alpha"), masks.value("premultiplied")) == ("false", "false")


def changed(knob: Any) -> Any:
    """Another value than the one ``knob`` has."""
    if isinstance(knob, nuke.Enumeration_Knob):
        return knob.values()[-1]
    if isinstance(knob, nuke.Boolean_Knob):
        return not knob.value()
    if isinstance(knob, nuke.Link_Knob):
        return "hair.alpha"
    if isinstance(knob, nuke.Int_Knob):
        return 1007
    if isinstance(knob, nuke.Double_Knob):
        return 0.625
    return '/shots/a b/{x} "y" $z/[value name].####.exr'


def values(node: Any, names: list[str]) -> dict[str, Any]:
    return {name: node[name].value() for name in names}


def inside(running: Application, node: Any) -> list[dict[str, Any]]:
    """What Nuke would evaluate for the node's picture."""
    return running.session.flatten(node, 1007)


@pytest.mark.parametrize("kind", ["gizmo", "baked"])
def test_every_knob_survives_saving_and_opening(
    kind: str, running: Application, knobs: dict[str, Any], tmp_path: Path
) -> None:
    kept = [name for name, knob in knobs.items() if not isinstance(knob, LEFT_OUT)]
    node: Any = nuke.createNode("M2FP")
    before = values(node, kept)
    for name in kept:
        if not isinstance(node[name], nuke.Link_Knob) and node[name].hasExpression():
            node[name].clearAnimated()
        node[name].setValue(changed(node[name]))
    if kind == "baked":
        group = node.makeGroup()
        nuke.delete(node)
        group.setName("M2FP1")
        node = group
    wanted, picture = values(node, kept), inside(running, node)
    assert [name for name in kept if wanted[name] == before[name]] == []

    running.session.save(str(tmp_path / "a.nk"))
    running.open_script(str(tmp_path / "a.nk"))
    node = nuke.toNode("M2FP1")
    assert node.Class() == ("Group" if kind == "baked" else "M2FP")
    assert values(node, kept) == wanted
    assert inside(running, node) == picture


def test_an_untouched_node_follows_the_script(running: Application, tmp_path: Path) -> None:
    node: Any = nuke.createNode("M2FP")
    running.session.save(str(tmp_path / "a.nk"))
    text = (tmp_path / "a.nk").read_text()
    assert "mask_path" not in text, "a default is not saved, so that a new default is used"
    running.open_script(str(tmp_path / "a.nk"))
    nuke.root()["first_frame"].setValue(1001)
    nuke.root()["last_frame"].setValue(1024)
    node = nuke.toNode("M2FP1")
    assert (node["first"].value(), node["last"].value()) == (1001, 1024)
    assert node.node("masks")["file"].evaluate(1003) == f"{tmp_path}/m2fp/M2FP1/M2FP1.1003.exr"
