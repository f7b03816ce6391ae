"""Nuke's expressions, such as ``parent.missing == 2 ? frame : root.first_frame``."""

from __future__ import annotations

import functools
import math
import re
from typing import Any, Callable, Union

from .faults import EvaluationError
from .words import end_of_bracket

Value = Union[float, str]
Term = Callable[["Names"], Value]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)"
    r"|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)"
    r"|(?P<operator>\*\*|&&|\|\||[=!<>]=|[-+*/%^<>!?:(),]))"
)

_LEVELS = (("||",), ("&&",), ("==", "!=", "eq", "ne"), ("<=", ">=", "<", ">"), ("+", "-"), ("*", "/", "%"))

_FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "ceil": math.ceil,
    "clamp": lambda value, low=0, high=1: min(max(value, low), high),
    "cos": math.cos,
    "exp": math.exp,
    "floor": math.floor,
    "fmod": math.fmod,
    "int": int,
    "lerp": lambda a, b, t: a + (b - a) * t,
    "log": math.log,
    "max": max,
    "min": min,
    "pow": pow,
    "rint": lambda value: math.floor(value + 0.5),
    "sin": math.sin,
    "sqrt": math.sqrt,
    "step": lambda edge, value: float(value >= edge),
    "trunc": math.trunc,
}


class Names:
    """What an expression refers to. TCL's ``expr`` divides whole numbers into whole numbers."""

    whole_division = False

    def number(self, path: str, frame: float | None) -> float:
        """The value of a knob or variable, at another frame if one is given.

        :raises EvaluationError: there is none.
        """
        raise NotImplementedError

    def command(self, text: str) -> str:
        """The result of a TCL command.

        :raises EvaluationError: it fails.
        """
        raise NotImplementedError

    def substitute(self, text: str) -> str:
        """``text`` with its TCL commands replaced by their results."""
        raise NotImplementedError


def evaluate(text: str, names: Names) -> Value:
    """What ``text`` comes to: a number, or a string where it is nothing but one.

    :raises EvaluationError: it does not parse, or refers to what is not there.
    """
    return _parse(text)(names)


def number(text: str, names: Names) -> float:
    """:raises EvaluationError: as :func:`evaluate`, or the result is no number."""
    return as_number(evaluate(text, names))


def as_number(value: Value) -> float:
    """:raises EvaluationError: ``value`` is a string that is no number."""
    try:
        return float(value)
    except ValueError:
        raise EvaluationError(f"this is no number: {value!r}") from None


