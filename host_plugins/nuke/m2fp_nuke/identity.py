"""Which nodes are ours, and the nodes inside one."""

from __future__ import annotations

from typing import Any

CLASS = "M2FP"
MARK = "m2fp_node"
"""A knob of every M2FP node. A Group that was baked from one keeps it."""

PLATE_WRITE = "plate_write"


def is_m2fp(node: Any) -> bool:
    """Whether ``node`` is an M2FP gizmo, or a Group made of one."""
    return bool(node.Class() == CLASS or node.knob(MARK) is not None)


def inner(node: Any, name: str) -> Any:
    """The node ``name`` inside an M2FP node."""
    return node.node(name)


def is_plate_write(node: Any) -> bool:
    """Whether ``node`` is the Write inside an M2FP node by which its input is rendered."""
    group = group_of(node)
    return node.name() == PLATE_WRITE and group is not None and is_m2fp(group)


def group_of(node: Any) -> Any:
    """The group or gizmo that ``node`` is inside of; ``None`` at the top."""
    import nuke

    outer = node.fullName().rpartition(".")[0]
    with nuke.root():  # elsewhere, in a callback, a node of that name might be nearer
        return nuke.toNode(outer) if outer else None


def all_m2fp() -> list[Any]:
    """All M2FP nodes of the script, in groups too."""
    import nuke

    found: list[Any] = []
    groups = [nuke.root()]
    while groups:
        group = groups.pop()
        for node in nuke.allNodes(group=group):
            if is_m2fp(node):
                found.append(node)
            elif isinstance(node, nuke.Group):
                groups.append(node)
    return found
