"""One number of a knob: constant, an expression, or keys of an animation."""

from __future__ import annotations

import re
from typing import NamedTuple, Sequence

from .. import expressions
from ..faults import EvaluationError
from ..words import BRACED, QUOTED, Word, escape, quote, split

_KEY = re.compile(r"x-?[\d.]+$|-?[\d.]+(?:e-?\d+)?$|[ilk]$")
_SAFE = re.compile(r"[\w.()+*/<>=!&|?:,%-]+$")


class Key(NamedTuple):
    """The value at a frame; ``hold``: it stays until the next key, else the way there is a straight line."""

    frame: float
    value: float
    hold: bool


class Component(NamedTuple):
    """A number, overruled by an expression, or by keys."""

    constant: float = 0.0
    expression: str = ""
    keys: tuple[Key, ...] = ()

    def is_animated(self) -> bool:
        return bool(self.expression or self.keys)

    def at(self, frame: float, names: expressions.Names) -> float:
        """:raises EvaluationError: the expression fails."""
        if self.expression:
            return expressions.number(self.expression, names)
        return self._between(frame) if self.keys else self.constant

    def with_key(self, frame: float, value: float) -> Component:
        keys = [key for key in self.keys if key.frame != frame] + [Key(frame, value, False)]
        return self._replace(keys=tuple(sorted(keys)))

    def _between(self, frame: float) -> float:
        before = [key for key in self.keys if key.frame <= frame]
        after = [key for key in self.keys if key.frame > frame]
        if not before or not after:
            return before[-1].value if before else after[0].value
        left, right = before[-1], after[0]
        share = 0.0 if left.hold else (frame - left.frame) / (right.frame - left.frame)
        return left.value + (right.value - left.value) * share


def read(word: Word) -> Component:
    """A component as a script has it.

    :raises EvaluationError: it is neither a number, a boolean, an expression nor a curve.
    """
    if word.kind == BRACED:
        words = split(word.text)
        if words and words[0].kind != QUOTED and words[0].text == "curve":
            return Component(keys=_keys([each.text for each in words[1:]]))
        return Component(expression=expression_of(word.text))
    return Component(constant=read_number(word.text))


def write(component: Component) -> str:
    """The other way of :func:`read`."""
    if component.expression:
        plain = _SAFE.match(component.expression) and component.expression != "curve"
        text = component.expression if plain else f'"{escape(component.expression)}"'
        return f"{{{text}}}"
    if component.keys:
        keys = " ".join(
            f"{'K ' if key.hold else 'L '}x{key.frame:.10g} {key.value:.10g}" for key in component.keys
        )
        return f"{{curve {keys}}}"
    return f"{component.constant:.10g}"


def read_number(text: str) -> float:
    """:raises EvaluationError: ``text`` is no number, hexadecimal number or boolean."""
    if text in ("true", "false"):
        return float(text == "true")
    try:
        return float(int(text, 16)) if text.lower().startswith("0x") else float(text)
    except ValueError:
        raise EvaluationError(f"this is no number: {quote(text)}") from None


def expression_of(text: str) -> str:
    """The expression in the inner braces of ``{{...}}``: quoted, or bare; keys after it are leftovers."""
    words = split(text)
    if words and (
        words[0].kind == QUOTED or (len(words) > 1 and all(_KEY.match(word.text) for word in words[1:]))
    ):
        return words[0].text
    return text.strip()


def _keys(words: Sequence[str]) -> tuple[Key, ...]:
    keys: list[Key] = []
    hold, frame, step = False, 0.0, 1.0
    for word in words:
        if word in ("K", "L", "C", "i", "l", "k"):
            hold = word == "K" if word.isupper() else hold
        elif word.startswith("x"):
            step = read_number(word[1:]) - frame if keys else step
            frame = read_number(word[1:])
        elif word[0] not in "stuv":
            keys.append(Key(frame, read_number(word), hold))
            frame += step
    if not keys:
        raise EvaluationError("a curve without keys")
    return tuple(keys)
