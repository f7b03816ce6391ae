"""The TCL that stands in brackets in knobs: ``[file dirname [value root.name]]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from . import expressions, lookup
from .faults import EvaluationError, ScriptError
from .tcl_commands import PURE
from .words import Scanner, end_of_bracket

if TYPE_CHECKING:
    from .node import Node


class Tcl(expressions.Names):
    """Evaluates TCL and expressions as seen from ``node``, at the session's frame and view."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._session = node.session
        self._commands: dict[str, Callable[[list[str]], str]] = {
            **PURE,
            "exists": self._exists,
            "expr": lambda words: plain(expressions.evaluate(" ".join(words), _WholeNumbers(self))),
            "expression": lambda words: plain(expressions.evaluate(" ".join(words), self)),
            "frame": lambda _: plain(self._session.frame),
            "if": self._if,
            "knob": lambda words: self._found("knob", words).knob_text(),
            "numvalue": lambda words: plain(self._found("numvalue", words).number()),
            "python": self._python,
            "value": lambda words: self._found("value", words).text(),
        }

    def substitute(self, text: str) -> str:
        r"""``text`` with every ``[command]`` replaced by its result; ``\[`` is a bracket.

        :raises EvaluationError: a command fails.
        """
        if "[" not in text:
            return text
        parts, position = [], 0
        while position < len(text):
            if text.startswith(("\\[", "\\]"), position):
                parts.append(text[position + 1])
                position += 2
            elif text[position] == "[":
                end = end_of_bracket(text, position)
                if end < 0:
                    raise EvaluationError(f"{self._node.fullName()}: a bracket is not closed: {text}")
                parts.append(self.command(text[position + 1 : end - 1]))
                position = end
            else:
                parts.append(text[position])
                position += 1
        return "".join(parts)

    def command(self, text: str) -> str:
        """The result of a TCL command, or of the last of several.

        :raises EvaluationError: it fails, or is not known.
        """
        scanner, result = Scanner(text, "TCL", command=self.command), ""
        try:
            while True:
                words = scanner.command()
                if words is None:
                    return result
                result = self._run([word.text for word in words])
        except ScriptError as error:
            raise EvaluationError(f"{self._node.fullName()}: {error}") from error

    def number(self, path: str, frame: float | None) -> float:
        if path in ("frame", "t"):
            return self._session.frame if frame is None else frame
        if path == "pi":
            return 3.141592653589793
        found = lookup.find(self._node, path)
        if frame is None:
            return found.number()
        with self._session.at(frame):
            return found.number()

    def _run(self, words: list[str]) -> str:
        command = self._commands.get(words[0])
        if command is None:
            raise EvaluationError(f"{self._node.fullName()}: unknown TCL command: {words[0]}")
        return command(words[1:])

    def _found(self, command: str, words: list[str]) -> lookup.Found:
        if len(words) != 1:
            raise EvaluationError(f"wrong number of words: should be {command} NAME")
        return lookup.find(self._node, words[0])

    def _exists(self, words: list[str]) -> str:
        return str(int(lookup.exists(self._node, " ".join(words))))

    def _if(self, words: list[str]) -> str:
        words = [word for word in words if word != "then"]
        while len(words) >= 2:
            if expressions.number(words[0], _WholeNumbers(self)):
                return self.command(words[1])
            words = words[2:]
            if words and words[0] == "elseif":
                words = words[1:]
            elif words:
                return self.command(words[-1])
        return ""

    def _python(self, words: list[str]) -> str:
        self._session.python_expressions += 1
        raise EvaluationError(f"{self._node.fullName()}: [python {' '.join(words)}] is refused: use knobs")


class _WholeNumbers(expressions.Names):
    """The names of TCL's own ``expr``."""

    whole_division = True

    def __init__(self, tcl: Tcl) -> None:
        self.number = tcl.number  # type: ignore[method-assign]
        self.command = tcl.command  # type: ignore[method-assign]
        self.substitute = tcl.substitute  # type: ignore[method-assign]


def plain(value: expressions.Value) -> str:
    """A number as TCL writes it: 1 for 1.0."""
    if isinstance(value, str):
        return value
    return f"{int(value)}" if float(value).is_integer() else f"{value:.12g}"
