"""Dialogs, progress windows and menus of the fake, with its GUI and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .fake_nuke import api as nuke
from .fake_nuke import application
from .fake_nuke.application import Application
from .fake_nuke.artist import Artist
from .fake_nuke.dialogs import UnexpectedDialog
from .fake_nuke.menus import Menu, MenuItem


@pytest.fixture
def nodes_menu(running: Application) -> Menu:
    menu = nuke.menu("Nodes")
    assert menu is not None
    return menu


@pytest.mark.parametrize(
    "ask",
    [
        lambda: nuke.message("text"),
        lambda: nuke.ask("text"),
        lambda: nuke.getInput("text"),
        lambda: nuke.getFilename("text"),
        lambda: nuke.menu("Nodes"),
        lambda: nuke.ProgressTask("text"),
    ],
)
def test_there_are_no_windows_without_a_gui(ask: Callable[[], Any]) -> None:
    with application.running(), pytest.raises(RuntimeError, match="needs the GUI"):
        ask()


def test_messages_are_kept(artist: Artist) -> None:
    nuke.message("the daemon does not answer")
    assert artist.messages == ["the daemon does not answer"]


def test_questions_get_the_prepared_answers(artist: Artist) -> None:
    artist.answers.extend([True, "shot", None, "/plates/a.exr"])
    assert nuke.ask("overwrite?") is True
    assert nuke.getInput("name?", "default") == "shot"
    assert nuke.getInput("cancelled?") is None
    assert nuke.getFilename("where?") == "/plates/a.exr"
    assert [kind for kind, _ in artist.questions] == ["ask", "getInput", "getInput", "getFilename"]
    assert not artist.faults


def test_an_unexpected_question_is_an_error_that_cant_be_hidden(artist: Artist) -> None:
    with pytest.raises(UnexpectedDialog, match="overwrite"):
        nuke.ask("overwrite?")
    assert artist.faults == ["unexpected dialog: nuke.ask: overwrite?"]


def test_a_menu_command_runs(artist: Artist, nodes_menu: Menu) -> None:
    told: list[str] = []
    nodes_menu.addCommand("M2FP/Parse", lambda: told.append("function"))
    nodes_menu.addCommand("M2FP/Make", "nuke.createNode('NoOp')", tooltip="a node")
    artist.choose_menu("Nodes/M2FP/Parse")
    artist.choose_menu("Nodes/M2FP/Make")
    assert told == ["function"]
    assert nuke.selectedNode().name() == "NoOp1"
    item = artist.menu("Nodes/M2FP/Make")
    assert isinstance(item, MenuItem)
    assert item.tooltip() == "a node"


def test_a_command_of_the_same_name_replaces_the_first(nodes_menu: Menu) -> None:
    nodes_menu.addCommand("A", "first")
    nodes_menu.addCommand("B", "b")
    nodes_menu.addCommand("A", "second")
    assert [(item.name(), item.script()) for item in nodes_menu.items() if isinstance(item, MenuItem)] == [
        ("B", "b"),
        ("A", "second"),
    ]


def test_menus_are_found_and_made_once(nodes_menu: Menu) -> None:
    first = nodes_menu.addMenu("M2FP", icon="M2FP.png")
    assert nodes_menu.addMenu("M2FP") is first
    assert nodes_menu.findItem("M2FP") is first
    assert nodes_menu.findItem("M2FP/nothing") is None
    nodes_menu.removeItem("M2FP")
    assert nodes_menu.findItem("M2FP") is None
    assert nuke.menu("No such menu") is None


def test_icons_are_found_on_the_plug_in_path(running: Application, nodes_menu: Menu, tmp_path: Path) -> None:
    (tmp_path / "icons").mkdir()
    (tmp_path / "icons" / "M2FP.png").touch()
    item = nodes_menu.addCommand("M2FP", "", icon="M2FP.png")
    assert item.icon() == ""
    nuke.pluginAddPath(str(tmp_path / "icons"))
    assert item.icon() == str(tmp_path / "icons" / "M2FP.png")


def test_greyed_out_and_missing_commands(artist: Artist, nodes_menu: Menu) -> None:
    nodes_menu.addCommand("Grey", "1 / 0").setEnabled(False)
    with pytest.raises(RuntimeError, match="greyed out"):
        artist.choose_menu("Nodes/Grey")
    with pytest.raises(ValueError, match="no menu command"):
        artist.choose_menu("Nodes/Missing")
    with pytest.raises(TypeError, match="neither text nor a function"):
        nodes_menu.addCommand("Wrong", 5)
