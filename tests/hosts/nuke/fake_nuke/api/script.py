"""Functions of ``nuke`` about the script as a whole: its file, its frames, views, layers and expressions."""

# ruff: noqa: N802 - the names are Nuke's

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Sequence

from .. import application, expressions
from ..tcl import Tcl
from ..tcl_commands import make_list
from .main_only import main_only
from .nodes import node_of, selectedNodes

if TYPE_CHECKING:
    from ..layers import Layer as _Layer
    from ..node import Node
    from ..session import Session

CLIPBOARD = "%clipboard%"


def _session() -> Session:
    return application.current().session


@main_only
def scriptOpen(path: str) -> None:
    """:raises RuntimeError: there is no such file, or it can't be read."""
    application.current().open_script(path)


@main_only
def scriptClear() -> None:
    _session().clear()


@main_only
def scriptSave(filename: str | None = None) -> bool:
    """:raises RuntimeError: the script has no name yet, or can't be written."""
    _session().save(filename or scriptName())
    return True


@main_only
def scriptSaveAs(filename: str | None = None, overwrite: int = -1) -> bool:
    """:raises RuntimeError: the file is there and ``overwrite`` is not 1 [?], or it can't be written."""
    if not filename:
        raise RuntimeError("scriptSaveAs needs a file name")
    if os.path.exists(filename) and overwrite != 1:
        raise RuntimeError(f"{filename} is there already")
    _session().save(filename)
    return True


@main_only
def scriptName() -> str:
    """:raises RuntimeError: the script was never saved."""
    name = str(_session().root["name"].value() or "")
    if not name:
        raise RuntimeError("no script name")
    return name


@main_only
def nodeCopy(filename: str = CLIPBOARD) -> bool:
    """Copy the selected nodes to a file or the clipboard."""
    running = application.current()
    text = running.session.copy(selectedNodes())
    if filename == CLIPBOARD:
        running.clipboard = text
    else:
        with open(filename, "w", encoding="utf-8") as file:
            file.write(text)
    return True


@main_only
def nodePaste(filename: str = CLIPBOARD) -> Node | None:
    """Paste a file or the clipboard into the current group, and select what came.

    :raises RuntimeError: the text is none of nodes.
    """
    running = application.current()
    text = running.clipboard
    if filename != CLIPBOARD:
        with open(filename, encoding="utf-8") as file:
            text = file.read()
    selected = selectedNodes()
    pasted = running.session.paste(text, filename, selected[-1] if selected else None)
    for node in running.session.group.nodes():
        node.setSelected(node in pasted)
    return pasted[-1] if pasted else None


@main_only
def frame(number: float | None = None) -> int:
    """The current frame, set to ``number`` if one is given."""
    session = _session()
    if number is not None:
        session.frame = number
    return int(session.frame)


@main_only
def views() -> list[str]:
    return list(_session().views)


@main_only
def layers(node: Node | None = None) -> list[str]:
    """Those of the script, or those that arrive at ``node``."""
    if node is None:
        return _session().layers.names()
    return list(dict.fromkeys(channel.split(".")[0] for channel in node.channels()))


@main_only
def channels(node: Node | None = None) -> list[str]:
    """Those of the script, or those that arrive at ``node``."""
    return _session().layers.channels() if node is None else node.channels()


@main_only
def Layer(name: str, channels: Sequence[str] | None = None) -> _Layer | None:
    """The layer ``name``, with ``channels`` made where they are missing; ``None`` if there is none.

    :raises ValueError: a reserved name, a name that is none, too many channels.
    """
    known = _session().layers
    if channels:
        return known.add(name, channels)
    return known.layer(name) if name in known.names() else None


@main_only
def knobDefault(classknob: str, value: str | None = None) -> str | None:
    """The default of ``Class.knob`` for nodes made from now on, set to ``value`` if one is given."""
    class_name, _, knob = classknob.partition(".")
    defaults = _session().knob_defaults
    if value is not None:
        defaults[class_name, knob] = value
    found: str | None = defaults.get((class_name, knob))
    return found


@main_only
def filename(node: Any, index: int | None = None) -> str | None:
    """The evaluated ``file`` of a node; ``None`` if it has no such knob or it is empty."""
    knob: Any = node_of(node).knob("file")
    path = knob.evaluate() if knob is not None else None
    return str(path) if path else None


@main_only
def tcl(command: str, *arguments: Any) -> str:
    """:raises RuntimeError: TCL does not know the command."""
    words = [make_list([str(argument)]) for argument in arguments]
    return Tcl(_here()).command(" ".join([command, *words]))


@main_only
def expression(text: str) -> float:
    """:raises RuntimeError: the expression means nothing."""
    return expressions.number(text, Tcl(_here()))


def _here() -> Node:
    context = _session().context
    return context.node or context.group
