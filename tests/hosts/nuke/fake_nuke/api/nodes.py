"""Functions of ``nuke`` that find, make and delete nodes."""

# ruff: noqa: N802, N803 - the names are Nuke's

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

from .. import application
from ..group import Group
from .main_only import main_only

if TYPE_CHECKING:
    from ..knobs import Knob
    from ..node import Node
    from ..root import Root
    from ..session import Session


def _session() -> Session:
    return application.current().session


def node_of(node_or_name: Node | str) -> Node:
    """:raises ValueError: there is no node of that name."""
    if not isinstance(node_or_name, str):
        return node_or_name
    found = toNode(node_or_name)
    if found is None:
        raise ValueError(f"there is no node called {node_or_name}")
    return found


@main_only
def root() -> Root:
    return _session().root


@main_only
def toNode(name: str) -> Node | None:
    """The node ``name`` of the current group (``Group1.Read1``: one in a group in it), else of the script."""
    session = _session()
    if name == "root":
        return session.root
    path = name[len("root.") :] if name.startswith("root.") else name
    starts = [session.root] if path != name else [session.group, session.root]
    found = (_descend(start, path.split(".")) for start in starts)
    return next((node for node in found if node is not None), None)


@main_only
def thisNode() -> Node:
    """:raises ValueError: no callback or button of a node is running [?]."""
    node = _session().context.node
    if node is None:
        raise ValueError("nuke.thisNode: no callback or button of a node is running")
    return node


@main_only
def thisParent() -> Node | None:
    return thisNode().parent()


@main_only
def thisKnob() -> Knob:
    """:raises ValueError: no callback or button of a knob is running [?]."""
    knob = _session().context.knob
    if knob is None:
        raise ValueError("nuke.thisKnob: no callback or button of a knob is running")
    return knob


@main_only
def thisGroup() -> Group:
    return _session().group


@main_only
def allNodes(
    filter: str | None = None,
    group: Group | None = None,
    recurseGroups: bool = False,
) -> list[Node]:
    """The nodes of the current group alone, unless asked for more."""
    found: list[Node] = []
    for node in (group or _session().group).nodes():
        if filter is None or node.Class() == filter:
            found.append(node)
        if recurseGroups and isinstance(node, Group):
            found += allNodes(filter, node, True)
    return found


@main_only
def selectedNodes(filter: str | None = None) -> list[Node]:
    return [node for node in allNodes(filter) if node.isSelected()]


@main_only
def selectedNode() -> Node:
    """:raises ValueError: no node is selected."""
    selected = selectedNodes()
    if not selected:
        raise ValueError("no node selected")
    return selected[-1]


@main_only
def createNode(node: str, knobs: str = "", inpanel: bool = True) -> Node:
    """A new node after the selected ones, before what used the first of them; it alone is selected then."""
    running = application.current()
    before = selectedNodes()
    used = [use for use in before[0].wiring.consumers() if use[0].Class() != "Viewer"] if before else []
    made = running.session.create(node, knobs)
    if made.maxInputs():
        for index, other in enumerate(before[: made.maxInputs()]):
            made.setInput(index, other)
        for consumer, index in used:
            consumer.setInput(index, made)
    for other in allNodes():
        other.setSelected(other is made)
    if inpanel and running.session.gui:
        running.open_panel(made)
    return made


class _Nodes:
    """``nuke.nodes``: ``nodes.Blur(size=3, inputs=[a])`` makes a node, connects and selects nothing else."""

    def __getattr__(self, class_name: str) -> Any:
        def make(inputs: Sequence[Node | None] = (), **knobs: Any) -> Node:
            application.current().note_violation(f"nodes.{class_name}")
            made: Node = _session().create(class_name, "", inputs)
            name = knobs.pop("name", None)
            if name is not None:
                made.setName(name)
            for knob, value in knobs.items():
                made[knob].setValue(value)
            return made

        return make


nodes = _Nodes()


@main_only
def delete(node: Node) -> None:
    """:raises ValueError: it was deleted before."""
    node.name()
    _session().delete([node])


@main_only
def exists(name: str) -> bool:
    """Whether there is a node, or a knob written ``Node.knob``."""
    if toNode(name) is not None:
        return True
    node_name, _, knob = name.rpartition(".")
    node = toNode(node_name) if node_name else None
    return node is not None and node.knob(knob) is not None


def _descend(group: Group, path: Sequence[str]) -> Node | None:
    node: Node | None = group
    for name in path:
        node = node.node(name) if isinstance(node, Group) else None
    return node
