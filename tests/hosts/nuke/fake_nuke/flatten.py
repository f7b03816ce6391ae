"""From the graph to a list of operators that knows nothing of groups, expressions and time.

Each is ``{"id", "class", "name", "knobs", "inputs", "view", "views"}``, inputs before what uses them, the
wanted one last.
"""

from __future__ import annotations

from typing import Any, Dict

from .faults import EvaluationError
from .group import Group
from .knobs import Action_Knob, Knob
from .node import Node
from .timing import file_frame, input_frame

_PASSING = (
    "BackdropNode",
    "Dot",
    "FrameHold",
    "FrameRange",
    "NoOp",
    "Output",
    "StickyNote",
    "TimeOffset",
    "Viewer",
    "Write",
)
_OF_TIME = (
    *("first", "last", "before", "after", "origfirst", "origlast", "origset"),
    *("frame", "frame_mode", "proxy", "proxy_format"),
)

Op = Dict[str, Any]


def flatten(node: Node) -> list[Op]:
    """The operators of ``node``'s picture at the session's frame and view.

    :raises EvaluationError: an expression fails, or nobody has the class of a node.
    """
    flattener = _Flattener()
    if flattener.number(node) is None:
        flattener.add(node, "NoOp", {}, [None])
    return flattener.ops


class _Flattener:
    def __init__(self) -> None:
        self.ops: list[Op] = []
        self._known: dict[tuple[Node, float, str], int | None] = {}

    def number(self, node: Node | None) -> int | None:
        """The operator for ``node``; ``None`` where there is no picture."""
        if node is None:
            return None
        key = (node, node.session.frame, node.session.view)
        if key not in self._known:
            self._known[key] = self._flattened(node)
        return self._known[key]

    def add(self, node: Node, class_name: str, knobs: dict[str, Any], inputs: list[int | None]) -> int:
        number = len(self.ops)
        session = node.session
        names = {"name": node.fullName(), "view": session.view, "views": session.views}
        self.ops.append({"id": number, "class": class_name, "knobs": knobs, "inputs": inputs, **names})
        return number

    def _flattened(self, node: Node) -> int | None:
        disable = node.knob("disable")
        if disable is not None and _evaluated(node, disable):
            return self.number(node.input(0))
        if node.is_unknown:
            raise EvaluationError(f"{node.fullName()}: nobody has nodes of class {node.Class()}")
        class_name = node.Class()
        if class_name == "Input":
            group = node.group
            return self.number(group.input(int(node["number"].value()))) if group is not None else None
        if isinstance(node, Group):
            return self.number(node.output())
        if class_name == "Switch":
            which = int(_evaluated(node, node["which"]))
            return self.number(node.input(min(max(which, 0), max(node.inputs() - 1, 0))))
        if class_name == "Read" or (class_name == "Write" and node["reading"].value()):
            return self.add(node, "Read", _read_knobs(node), [])
        if class_name in _PASSING:
            with node.session.at(input_frame(node, node.session.frame)):
                return self.number(node.input(0))
        inputs = [self.number(node.input(index)) for index in range(node.inputs())]
        return self.add(node, class_name, _knobs(node), inputs)


def _knobs(node: Node) -> dict[str, Any]:
    own = node.allKnobs()[: len(node.node_class.knobs)]
    return {knob.name(): _evaluated(node, knob) for knob in own if not isinstance(knob, Action_Knob)}


def _read_knobs(node: Node) -> dict[str, Any]:
    session = node.session
    knobs = {name: value for name, value in _knobs(node).items() if name not in _OF_TIME}
    frame = file_frame(node, session.frame) if node.Class() == "Read" else round(session.frame)
    proxy = node["proxy"]
    file = proxy if session.root.proxy() and proxy.stored_text() else node["file"]
    if frame is None or not file.stored_text():
        knobs["file"] = None
    else:
        with session.at(frame):
            knobs["file"] = _evaluated(node, file)
    knobs["working_space"] = session.root["workingSpaceLUT"].value()
    return knobs


def _evaluated(node: Node, knob: Knob) -> Any:
    try:
        return knob.evaluated()
    except EvaluationError as error:
        where = f"{node.fullName()}.{knob.name()}"
        raise EvaluationError(str(error) if where in str(error) else f"{where}: {error}") from error
