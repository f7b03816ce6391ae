"""Words: how TCL, and with it Nuke's script text, quotes."""

from __future__ import annotations

from typing import Callable, NamedTuple

from .faults import ScriptError

BARE, QUOTED, BRACED = "bare", "quoted", "braced"

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\n": " "}
_NEEDS_QUOTES = set(' \t\n\r"\\[]{}$;')


class Word(NamedTuple):
    """One word: its text without quotes and escapes (a braced one is as it was written), and its line."""

    text: str
    kind: str
    line: int


class Scanner:
    """Reads words from ``text``.

    :param command: what a ``[command]`` becomes; without it ``[`` is a character like any other, as in the
        values of knobs.
    :param source: what the text is called in errors; :param line: the number of its first line.
    """

    def __init__(
        self, text: str, source: str = "text", line: int = 1, command: Callable[[str], str] | None = None
    ) -> None:
        self.text = text
        self.source = source
        self.line = line
        self.position = 0
        self._command = command

    def error(self, what: str, line: int | None = None) -> ScriptError:
        return ScriptError(self.source, self.line if line is None else line, what)

    def command(self) -> list[Word] | None:
        """The words of the next command; comments are skipped; ``None`` at the end.

        :raises ScriptError: a quote, brace or bracket that is not closed, or has something right after it.
        """
        while self._skip_space(";\n"):
            if self._peek() == "#":
                self._skip_comment()
                continue
            words = []
            while self._skip_space("") and self._peek() not in ";\n":
                words.append(self._word(";\n"))
            return words
        return None

    def words(self) -> list[Word]:
        """All words that are left, whatever lines they are on.

        :raises ScriptError: as :meth:`command`.
        """
        words = []
        while self._skip_space("\n"):
            words.append(self._word(""))
        return words

    def _peek(self) -> str:
        return self.text[self.position]

    def _advance(self) -> str:
        character = self.text[self.position]
        self.position += 1
        if character == "\n":
            self.line += 1
        return character

    def _skip_space(self, more: str) -> bool:
        while self.position < len(self.text):
            if self.text.startswith("\\\n", self.position):
                self._advance()
            elif self._peek() not in " \t\r" + more:
                return True
            self._advance()
        return False

    def _skip_comment(self) -> None:
        while self.position < len(self.text) and self._peek() != "\n":
            self._advance()

    def _word(self, ends: str) -> Word:
        line = self.line
        first = self._peek()
        if first == "{":
            return Word(self._closed(self._braces(), ends), BRACED, line)
        if first == '"':
            return Word(self._closed(self._quotes(), ends), QUOTED, line)
        parts = []
        while self.position < len(self.text) and self._peek() not in " \t\r\n" + ends:
            parts.append(self._piece())
        return Word("".join(parts), BARE, line)

    def _closed(self, text: str, ends: str) -> str:
        if self.position < len(self.text) and self._peek() not in " \t\r\n" + ends:
            raise self.error(f"extra characters after a closing quote or brace: {self._rest()!r}")
        return text

    def _rest(self) -> str:
        return self.text[self.position : self.position + 20].split("\n")[0]

    def _piece(self) -> str:
        if self._command is not None and self._peek() == "[":
            return self._command(self._bracketed())
        character = self._advance()
        if character == "\\" and self.position < len(self.text):
            escaped = self._advance()
            return _ESCAPES.get(escaped, escaped)
        return character

    def _braces(self) -> str:
        began, line, depth = self.position + 1, self.line, 0
        while self.position < len(self.text):
            character = self._advance()
            if character == "\\" and self.position < len(self.text):
                self._advance()
            elif character == "{":
                depth += 1
            elif character == "}":
                depth -= 1
                if depth == 0:
                    return self.text[began : self.position - 1]
        raise self.error("this brace is not closed", line)

    def _quotes(self) -> str:
        line = self.line
        parts: list[str] = []
        self._advance()
        while self.position < len(self.text):
            if self._peek() == '"':
                self._advance()
                return "".join(parts)
            parts.append(self._piece())
        raise self.error("this quote is not closed", line)

    def _bracketed(self) -> str:
        began, line = self.position, self.line
        self.position = end_of_bracket(self.text, began)
        if self.position < 0:
            raise self.error("this bracket is not closed", line)
        text = self.text[began : self.position]
        self.line += text.count("\n")
        return text[1:-1]


def end_of_bracket(text: str, began: int) -> int:
    """The position after the ``]`` that closes the ``[`` at ``began``; -1 if none does."""
    depth, position = 0, began
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
        elif character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return -1


def split(text: str, source: str = "list", line: int = 1) -> list[Word]:
    """The words of ``text``, a list or a node's body.

    :raises ScriptError: it is not one.
    """
    return Scanner(text, source, line).words()


def escape(text: str) -> str:
    """``text`` as it stands between double quotes."""
    for plain, escaped in (
        ("\\", "\\\\"),
        ('"', '\\"'),
        ("[", "\\["),
        ("{", "\\{"),
        ("}", "\\}"),
        ("$", "\\$"),
    ):
        text = text.replace(plain, escaped)
    return text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def quote(text: str) -> str:
    """``text`` as one word, quoted only if it has to be."""
    if text and not _NEEDS_QUOTES.intersection(text):
        return text
    return f'"{escape(text)}"'
