"""Which masks were made for this file, where their plate is one that only Blender can render.

Inside of a render that plate can't be rendered and compared, so the masks on disk are taken for it. They
may be of another plate that was chosen before, or of another .blend beside this one: so the file itself
remembers, frame by frame, of what its own runs made them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import bpy

from m2fp_host.errors import BadRequest, M2FPError
from m2fp_host.provenance import Provenance

from .settings import Settings

_DIGITS = 16
"""Of the plate's sha256."""

_here: set[tuple[str, int]] = set()
"""Groups and frames of runs in this process."""

PARSE_FIRST = "press Parse Range before, or run bpy.ops.m2fp.parse_range() before the render"


def remember(tree: bpy.types.NodeTree, settings: Settings, frames: Iterable[int]) -> None:
    """A run of this file has made the masks of these frames, or found them to be right."""
    plate, known = plate_in_words(tree), _known(tree)
    sources = known["sources"] if known["plate"] == plate else {}
    for frame in frames:
        with suppress(M2FPError):  # replaced since, by something that is no mask
            sources[str(frame)] = Provenance.read(settings.masks(frame)).source[:_DIGITS]
            _here.add((tree.name_full, frame))
    tree.m2fp.parsed = json.dumps({"plate": plate, "sources": sources})


def check(tree: bpy.types.NodeTree, settings: Settings, frame: int) -> None:
    """Whether the masks of a frame are those that were made for this file.

    :raises BadRequest: they are not, or there are none.
    """
    plate, known = plate_in_words(tree), _known(tree)
    if known["plate"] and known["plate"] != plate:
        raise BadRequest(f"the masks are of {known['plate']}, and {plate} is chosen now", PARSE_FIRST)
    source = known["sources"].get(str(frame))
    if source is None:
        raise BadRequest(f"no masks of {plate} were made for this file at frame {frame}", PARSE_FIRST)
    masks = settings.masks(frame)
    if Provenance.read(masks).source[:_DIGITS] != source:
        raise BadRequest(
            f"the masks {masks} are not those that were made for this file",
            f"give each .blend a mask folder of its own, and {PARSE_FIRST}",
        )


def made_here(tree: bpy.types.NodeTree, frame: int) -> bool:
    """Whether a run in this very process has made the masks of a frame, or compared them with their plate."""
    return (tree.name_full, frame) in _here


def plate_in_words(tree: bpy.types.NodeTree) -> str:
    """Which plate is chosen, whatever its content."""
    chosen = tree.m2fp
    if chosen.source == "SCENE":
        return "the scene"
    shown = chosen.image if chosen.source == "IMAGE" else chosen.clip
    return "no plate" if shown is None else f"{shown.name} ({shown.filepath}, offset {chosen.offset})"


def _known(tree: bpy.types.NodeTree) -> dict[str, Any]:
    try:
        known = json.loads(tree.m2fp.parsed)
        return {"plate": str(known["plate"]), "sources": dict(known["sources"])}
    except (ValueError, KeyError, TypeError):  # never parsed, or by a later version
        return {"plate": "", "sources": {}}
