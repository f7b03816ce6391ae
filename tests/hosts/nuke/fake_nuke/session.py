"""The one running Nuke: its script, its evaluation time, what it found to complain about."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Iterator,
    NamedTuple,
    Sequence,
    cast,
)

from . import flatten, script_reader, script_writer, timing
from .deletions import Deletions
from .faults import EvaluationError
from .gizmo_files import GizmoFiles
from .layers import Layers
from .root import Root

if TYPE_CHECKING:
    from .group import Gizmo, Group
    from .knobs import Knob
    from .node import Node

_sessions: list[Session] = []


def current() -> Session:
    """The running session.

    :raises RuntimeError: none was started in this process.
    """
    if not _sessions:
        raise RuntimeError("no session: call fake_nuke.session.start() first")
    return _sessions[-1]


def start(session: Session) -> Session:
    """Make ``session`` the running one, in place of any other, and return it."""
    _sessions[:] = [session]
    return session


class Context(NamedTuple):
    """Where Python runs: the group whose nodes it sees, and for a callback the node and the knob."""

    group: Group
    node: Node | None
    knob: Knob | None


class _Moment(NamedTuple):
    frame: float
    view: str


class Session:
    """A running Nuke.

    :param gui: whether it has windows.
    :param harsh: Reads are validated before the render callbacks run (see the launcher).
    :param python: the interpreter that evaluates pixels; default ``FAKE_NUKE_PYTHON``, else this one.

    ``warnings``: what Nuke would let pass and a test may not; ``errors``: what a user would be told when a
    script opens; ``violations``: uses of nodes from other threads; ``python_expressions``: how often a
    ``[python ...]`` expression asked to be evaluated. ``on_create`` is called with every node that was made,
    loaded, pasted or brought back, inner nodes first; ``on_press`` with every Python button that is pressed;
    ``on_knob_changed`` is for whatever lets a user edit.
    """

    def __init__(self, gui: bool = False, harsh: bool = False, python: str | None = None) -> None:
        self.gui = gui
        self.harsh = harsh
        self.python = python or os.environ.get("FAKE_NUKE_PYTHON") or sys.executable
        self.thread = threading.get_ident()
        self.plugin_path: list[str] = []
        self.knob_defaults: dict[tuple[str, str], Any] = {}
        self.warnings: list[str] = []
        self.errors: list[str] = []
        self.violations: list[str] = []
        self.python_expressions = 0
        self.on_create: Callable[[Node], None] = _nothing
        self.on_knob_changed: Callable[[Node, Knob], None] = _nothing
        self.on_press: Callable[[Knob], None] = _nothing
        self.layers = Layers()
        self.gizmos = GizmoFiles(self.plugin_path)
        self.references: list[Node] = []
        self._moments: list[_Moment] = []
        self._evaluating: list[tuple[Knob, float, str]] = []
        self._pixels: Any = None
        self._deletions = Deletions(self)
        self.root = Root(self)
        self._contexts: list[Context] = [Context(self.root, None, None)]

    # Where and when

    @property
    def frame(self) -> float:
        """The frame at which knobs are evaluated: root's, unless :meth:`at` says otherwise."""
        return self._moments[-1].frame if self._moments else self.root.current_frame

    @frame.setter
    def frame(self, frame: float) -> None:
        self.root.current_frame = frame

    @property
    def view(self) -> str:
        """The view in which knobs are evaluated: the first one, unless :meth:`at` says otherwise."""
        return self._moments[-1].view if self._moments else self.views[0]

    @property
    def views(self) -> list[str]:
        return self.root.view_names()

    @contextlib.contextmanager
    def at(self, frame: float | None = None, view: str | None = None) -> Iterator[None]:
        """Evaluate knobs at another frame, in another view, while inside."""
        self._moments.append(
            _Moment(self.frame if frame is None else frame, self.view if view is None else view)
        )
        try:
            yield
        finally:
            self._moments.pop()

    @property
    def context(self) -> Context:
        return self._contexts[-1]

    @property
    def group(self) -> Group:
        """The group whose nodes Python sees."""
        return self.context.group

    @contextlib.contextmanager
    def within(
        self, group: Group | None = None, node: Node | None = None, knob: Knob | None = None
    ) -> Iterator[None]:
        """Run Python in ``group`` (default: the one it is in), as a callback of ``node`` and ``knob``."""
        depth = len(self._contexts)
        self._contexts.append(Context(group or self.group, node, knob))
        try:
            yield
        finally:
            del self._contexts[depth:]

    def enter(self, group: Group) -> None:
        """``group.begin()``: as :meth:`within`, until :meth:`leave`."""
        self._contexts.append(self.context._replace(group=group))

    def leave(self) -> None:
        """``group.end()``; the outermost context stays."""
        if len(self._contexts) > 1:
            self._contexts.pop()

    # Nodes

    def create(
        self, class_name: str, knobs: str = "", connect: Sequence[Node | None] = (), uncollide: bool = True
    ) -> Node:
        """A new node in the current group.

        :param knobs: knob values as in a script, such as ``file /a/b.exr first 1``.
        :param connect: the nodes for its inputs. They are connected once the node was made and announced.
        :raises RuntimeError: there is no such class, neither built in nor as a gizmo on the plug-in path.
        """
        node = script_reader.make_node(self, class_name, self.group)
        script_reader.load_knobs(node, knobs, "createNode")
        script_reader.announce(node)
        for index, other in enumerate(connect):
            node.setInput(index, other)
        return node

    def delete(self, nodes: Sequence[Node]) -> None:
        """Delete nodes; :meth:`undo_delete` brings them back as new objects."""
        self._deletions.delete(nodes)

    def undo_delete(self) -> list[Node]:
        """Bring back what was deleted last, from its script text, with its names and connections."""
        return self._deletions.undo()

    # Script

    def clear(self) -> None:
        """An empty, unsaved script. Declared layers stay: they belong to the process."""
        for node in self.root.nodes():
            node.detach()
        self.root = Root(self)
        self._contexts = [Context(self.root, None, None)]
        self._deletions = Deletions(self)

    def open(self, path: str) -> None:
        """Open a script in place of the one that is open.

        A node of an unknown class is reported in ``errors`` and kept.

        :raises RuntimeError: there is no such file, or its text does not parse.
        """
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        except OSError as error:
            raise RuntimeError(f"cannot open the script {path}: {error.strerror}") from error
        self.clear()
        self.root.load_script_name(path)
        script_reader.read_script(self, text, path)
        self.root.load_script_name(path)

    def save(self, path: str) -> None:
        """Write the script to ``path`` (temporary file, then rename) and name it so.

        :raises RuntimeError: the file cannot be written.
        """
        self.root.load_script_name(path)
        temporary = f"{path}.{os.getpid()}.tmp"
        try:
            with open(temporary, "w", encoding="utf-8", newline="\n") as file:
                file.write(script_writer.script_text(self))
            os.replace(temporary, path)
        except OSError as error:
            raise RuntimeError(f"cannot save the script {path}: {error.strerror}") from error

    def copy(self, nodes: Sequence[Node]) -> str:
        """The text that copying ``nodes`` puts into the clipboard."""
        return script_writer.clipboard_text(self, nodes)

    def group_from(self, gizmo: Gizmo) -> Group:
        """A Group made of ``gizmo``, beside it: see ``Gizmo.makeGroup``."""
        with self.within(gizmo.group):
            made = self.paste(script_writer.group_text(gizmo), gizmo.fullName())
        return cast("Group", made[0])

    def paste(self, text: str, source: str = "clipboard", onto: Node | None = None) -> list[Node]:
        """Add the nodes of a text to the current group; ``onto``: the selected node, for the first input.

        :returns: the new nodes of this group, inner ones not counted.
        :raises RuntimeError: the text does not parse.
        """
        return script_reader.paste(self, text, source, onto)

    # Evaluation

    def range_of(self, node: Node) -> tuple[int, int]:
        """The first and last frame of ``node``."""
        return timing.frame_range(node)

    @contextlib.contextmanager
    def evaluating(self, knob: Knob) -> Iterator[None]:
        """Evaluate ``knob`` while inside.

        :raises EvaluationError: it is being evaluated already: its expression refers to itself.
        """
        at = (knob, self.frame, self.view)
        if at in self._evaluating:
            raise EvaluationError(f"{knob.fullyQualifiedName()}: the expression refers to itself")
        self._evaluating.append(at)
        try:
            yield
        finally:
            self._evaluating.pop()

    def press(self, knob: Knob) -> None:
        """Press a button with Python behind it, as ``knob.execute()`` does."""
        self.on_press(knob)

    def flatten(
        self, node: Node, frame: float | None = None, view: str | None = None
    ) -> list[dict[str, Any]]:
        """What the evaluator needs for ``node``'s picture at ``frame`` in ``view``: see :mod:`.flatten`.

        :raises EvaluationError: an expression or a node of the graph means nothing.
        """
        with self.at(frame, view):
            return flatten.flatten(node)

    @property
    def pixels(self) -> Any:
        """The evaluator, started at its first use."""
        if self._pixels is None:
            from .pixels.client import Pixels

            self._pixels = Pixels(self.python)
        return self._pixels

    def close(self) -> None:
        """End the evaluator, if it was started."""
        if self._pixels is not None:
            self._pixels.close()
            self._pixels = None


def _nothing(*_: Any) -> None:
    pass
