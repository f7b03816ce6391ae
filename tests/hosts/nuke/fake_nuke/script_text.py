"""The text of scripts and gizmos, taken apart into statements."""

from __future__ import annotations

import re
from typing import NamedTuple, Sequence

from .faults import ScriptError
from .words import BRACED, Scanner, Word, quote, split

_SKIPPED = ("version", "define_window_layout_xml")
_CLASS = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*$")


class Value(NamedTuple):
    """The value of a knob: one word."""

    knob: str
    word: Word

    def as_script(self) -> str:
        return f"{{{self.word.text}}}" if self.word.kind == BRACED else quote(self.word.text)


class Statement(NamedTuple):
    """One statement.

    ``command`` is ``node``, ``set``, ``push``, ``add_layer`` or ``end_group``; ``argument`` the class, the
    variable (``0`` for ``push 0``), or the layer's list; ``values`` are a node's.
    """

    command: str
    argument: str
    line: int
    values: Sequence[Value] = ()

    def value(self, knob: str, default: str = "") -> str:
        """The text of the last value of ``knob``."""
        return next((value.word.text for value in reversed(self.values) if value.knob == knob), default)


def parse(text: str, source: str) -> list[Statement]:
    """The statements of ``text``; ``source`` is what errors call it.

    :raises ScriptError: a command that is none of a script's, or text that is no TCL.
    """
    statements: list[Statement] = []
    scanner = Scanner(text, source, command=lambda inside: f"[{inside}]")
    while True:
        words = scanner.command()
        if words is None:
            return statements
        if words[0].text not in _SKIPPED:
            statements.append(_statement(words, source))


def values(text: str, source: str, line: int = 1) -> list[Value]:
    """The values in a node's braces: names and words in turn.

    :raises ScriptError: a name without a value.
    """
    words = split(text, source, line)
    if len(words) % 2:
        raise ScriptError(
            source, words[-1].line, f"a knob without a value, or a value too many: {words[-1].text[:60]!r}"
        )
    return [Value(name.text, word) for name, word in zip(words[::2], words[1::2])]


def _statement(words: Sequence[Word], source: str) -> Statement:
    command, line = words[0].text, words[0].line
    shape: tuple[str, ...] = tuple(word.kind for word in words[1:])
    if command == "set" and len(words) == 3 and re.match(r"\[stack \d+\]$", words[2].text):
        return Statement("set", f"{words[1].text} {words[2].text[7:-1]}", line)
    if command == "push" and len(words) == 2 and re.match(r"\$\w+$|0$", words[1].text):
        return Statement("push", words[1].text.lstrip("$"), line)
    if command == "end_group" and len(words) == 1:
        return Statement("end_group", "", line)
    if command == "add_layer" and shape == (BRACED,):
        return Statement("add_layer", words[1].text, line)
    if shape == (BRACED,) and _CLASS.match(command):
        return Statement("node", command, line, values(words[1].text, source, words[1].line))
    what = " ".join(word.text.split("\n")[0] for word in words)[:60]
    raise ScriptError(source, line, f"this is no command of a script: {what}")
