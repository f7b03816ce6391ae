"""From script text to nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, NamedTuple, Optional, Sequence

from .classes import CLASSES, unknown_class
from .faults import EvaluationError, ScriptError
from .group import Gizmo, Group
from .knobs import Knob, user
from .node import Node
from .script_text import Statement, Value, parse, values

if TYPE_CHECKING:
    from .session import Session

Stack = List[Optional[Node]]


class UnknownClassError(RuntimeError):
    """Nobody has a class of nodes: it is neither built in nor a gizmo on the plug-in path."""


def make_node(session: Session, class_name: str, group: Group, name: str = "") -> Node:
    """A new node of ``group``, with the defaults of its class.

    :param class_name: a gizmo's may end in ``.gizmo``.
    :raises UnknownClassError: there is no such class.
    """
    node = _unnamed(session, class_name, group)
    group.add(node, name)
    for (class_, knob), value in session.knob_defaults.items():
        if class_ in (node.Class(), "*") and node.knob(knob) is not None:
            _set(node[knob], value)
    return node


def read_script(session: Session, text: str, source: str) -> None:
    """Add the nodes of a whole script to the root, and set its knobs.

    :raises ScriptError: the text does not parse.
    """
    _Reader(session, source, session.root).read(parse(text, source), with_root=True)


def paste(session: Session, text: str, source: str, onto: Node | None) -> list[Node]:
    """Add the nodes of a text to the current group; :returns: those made there.

    :raises ScriptError: the text does not parse.
    """
    return _Reader(session, source, session.group, [onto]).read(parse(text, source), with_root=False)


def load_values(node: Node, loaded: Sequence[Value]) -> None:
    """Set the knobs of ``node``; those it does not have are kept in ``node.unknown``.

    :raises EvaluationError: the definition of a user's knob is none.
    """
    for value in loaded:
        name = node.node_class.older.get(value.knob, value.knob)
        if name in ("inputs", "name"):
            continue
        if name == "addUserKnob":
            node.addKnob(user.make(value.word.text))
            node.user_knobs[-1].seal()
            continue
        knob = node.knob(name)
        if knob is not None:
            knob.load(value.word.text)
            continue
        node.unknown[name] = value.as_script()
        if not node.is_unknown:
            node.session.warnings.append(f"{node.fullName()}: there is no knob {name}")


def load_knobs(node: Node, text: str, source: str) -> None:
    """Set knobs as ``nuke.createNode`` takes them: ``name Plate file {/a/b.exr} first 1``.

    :raises RuntimeError: the text is not made of names and values.
    """
    loaded = values(text, source)
    for value in loaded:
        if value.knob == "name":
            node.setName(value.word.text)
    load_values(node, loaded)


def announce(node: Node) -> None:
    """Say that ``node`` was made, and before it what is inside."""
    if isinstance(node, Gizmo):
        announce_inside(node)
    node.session.on_create(node)


def announce_inside(node: Node) -> None:
    """Say that what is inside ``node`` was made, the innermost first."""
    for inner in node.nodes() if isinstance(node, Group) else ():
        announce_inside(inner)
        node.session.on_create(inner)


def _set(knob: Knob, value: Any) -> None:
    if isinstance(value, str):
        knob.load(value)
    else:
        knob.setValue(value)


def _unnamed(session: Session, class_name: str, group: Group) -> Node:
    if class_name == "Group":
        return Group(session, CLASSES["Group"], group)
    if class_name in CLASSES and class_name != "Root":
        return Node(session, CLASSES[class_name], group)
    gizmo = class_name[: -len(".gizmo")] if class_name.endswith(".gizmo") else class_name
    path = session.gizmos.find(gizmo)
    if path is None:
        raise UnknownClassError(f"{class_name}: Unknown command")
    node = Gizmo(session, CLASSES["Group"]._replace(name=gizmo), group)
    statements = session.gizmos.statements(path)
    load_values(node, statements[0].values)
    _Reader(session, path, node, quiet=True).read(statements[1:], with_root=False)
    node.seal()
    return node


class _Level(NamedTuple):
    group: Group
    stack: Stack
    began: int


class _Reader:
    """Makes the nodes of statements, with the stack that connects them."""

    def __init__(
        self,
        session: Session,
        source: str,
        group: Group,
        stack: Sequence[Node | None] = (),
        quiet: bool = False,
    ) -> None:
        self._session = session
        self._source = source
        self._levels = [_Level(group, list(stack), 0)]
        self._variables: dict[str, Node | None] = {}
        self._is_gizmo = quiet
        self._made: list[Node] = []

    def read(self, statements: Sequence[Statement], with_root: bool) -> list[Node]:
        for statement in statements:
            if statement.command != "node":
                self._command(statement)
            elif statement.argument != "Root":
                self._node(statement)
            elif with_root:
                load_values(self._session.root, statement.values)
        if len(self._levels) > 1:
            raise self._error(self._levels[-1].began, "this group has no end_group")
        if self._is_gizmo and (not statements or statements[-1].command != "end_group"):
            raise self._error(statements[-1].line if statements else 1, "the gizmo has no end_group")
        return self._made

    def _error(self, line: int, what: str) -> ScriptError:
        return ScriptError(self._source, line, what)

    def _command(self, statement: Statement) -> None:
        stack = self._levels[-1].stack
        if statement.command == "add_layer":
            self._layer(statement)
        elif statement.command == "set":
            name, depth = statement.argument.split()
            self._variables[name] = stack[-1 - int(depth)] if int(depth) < len(stack) else None
        elif statement.command == "push":
            if statement.argument not in {"0", *self._variables}:
                raise self._error(statement.line, f"nothing was set as {statement.argument}")
            stack.append(self._variables.get(statement.argument))
        elif len(self._levels) > 1:
            group = self._levels.pop().group
            if not self._is_gizmo:
                announce(group)
        elif not self._is_gizmo:
            raise self._error(statement.line, "end_group without a Group")

    def _layer(self, statement: Statement) -> None:
        name, _, channels = statement.argument.partition(" ")
        try:
            self._session.layers.add(name, channels.split())
        except ValueError as error:
            self._session.warnings.append(f"{self._source}, line {statement.line}: {error}")

    def _node(self, statement: Statement) -> None:
        level = self._levels[-1]
        name = statement.value("name")
        try:
            node = make_node(self._session, statement.argument, level.group, name)
        except UnknownClassError as error:
            self._session.errors.append(f"{self._source}, line {statement.line}: {error}")
            node = Node(self._session, unknown_class(statement.argument), level.group)
            node.is_unknown = True
            level.group.add(node, name)
        if len(self._levels) == 1:
            self._made.append(node)
        if node.Class() == "Input":
            node["number"].setValue(0)
        try:
            load_values(node, statement.values)
        except EvaluationError as error:
            raise self._error(statement.line, str(error)) from error
        self._connect(node, statement, level.stack)
        level.stack.append(node)
        if node.Class() == "Group":
            self._levels.append(_Level(node, [], statement.line))  # type: ignore[arg-type]
        elif not self._is_gizmo:
            announce(node)

    def _connect(self, node: Node, statement: Statement, stack: Stack) -> None:
        text = statement.value("inputs", "1")
        numbers = text.split("+")
        if len(numbers) > 2 or not all(number.isdigit() for number in numbers):
            raise self._error(statement.line, f"this is no number of inputs: {text}")
        for slot in node.wiring.slots(int(numbers[0]), len(numbers) == 2 and numbers[1] != "0"):
            source = stack.pop() if stack else None
            node.wiring.set(slot, source)
            if source is not None and not _takes(node, slot):
                where = f"{self._source}, line {statement.line}"
                self._session.warnings.append(
                    f"{where}: {node.name()} has no input {slot}: inputs 0 is missing"
                )


def _takes(node: Node, slot: int) -> bool:
    # A Group's Input nodes are read after its connections.
    return node.Class() == "Group" or slot < node.maxInputs()
