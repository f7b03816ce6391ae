"""The small arithmetic that Expression nodes may use here."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from .op import Op

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda a, b: np.divide(a, b, out=np.zeros_like(a * b), where=b != 0),
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": lambda *values: reduce(np.minimum, values),
    "max": lambda *values: reduce(np.maximum, values),
    "abs": np.abs,
    "clamp": lambda value, low=0.0, high=1.0: np.minimum(np.maximum(value, low), high),
}


def names_in(formula: str, op: Op) -> set[str]:
    """The channels and variables that ``formula`` uses.

    :raises EvaluationError: it is no arithmetic of + - * / comparisons, min, max, abs and clamp.
    """
    try:
        return _names(ast.parse(formula, mode="eval").body)
    except (SyntaxError, ValueError):
        raise op.error(f"the expression {formula!r} is not one that this fake can evaluate") from None


def _names(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return {f"{node.value.id}.{node.attr}"}
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return set()
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _names(node.left) | _names(node.right)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _names(node.operand)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
        return _names(node.left) | _names(node.comparators[0])
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _FUNCTIONS
        and node.args
        and not node.keywords
    ):
        return set().union(*map(_names, node.args))
    raise ValueError(ast.dump(node))


def evaluate(formula: str, values: Mapping[str, Any]) -> Any:
    """``formula``, which :func:`names_in` took, with ``values`` for its names; division by 0 gives 0."""
    return _value(ast.parse(formula, mode="eval").body, values)


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return np.float32(float(str(node.value)))
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)](_value(node.left, values), _value(node.right, values))
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand, values)
    if isinstance(node, ast.Compare):
        compare = _COMPARE[type(node.ops[0])]
        return np.float32(compare(_value(node.left, values), _value(node.comparators[0], values)))
    if isinstance(node, ast.Call):
        function = _FUNCTIONS[ast.unparse(node.func)]
        return function(*(_value(argument, values) for argument in node.args))
    return values[ast.unparse(node)]
