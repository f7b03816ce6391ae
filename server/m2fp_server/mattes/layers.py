"""Which layer is made of what: ``hair``, ``person``, ``p2_hair`` as planes at the engine's grid."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..engines.engine import BACKGROUND, Parsing

PERSON = "person"
MOST_PEOPLE = 8

_OF_ONE = re.compile(rf"p([1-{MOST_PEOPLE}])_([a-z].*)")


@dataclass(frozen=True)
class Layers:
    """``planes (L, gh, gw) float32``, one for each of ``names``, and what could not be had, in words."""

    names: tuple[str, ...]
    planes: npt.NDArray[np.float32]
    warnings: tuple[str, ...]


def layer_names(labels: Sequence[str], asked: Sequence[str], people: str) -> tuple[str, ...]:
    """The layers of a result, each once, in the order asked for.

    ``asked`` empty means every label but the background, and ``person``. ``people`` ``"apart"`` adds the
    ``p1_`` to ``p8_`` forms, always all of them, so that a sequence never changes its channels.
    """
    together = tuple(asked) or (*(label for label in labels if label != BACKGROUND), PERSON)
    apart = (
        tuple(
            f"p{number}_{name}"
            for number in range(1, MOST_PEOPLE + 1)
            for name in together
            if not _OF_ONE.fullmatch(name)
        )
        if people == "apart"
        else ()
    )
    return tuple(dict.fromkeys(together + apart))


def select_layers(parsing: Parsing, names: Sequence[str]) -> Layers:
    """The planes of ``names``. One that this parsing can't give is 0 everywhere, with a warning."""
    grid = parsing.probabilities.shape[1:]
    planes = np.zeros((len(names), *grid), np.float32)
    unknown, asked = [], set()
    for plane, name in zip(planes, names, strict=True):
        match = _OF_ONE.fullmatch(name)
        part = match[2] if match else name
        if part != PERSON and (part not in parsing.labels or part == BACKGROUND):
            unknown.append(name)
            continue
        if match:
            number = int(match[1])
            asked.add(number)
            if parsing.people is None or number > len(parsing.people):
                continue
            plane[:] = _part(parsing, part) * parsing.people[number - 1]
        else:
            plane[:] = _part(parsing, part)
    return Layers(tuple(names), planes, _warnings(parsing, unknown, sorted(asked)))


def _part(parsing: Parsing, part: str) -> npt.NDArray[np.float32]:
    if part == PERSON:
        background = parsing.probabilities[parsing.labels.index(BACKGROUND)]
        return np.asarray(1 - np.minimum(background.astype(np.float32), 1), np.float32)
    return np.asarray(parsing.probabilities[parsing.labels.index(part)], np.float32)


def _warnings(parsing: Parsing, unknown: list[str], asked: list[int]) -> tuple[str, ...]:
    """``unknown``: names of no label; ``asked``: numbers of people whose layers are asked for."""
    warnings = []
    if BACKGROUND in unknown:
        unknown.remove(BACKGROUND)
        warnings.append("background is no matte: it is 0 everywhere; invert person instead")
    if unknown:
        known = [PERSON, *(label for label in parsing.labels if label != BACKGROUND)]
        near = difflib.get_close_matches(unknown[0], known, 1)
        mistyped = f" (did you mean {near[0]}?)" if near and len(unknown) == 1 else ""
        warnings.append(f"this engine has no label for {', '.join(unknown)}{mistyped}: 0 everywhere")
    if asked and parsing.people is None:
        warnings.append("this engine can't tell people apart: the layers p1_... to p8_... are 0 everywhere")
    elif asked and parsing.people is not None:
        there = len(parsing.people)
        if absent := [f"p{number}_..." for number in asked if number > there]:
            warnings.append(f"{there} people in this frame: {', '.join(absent)} are 0 everywhere")
        if there > MOST_PEOPLE:
            warnings.append(f"{there} people in this frame: only the first {MOST_PEOPLE} have layers")
    return tuple(warnings)
