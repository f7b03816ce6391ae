"""From a list of operators to the image of the last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .copying import copy, remove, shuffle
from .faults import EvaluationError
from .generators import checkerboard_node, constant
from .grading import expression, grade, premult, unpremult
from .image import Image, nothing
from .merging import channel_merge, merge
from .op import Op
from .read_cache import ReadCache
from .reading import read
from .reformatting import reformat

_PASS_THROUGH = (
    *("NoOp", "Dot", "Input", "Output", "Group", "Gizmo", "Viewer", "Write"),
    *("TimeOffset", "FrameHold", "FrameRange"),  # what they do to time is done before we are asked
)


def _switch(op: Op, inputs: list[Image]) -> Image:
    """``which`` counts from 0 and stops at the last input."""
    return inputs[min(max(0, int(op.number("which"))), len(inputs) - 1)]


_OPERATIONS: dict[str, Callable[[Op, list[Image]], Image]] = {
    "Switch": _switch,
    "Copy": copy,
    "Shuffle": shuffle,
    "Remove": remove,
    "Merge2": merge,
    "ChannelMerge": channel_merge,
    "Grade": grade,
    "Premult": premult,
    "Unpremult": unpremult,
    "Expression": expression,
    "Reformat": reformat,
    "Constant": lambda op, inputs: constant(op),
    "CheckerBoard2": lambda op, inputs: checkerboard_node(op),
} | dict.fromkeys(_PASS_THROUGH, lambda op, inputs: inputs[0])


def image_of(ops: Any, cache: ReadCache) -> Image:
    """The image of the last of ``ops`` (JSON of :class:`Op`, inputs before what uses them).

    :raises EvaluationError: a node's own, or a list that makes no graph.
    """
    if not isinstance(ops, Sequence) or not ops:
        raise EvaluationError("there is nothing to evaluate")
    images: dict[int, Image] = {}
    last = nothing()
    for op in map(Op.from_json, ops):
        last = images[op.id] = _evaluated(op, images, cache)
    return last


def _evaluated(op: Op, images: dict[int, Image], cache: ReadCache) -> Image:
    if op.node_class == "Read":
        return read(op, cache)
    operation = _OPERATIONS.get(op.node_class)
    if operation is None:
        raise op.error(f"a node of class {op.node_class} can't be evaluated by this fake")
    if op.number("mix", 1) != 1:
        raise op.error("a mix other than 1 can't be evaluated by this fake")
    unknown = [one for one in op.inputs if one is not None and one not in images]
    if unknown:
        raise op.error(f"its input {unknown[0]} does not come before it")
    inputs = [nothing() if one is None else images[one] for one in op.inputs]
    if op.node_class != "Switch":
        inputs += [nothing()] * (2 - len(inputs))
    return operation(op, inputs or [nothing()])
