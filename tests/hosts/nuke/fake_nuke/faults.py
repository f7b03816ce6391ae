"""What goes wrong in a script or in its evaluation."""

from __future__ import annotations


class EvaluationError(RuntimeError):
    """A node has no result: an expression that means nothing, a missing file, a class that nobody has."""


class ScriptError(RuntimeError):
    """Script text that does not parse.

    :param line: counted from 1, in the text ``source``.
    """

    def __init__(self, source: str, line: int, what: str) -> None:
        super().__init__(f"{source}, line {line}: {what}")
        self.line = line
