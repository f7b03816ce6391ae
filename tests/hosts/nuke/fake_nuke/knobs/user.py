"""Knobs that a script defines: ``addUserKnob {7 choke l "choke" t "Pixels." R -20 20}``."""

from __future__ import annotations

import functools
from typing import Sequence

from ..faults import EvaluationError
from ..words import Word, quote, split
from . import flags
from .arrays import (
    AColor_Knob,
    Array_Knob,
    BBox_Knob,
    Boolean_Knob,
    Color_Knob,
    Double_Knob,
    Int_Knob,
    WH_Knob,
    XY_Knob,
    XYZ_Knob,
)
from .buttons import PyScript_Knob
from .channels import Channel_Knob, ChannelMask_Knob
from .choices import Enumeration_Knob
from .files import File_Knob
from .knob import Knob
from .links import Link_Knob
from .texts import EvalString_Knob, Multiline_Eval_String_Knob, Tab_Knob, Text_Knob

TYPES: dict[int, type[Knob]] = {
    1: EvalString_Knob,
    2: File_Knob,
    3: Int_Knob,
    4: Enumeration_Knob,
    6: Boolean_Knob,
    7: Double_Knob,
    10: ChannelMask_Knob,
    11: Channel_Knob,
    12: XY_Knob,
    13: XYZ_Knob,
    14: WH_Knob,
    15: BBox_Knob,
    18: Color_Knob,
    19: AColor_Knob,
    20: Tab_Knob,
    22: PyScript_Knob,
    26: Text_Knob,
    28: Multiline_Eval_String_Knob,
    41: Link_Knob,
}


def make(text: str) -> Knob:
    """The knob that ``addUserKnob`` with this text defines.

    :raises EvaluationError: a type of knob that the fake does not have, or a definition that is none.
    """
    words = _words(text)
    if not words or not words[0].text.isdigit() or int(words[0].text) not in TYPES:
        raise EvaluationError(f"addUserKnob: no such type of knob: {text[:60]!r}")
    kind, rest = TYPES[int(words[0].text)], words[1:]
    knob = kind(rest[0].text if rest else "")
    _describe(knob, rest[1:])
    return knob


def definition(knob: Knob) -> str:
    """The text by which :func:`make` makes such a knob."""
    parts = [str(knob.TYPE), quote(knob.name())]
    if knob.label() != knob.name():
        parts.append(f"l {quote(knob.label())}")
    if knob.tooltip():
        parts.append(f"t {quote(knob.tooltip())}")
    if isinstance(knob, Enumeration_Knob):
        parts.append(f"M {{{' '.join(quote(value) for value in knob.values())}}}")
    if isinstance(knob, Array_Knob) and (knob.min(), knob.max()) != (0.0, 1.0):
        parts.append(f"R {knob.min():.10g} {knob.max():.10g}")
    for name, flag in flags.NAMES.items():
        if knob.getFlag(flag) != bool(knob.FLAGS & flag):
            parts.append(("+" if knob.getFlag(flag) else "-") + name)
    if isinstance(knob, Tab_Knob) and knob.nesting():
        parts.append(f"n {knob.nesting()}")
    text = _text_of(knob)
    if text:
        parts.append(f"T {quote(text)}")
    return " ".join(parts)


def has_value(knob: Knob) -> bool:
    """Whether the value of the user's knob stands on a line of its own, not in its definition."""
    return not isinstance(knob, (PyScript_Knob, Text_Knob, Link_Knob))


@functools.lru_cache(maxsize=4096)
def _words(text: str) -> tuple[Word, ...]:
    return tuple(split(text))  # the nodes of a gizmo all have the same definitions


def _text_of(knob: Knob) -> str:
    if isinstance(knob, (PyScript_Knob, Text_Knob)):
        return knob.value()
    return knob.getLink() if isinstance(knob, Link_Knob) else ""


def _describe(knob: Knob, words: Sequence[Word]) -> None:
    position = 0
    while position < len(words):
        word = words[position].text
        if word[:1] in "+-" and word[1:] in flags.NAMES:
            _flag(knob, word)
            position += 1
            continue
        count = 2 if word == "R" else 1
        arguments = [each.text for each in words[position + 1 : position + 1 + count]]
        if len(arguments) < count:
            raise EvaluationError(f"addUserKnob: {knob.name()}: something is missing after {word}")
        _attribute(knob, word, arguments)
        position += 1 + count


def _flag(knob: Knob, word: str) -> None:
    flag = flags.NAMES[word[1:]]
    if word[0] == "+":
        knob.setFlag(flag)
    else:
        knob.clearFlag(flag)


def _attribute(knob: Knob, word: str, arguments: list[str]) -> None:
    text: str | None = arguments[0]
    if word == "l":
        knob.setLabel(arguments[0])
    elif word == "t":
        knob.setTooltip(arguments[0])
    elif word == "M" and isinstance(knob, Enumeration_Knob):
        knob.setValues([each.text for each in split(arguments[0])])
    elif word == "R" and isinstance(knob, Array_Knob):
        knob.setRange(float(arguments[0]), float(arguments[1]))
    elif word == "n" and isinstance(knob, Tab_Knob):
        knob.setNesting(arguments[0])
    elif word == "T" and isinstance(knob, Link_Knob):
        knob.setLink(arguments[0])
    elif word == "T" and isinstance(knob, (PyScript_Knob, Text_Knob, EvalString_Knob)):
        knob.load(arguments[0])
    else:
        raise EvaluationError(f"addUserKnob: {knob.name()}: what is {word} {text!r}?")
