"""From nodes to script text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, Sequence

from .classes import CLASSES
from .group import Gizmo, Group
from .knobs import Channel_Knob, Knob, Link_Knob, flags, user
from .node import Node
from .words import quote

if TYPE_CHECKING:
    from .session import Session

_VERSION = "version 13.0 v1"
_ALWAYS = ("name", "xpos", "ypos")
_PASTED = "cut_paste_input"


def script_text(session: Session) -> str:
    """The text of the whole script."""
    root = session.root
    writer = _Writer()
    lines = ["#! nuke -nx", _VERSION, "Root {", " inputs 0", *_knob_lines(root, [*_changed(root)], " "), "}"]
    lines += _layer_lines(session, root.nodes())
    return "\n".join([*lines, *writer.nodes(root.nodes(), "")]) + "\n"


def clipboard_text(session: Session, nodes: Sequence[Node]) -> str:
    """The text of ``nodes`` to be pasted."""
    writer = _Writer(_PASTED)
    lines = [f"set {_PASTED} [stack 0]", _VERSION, *_layer_lines(session, nodes)]
    return "\n".join([*lines, *writer.nodes(nodes, "")]) + "\n"


def group_text(gizmo: Gizmo) -> str:
    """The text of ``gizmo`` as a Group: all its knobs, and its inside as it is now."""
    plain = Group(gizmo.session, CLASSES["Group"], None)
    own = set(plain.knobs())
    common = [knob for knob in gizmo.allKnobs() if knob.name() in own]
    changed = [
        knob for knob in common if knob.name() in _ALWAYS or knob.state() != plain[knob.name()].state()
    ]
    lines = ["Group {", " inputs 0", *_knob_lines(gizmo, changed, " ")]
    lines += [line for knob in gizmo.user_knobs for line in _user_lines(knob, " ", always=True)]
    return "\n".join([*lines, "}", *_Writer().nodes(gizmo.nodes(), " "), "end_group"]) + "\n"


class _Writer:
    """Writes nodes, with the stack that connects them.

    :param outside: the variable for a first input that is not among the nodes written; empty: nothing.
    """

    def __init__(self, outside: str = "") -> None:
        self._outside = outside
        self._names: dict[Node, str] = {}

    def nodes(self, nodes: Sequence[Node], indent: str) -> list[str]:
        ordered = _inputs_first(nodes)
        pushes = {
            node: self._pushes(node, ordered, before) for before, node in zip([None, *ordered], ordered)
        }
        named = {source for sources in pushes.values() for source in sources if isinstance(source, Node)}
        lines: list[str] = []
        for node in ordered:
            for source in pushes[node]:
                lines.append(f"{indent}push {self._variable(source)}")
            lines += self._node(node, indent)
            if node in named:
                self._names[node] = f"N{len(self._names) + 1:08x}"
                lines.append(f"{indent}set {self._names[node]} [stack 0]")
        return lines

    def _pushes(self, node: Node, among: Sequence[Node], before: object) -> list[object]:
        wanted: list[object] = []
        for slot in _slots(node):
            source = node.input(slot)
            inside = source is None or source in among
            wanted.append(source if inside else (self._outside if slot == 0 else None))
        return [] if wanted == [before] and before is not None else wanted[::-1]

    def _variable(self, source: object) -> str:
        if isinstance(source, Node):
            return f"${self._names[source]}"
        return f"${source}" if source else "0"

    def _node(self, node: Node, indent: str) -> list[str]:
        inner = indent + " "
        lines = [f"{indent}{node.Class()} {{"]
        count, mask = node.wiring.plain_count(), node.wiring.has_mask()
        if count != 1 or mask:
            lines.append(f"{inner}inputs {count}{'+1' if mask else ''}")
        lines += _knob_lines(node, list(_changed(node)), inner)
        for knob in node.added_knobs() if isinstance(node, Gizmo) else node.user_knobs:
            lines += _user_lines(knob, inner)
        lines.append(f"{indent}}}")
        if isinstance(node, Group) and not isinstance(node, Gizmo):
            lines += self._inside(node, inner)
            lines.append(f"{indent}end_group")
        return lines

    def _inside(self, group: Group, indent: str) -> list[str]:
        outside, self._outside = self._outside, ""
        try:
            return self.nodes(group.nodes(), indent)
        finally:
            self._outside = outside


def _slots(node: Node) -> list[int]:
    return node.wiring.slots(node.wiring.plain_count(), node.wiring.has_mask())


def _inputs_first(nodes: Sequence[Node]) -> list[Node]:
    ordered: list[Node] = []
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting[-1]
        missing = [source for _, source in node.wiring.sources() if source in nodes and source not in ordered]
        if node in ordered or not missing:
            waiting.pop()
            if node not in ordered:
                ordered.append(node)
        else:
            waiting += reversed(missing)
    return ordered


def _changed(node: Node) -> Iterable[Knob]:
    added = node.added_knobs() if isinstance(node, Gizmo) else node.user_knobs
    always = ("name",) if node.group is None else (*_ALWAYS, *node.node_class.always_saved)
    for knob in node.allKnobs():
        if knob in added or knob.getFlag(flags.DO_NOT_WRITE):
            continue
        if knob.name() in always or (
            knob.notDefault() and (user.has_value(knob) or isinstance(knob, Link_Knob))
        ):
            yield knob


def _knob_lines(node: Node, knobs: Iterable[Knob], indent: str) -> list[str]:
    lines = [f"{indent}{knob.name()} {knob.toScript()}" for knob in knobs]
    return lines + [f"{indent}{name} {word}" for name, word in node.unknown.items()]


def _user_lines(knob: Knob, indent: str, always: bool = False) -> list[str]:
    lines = [f"{indent}addUserKnob {{{user.definition(knob)}}}"]
    if (
        (always or knob.notDefault())
        and knob.name()
        and user.has_value(knob)
        and not knob.getFlag(flags.DO_NOT_WRITE)
    ):
        lines.append(f"{indent}{quote(knob.name())} {knob.toScript()}")
    return lines


def _layer_lines(session: Session, nodes: Sequence[Node]) -> list[str]:
    used: dict[str, None] = {}
    for knob in _written_knobs(nodes):
        linked = knob.getLinkedKnob() if isinstance(knob, Link_Knob) else knob
        if isinstance(linked, Channel_Knob) and linked.value() != "all":
            used.update(dict.fromkeys(channel.split(".")[0] for channel in linked.channels()))
    layers = [session.layers.layer(name) for name in used if not session.layers.is_built_in(name)]
    return [f"add_layer {{{layer.name()} {' '.join(layer.channels())}}}" for layer in layers]


def _written_knobs(nodes: Sequence[Node]) -> Iterable[Knob]:
    for node in nodes:
        yield from node.allKnobs()
        if isinstance(node, Group) and not isinstance(node, Gizmo):
            yield from _written_knobs(node.nodes())