@functools.lru_cache(maxsize=1024)
def _parse(text: str) -> Term:
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._split()
        self._next = 0

    def whole(self) -> Term:
        term = self._choice()
        if self._next < len(self._tokens):
            raise self._error(f"unexpected {self._tokens[self._next][1]!r}")
        return term

    def _error(self, what: str) -> EvaluationError:
        return EvaluationError(f"{what} in the expression {self._text!r}")

    def _split(self) -> list[tuple[str, str]]:
        tokens, position, text = [], 0, self._text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is not None:
                tokens.append((str(match.lastgroup), match.group(str(match.lastgroup))))
                position = match.end()
                continue
            if text[position].isspace():
                position += 1
                continue
            kind, end = self._closed(text, position)
            tokens.append((kind, text[position + 1 : end - 1]))
            position = end
        return tokens

    def _closed(self, text: str, position: int) -> tuple[str, int]:
        if text[position] == "[":
            end = end_of_bracket(text, position)
            if end > 0:
                return "command", end
        for mark, close, kind in (('"', '"', "string"), ("{", "}", "verbatim")):
            end = text.find(close, position + 1)
            if text[position] == mark and end > 0:
                return kind, end + 1
        raise self._error(f"unexpected {text[position]!r}")

    def _take(self, *operators: str) -> str:
        if self._next < len(self._tokens):
            kind, text = self._tokens[self._next]
            if kind in ("operator", "name") and text in operators:
                self._next += 1
                return text
        return ""

    def _expect(self, operator: str) -> None:
        if not self._take(operator):
            raise self._error(f"{operator!r} is missing")

    def _choice(self) -> Term:
        condition = self._level(0)
        if not self._take("?"):
            return condition
        yes = self._choice()
        self._expect(":")
        no = self._choice()
        return lambda names: yes(names) if as_number(condition(names)) else no(names)

    def _level(self, level: int) -> Term:
        if level == len(_LEVELS):
            return self._unary()
        left = self._level(level + 1)
        while True:
            operator = self._take(*_LEVELS[level])
            if not operator:
                return left
            left = _binary(operator, left, self._level(level + 1))

    def _unary(self) -> Term:
        operator = self._take("!", "-", "+")
        if not operator:
            return self._power()
        term = self._unary()
        if operator == "!":
            return lambda names: float(not as_number(term(names)))
        sign = -1 if operator == "-" else 1
        return lambda names: sign * _numeric(term(names))

    def _power(self) -> Term:
        base = self._primary()
        if not self._take("**", "^"):
            return base
        exponent = self._unary()
        return lambda names: as_number(base(names)) ** as_number(exponent(names))

    def _primary(self) -> Term:
        if self._next == len(self._tokens):
            raise self._error("something is missing at the end")
        kind, text = self._tokens[self._next]
        self._next += 1
        if kind == "number":
            constant = int(text) if text.isdigit() else float(text)
            return lambda _: constant
        if kind == "string":
            return lambda names: names.substitute(text)
        if kind == "verbatim":
            return lambda _: text
        if kind == "command":
            return lambda names: names.command(text)
        if kind == "name":
            return self._called(text) if self._take("(") else lambda names: names.number(text, None)
        if text != "(":
            raise self._error(f"unexpected {text!r}")
        inner = self._choice()
        self._expect(")")
        return inner

    def _called(self, name: str) -> Term:
        arguments = []
        if not self._take(")"):
            arguments.append(self._choice())
            while self._take(","):
                arguments.append(self._choice())
            self._expect(")")
        function = _FUNCTIONS.get(name)
        if function is not None:
            return lambda names: _call(name, function, [as_number(each(names)) for each in arguments])
        if len(arguments) != 1:
            raise self._error(f"unknown function {name}()")
        return lambda names: names.number(name, as_number(arguments[0](names)))


def _call(name: str, function: Callable[..., float], arguments: list[float]) -> float:
    try:
        return function(*arguments)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise EvaluationError(f"{name}(): {error}") from error


def _numeric(value: Value) -> float:
    if isinstance(value, str):
        return int(value) if value.strip().lstrip("-").isdigit() else as_number(value)
    return value


def _binary(operator: str, left: Term, right: Term) -> Term:
    if operator == "&&":
        return lambda names: float(bool(as_number(left(names))) and bool(as_number(right(names))))
    if operator == "||":
        return lambda names: float(bool(as_number(left(names))) or bool(as_number(right(names))))
    if operator in ("==", "!=", "eq", "ne"):
        return lambda names: float(_same(left(names), right(names)) == (operator in ("==", "eq")))
    return lambda names: _calculate(operator, _numeric(left(names)), _numeric(right(names)), names)


def _same(left: Value, right: Value) -> bool:
    try:
        return float(left) == float(right)
    except ValueError:
        return str(left) == str(right)


def _calculate(operator: str, left: float, right: float, names: Names) -> float:
    compare: dict[str, Any] = {
        "<": left < right,
        ">": left > right,
        "<=": left <= right,
        ">=": left >= right,
        "+": left + right,
        "-": left - right,
        "*": left * right,
    }
    if operator in compare:
        result = compare[operator]
        return float(result) if isinstance(result, bool) else result
    if right == 0:
        raise EvaluationError("division by zero in an expression")
    if operator == "%":
        return math.fmod(left, right)
    whole = names.whole_division and isinstance(left, int) and isinstance(right, int)
    return left // right if whole else left / right
