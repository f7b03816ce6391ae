"""Which colour space a plate is in, and on what evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from .colour_space import (
    ACES2065_1,
    ACESCG,
    LINEAR_REC709,
    ColourSpace,
    find_space,
    is_linear_unsaid,
    is_unsaid,
    known_names,
    require_space,
)
from .plate import Plate

_CHROMATICITIES = {
    # red x, y, green x, y, blue x, y, white x, y: the standards' own figures
    LINEAR_REC709: (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290),
    ACES2065_1: (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.0770, 0.32168, 0.33767),
    ACESCG: (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767),
    "Linear Rec.2020": (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290),
    "Linear P3-D65": (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290),
}
_TOLERANCE = 0.002  # writers round to three or four digits; the spaces lie farther apart than this

_NOT_IN_FILE_NAMES = frozenset({"data", "none", "raw", "linear", "standard", "rendering"})
"""Words that plates are named with for other reasons."""


def space_of(plate: Plate, requested: str = "") -> ColourSpace:
    """The colour space of ``plate``, from ``requested`` (the request's field) or else by evidence.

    In this order: ``requested``; in the header ``acesImageContainerFlag``, ``colorInteropID`` (or another
    text attribute that names a space), ``chromaticities``; the file name; else linear Rec.709. A role such
    as ``scene_linear`` names no primaries, so only linear evidence counts with it. Raises
    :class:`BadRequest` with the nearest three names if nobody knows ``requested``.
    """
    if not is_unsaid(requested) and not is_linear_unsaid(requested):
        return ColourSpace(require_space(requested), f"asked for as {requested!r}")
    linear_only = is_linear_unsaid(requested)
    for found in _evidence(plate):
        if found.is_scene_linear or not linear_only:
            return found
    said = f"asked for as {requested!r}, and nothing in the file says more" if linear_only else ""
    return ColourSpace(LINEAR_REC709, said or "nothing in the file says otherwise")


def _evidence(plate: Plate) -> Iterator[ColourSpace]:
    if plate.attributes.get("acesImageContainerFlag") == 1:
        yield ColourSpace(ACES2065_1, "the header has acesImageContainerFlag 1")
    texts = [key for key, value in plate.attributes.items() if isinstance(value, str)]
    for key in sorted(texts, key=lambda key: (key != "colorInteropID", key)):
        stated = str(plate.attributes[key])
        space = None if is_unsaid(stated) else find_space(stated)
        if space:
            yield ColourSpace(space, f"the header's {key} is {stated!r}")
    stored = plate.attributes.get("chromaticities")
    if isinstance(stored, tuple):
        for space, expected in _CHROMATICITIES.items():
            if all(abs(a - b) <= _TOLERANCE for a, b in zip(stored, expected, strict=False)):
                yield ColourSpace(space, f"the header's chromaticities are those of {space}")
    named = _in_file_name(plate.file_name)
    if named:
        yield ColourSpace(named[1], f"the file name says {named[0]!r}")


def _in_file_name(file_name: str) -> tuple[str, str] | None:
    """The right-most space named in the file's own name (the longest, if several end there), as two names.

    The convention of OpenColorIO's ``parseColorSpaceFromString``, but by whole words: "faces" is no ACES.
    """
    stem = _words(re.split(r"[/\\]", file_name)[-1])
    found = ((stem.rfind(words) + len(words), len(words), space) for words, space in _searched().items())
    end, length, space = max(((e, n, s) for e, n, s in found if e >= n), default=(0, 0, ""))
    return (stem[end - length : end].strip("_"), space) if space else None


@cache
def _searched() -> dict[str, str]:
    """What to look for in :func:`_words` form, with the space that it names."""
    return {
        _words(name): space for name, space in known_names().items() if name.lower() not in _NOT_IN_FILE_NAMES
    }


def _words(text: str) -> str:
    """``Plate.ACES - ACEScg.exr`` -> ``_plate_aces_acescg_exr_``."""
    return "_" + re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") + "_"
