"""What the node's buttons do. Called by the gizmo's own knobs, in the main thread."""

from __future__ import annotations

import threading
from typing import Any, Callable

import nuke
from m2fp_host.errors import M2FPError

from . import dialogs

_asked: dict[str, int] = {}
"""How often a button asked the daemon something, by the node's full name."""


def parse_frame(node: Any) -> None:
    """Compute the masks of the frame that Nuke is at."""
    from . import interactive

    _guarded(node, lambda: interactive.start(node, [int(nuke.frame())], "interactive"))


def parse_range(node: Any) -> None:
    """Compute the masks of the node's frame range."""
    from . import interactive

    _guarded(node, lambda: interactive.start(node, None, "normal"))


def test_connection(node: Any) -> None:
    """Say whether a daemon answers, and what it has."""
    from m2fp_host.describing import describe

    from .vendored import import_zmq

    endpoint = node["endpoint"].value().strip()

    def ask() -> str:
        import_zmq()
        return describe(endpoint)

    _in_background(node, "connecting ...", ask)


def start_daemon(node: Any) -> None:
    """Start the daemon on this machine."""
    from m2fp_host.endpoint import default_endpoint
    from m2fp_host.starting import start_daemon

    endpoint = node["endpoint"].value().strip() or default_endpoint()
    _in_background(node, "starting the daemon ...", lambda: start_daemon(endpoint))


def bake(node: Any) -> None:
    """Make a Group of the gizmo, which opens where the plug-in is not installed, and remove the gizmo."""
    if node.Class() == "Group":
        dialogs.say(f"{node.name()} is a Group already")
        return
    name = node.name()
    with nuke.Undo("Bake M2FP"):
        group = node.makeGroup()
        group.setInput(0, node.input(0))
        for dependent in node.dependent(nuke.INPUTS):
            for index in range(dependent.inputs()):
                if (
                    dependent.input(index) is not None
                    and dependent.input(index).fullName() == node.fullName()
                ):
                    dependent.setInput(index, group)
        nuke.delete(node)
        group.setName(name)


def _guarded(node: Any, action: Callable[[], None]) -> None:
    try:
        action()
    except M2FPError as error:
        sentence = f"{node.fullName()}: {error}"
        if not nuke.GUI:
            raise RuntimeError(sentence) from None
        node["status"].setValue(str(error))
        dialogs.say(sentence)


def _in_background(node: Any, meanwhile: str, work: Callable[[], str]) -> None:
    """Show what ``work`` says, which may wait for a network: in a thread, where a GUI has to stay usable."""
    node["status"].setValue(meanwhile)
    name = node.fullName()
    number = _asked[name] = _asked.get(name, 0) + 1

    def answer() -> str:
        try:
            return work()
        except M2FPError as error:
            return str(error)
        except Exception as fault:  # noqa: BLE001 (the thread would end, and "connecting ..." stay for ever)
            return f"{type(fault).__name__}: {fault}"

    def show(sentence: str) -> None:
        if _asked[name] != number:  # another button was pressed since, and its answer counts
            return
        try:
            node["status"].setValue(sentence.splitlines()[0])
        except ValueError:  # the node was deleted meanwhile
            return
        dialogs.say(sentence)

    if not nuke.GUI:
        show(answer())
        return
    thread = threading.Thread(
        target=lambda: nuke.executeInMainThread(show, (answer(),)), name="m2fp daemon", daemon=True
    )
    thread.start()
