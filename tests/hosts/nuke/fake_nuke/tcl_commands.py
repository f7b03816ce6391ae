"""The commands of TCL itself, as far as people use them in Nuke's knobs: texts in, a text out."""

from __future__ import annotations

import os
import posixpath
from typing import Callable

from .faults import EvaluationError, ScriptError
from .words import quote, split


def items(text: str) -> list[str]:
    """The items of a TCL list.

    :raises EvaluationError: it is none.
    """
    try:
        return [word.text for word in split(text)]
    except ScriptError as error:
        raise EvaluationError(f"this is no TCL list: {text!r}") from error


def make_list(words: list[str]) -> str:
    """The TCL list of ``words``."""
    return " ".join(quote(word) for word in words)


def _count(words: list[str], least: int, most: int, usage: str) -> None:
    if not least <= len(words) <= most:
        raise EvaluationError(f"wrong number of words: should be {usage}")


def _index(text: str, length: int) -> int:
    if text == "end" or (text.startswith("end-") and text[4:].isdigit()):
        return length - 1 - int(text[4:] or 0)
    if not text.lstrip("-").isdigit():
        raise EvaluationError(f"this is no index: {text!r}")
    return int(text)


def _file(words: list[str]) -> str:
    _count(words, 2, 1000, "file OPTION NAME")
    option, name = words[0], words[1]
    known: dict[str, Callable[[], str]] = {
        "dirname": lambda: (
            posixpath.dirname(name.rstrip("/") or name) or ("/" if name.startswith("/") else ".")
        ),
        "exists": lambda: str(int(os.path.exists(name))),
        "extension": lambda: posixpath.splitext(name)[1],
        "isdirectory": lambda: str(int(os.path.isdir(name))),
        "isfile": lambda: str(int(os.path.isfile(name))),
        "join": lambda: posixpath.join(*words[1:]),
        "normalize": lambda: os.path.abspath(name).replace(os.sep, "/"),
        "rootname": lambda: posixpath.splitext(name)[0],
        "tail": lambda: posixpath.basename(name.rstrip("/")),
    }
    if option not in known:
        raise EvaluationError(f"unknown TCL command: file {option}")
    return known[option]()


def _format(words: list[str]) -> str:
    _count(words, 1, 1000, "format FORM ...")
    values: list[object] = []
    for word in words[1:]:
        try:
            values.append(float(word) if "." in word or "e" in word.lower() else int(word))
        except ValueError:
            values.append(word)
    try:
        return words[0] % tuple(values)
    except (TypeError, ValueError) as error:
        raise EvaluationError(f"format {' '.join(words)}: {error}") from error


def _getenv(words: list[str]) -> str:
    _count(words, 1, 2, "getenv NAME ?DEFAULT?")
    found = os.environ.get(words[0], words[1] if len(words) == 2 else None)
    if found is None:
        raise EvaluationError(f"getenv: there is no environment variable {words[0]}")
    return found


def _join(words: list[str]) -> str:
    _count(words, 1, 2, "join LIST ?SEPARATOR?")
    return (words[1] if len(words) == 2 else " ").join(items(words[0]))


def _lindex(words: list[str]) -> str:
    _count(words, 2, 2, "lindex LIST INDEX")
    found = items(words[0])
    index = _index(words[1], len(found))
    return found[index] if 0 <= index < len(found) else ""


def _llength(words: list[str]) -> str:
    _count(words, 1, 1, "llength LIST")
    return str(len(items(words[0])))


def _split(words: list[str]) -> str:
    _count(words, 1, 2, "split TEXT ?SEPARATOR?")
    text, separators = words[0], words[1] if len(words) == 2 else " \t\n"
    for separator in separators[1:]:
        text = text.replace(separator, separators[0])
    return make_list(text.split(separators[0]) if separators else list(text))


def _string(words: list[str]) -> str:
    _count(words, 2, 5, "string OPTION ...")
    option, rest = words[0], words[1:]
    known: dict[str, Callable[[], str]] = {
        "compare": lambda: str((rest[0] > rest[1]) - (rest[0] < rest[1])),
        "equal": lambda: str(int(rest[0] == rest[1])),
        "first": lambda: str(rest[1].find(rest[0])),
        "index": lambda: rest[0][_index(rest[1], len(rest[0])) :][:1],
        "last": lambda: str(rest[1].rfind(rest[0])),
        "length": lambda: str(len(rest[0])),
        "map": lambda: _mapped(items(rest[0]), rest[1]),
        "range": lambda: rest[0][_index(rest[1], len(rest[0])) : _index(rest[2], len(rest[0])) + 1],
        "tolower": lambda: rest[0].lower(),
        "toupper": lambda: rest[0].upper(),
        "trim": lambda: rest[0].strip(rest[1] if len(rest) == 2 else None),
        "trimleft": lambda: rest[0].lstrip(rest[1] if len(rest) == 2 else None),
        "trimright": lambda: rest[0].rstrip(rest[1] if len(rest) == 2 else None),
    }
    if option not in known:
        raise EvaluationError(f"unknown TCL command: string {option}")
    try:
        return known[option]()
    except IndexError:
        raise EvaluationError(f"wrong number of words: string {' '.join(words)}") from None


def _mapped(pairs: list[str], text: str) -> str:
    if len(pairs) % 2:
        raise EvaluationError("string map: the list has an odd number of items")
    result, position = [], 0
    while position < len(text):
        for old, new in zip(pairs[::2], pairs[1::2]):
            if old and text.startswith(old, position):
                result.append(new)
                position += len(old)
                break
        else:
            result.append(text[position])
            position += 1
    return "".join(result)


PURE: dict[str, Callable[[list[str]], str]] = {
    "file": _file,
    "format": _format,
    "getenv": _getenv,
    "join": _join,
    "lindex": _lindex,
    "list": make_list,
    "llength": _llength,
    "return": " ".join,
    "split": _split,
    "string": _string,
}
"""The commands that know nothing of nodes."""
