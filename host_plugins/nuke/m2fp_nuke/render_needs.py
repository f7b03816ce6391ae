"""Which masks a render needs, and seeing that they are there before it."""

from __future__ import annotations

import os
from typing import Any

from m2fp_host.errors import BadRequest, M2FPError

from .frame_ranges import as_text
from .interactive import run_in_terminal
from .mask_files import mask_file
from .outcome import Outcome
from .settings import ERROR, Settings, settings_of
from .upstream import FrameMap, m2fp_behind


def masks_needed(write: Any, frames: list[int]) -> list[tuple[Any, list[int]]]:
    """The M2FP nodes that ``write`` shows, each with the frames of masks that ``frames`` of it take."""
    return [(node, _mapped(node, maps, frames)) for node, maps in m2fp_behind(write).values()]


def refuse_clashes(nodes: list[Any]) -> None:
    """:raises RuntimeError: two nodes would write different masks to the same files, time and again."""
    seen: dict[str, tuple[Any, Settings]] = {}
    for node in nodes:
        settings = _settings(node)
        other, others = seen.setdefault(settings.pattern, (node, settings))
        same_plate = _input_name(node) == _input_name(other)
        if settings.parameters != others.parameters or not same_plate:
            raise RuntimeError(
                f"{others.name} and {settings.name} write different masks to {settings.pattern}: "
                "change one node's mask path"
            )


def prepare(node: Any, frames: list[int], *, may_render: bool, missing_only: bool = False) -> Outcome | None:
    """Compute what is missing of ``frames``; ``None`` if nothing was asked for.

    :raises RuntimeError: a frame has no masks, and the node wants that to be an error; says node, frame and
        what to do.
    """
    settings = _settings(node)
    try:
        _check_range(settings, frames)
        if missing_only:
            frames = [frame for frame in frames if not _is_there(settings, frame)]
        if not frames:
            return None
        if settings.exposure == "auto":  # every machine of a farm finds it on the same frame
            frames = list(dict.fromkeys([settings.first, *frames]))
        outcome = run_in_terminal(node, frames, "batch", may_render=may_render)
    except M2FPError as error:
        raise RuntimeError(f"{node.fullName()}: {error}") from None
    if outcome.cancelled or (outcome.failed and settings.missing == ERROR):
        raise RuntimeError("\n".join(outcome.problems()) or f"{settings.name}: cancelled")
    return outcome


def _settings(node: Any) -> Settings:
    """:raises RuntimeError: the knobs make no sense."""
    try:
        return settings_of(node)
    except M2FPError as error:
        raise RuntimeError(f"{node.fullName()}: {error}") from None


def _input_name(node: Any) -> str:
    above = node.input(0)
    return above.fullName() if above is not None else ""


def _mapped(node: Any, maps: list[FrameMap], frames: list[int]) -> list[int]:
    """All frames that some way needs; where that can't be told, the node's whole range as well."""
    wanted: set[int] = set()
    for each in maps:
        mapped = [each(frame) for frame in frames]
        wanted.update(frame for frame in mapped if frame is not None)
        if None in mapped:
            wanted.update(range(int(node["first"].value()), int(node["last"].value()) + 1))
    return sorted(wanted)


def _check_range(settings: Settings, frames: list[int]) -> None:
    """A frame outside the node's range would be black without a word."""
    outside = [frame for frame in frames if not settings.first <= frame <= settings.last]
    if outside and settings.missing == ERROR:
        raise BadRequest(
            f"frame {as_text(outside)} is outside of its frame range {settings.first}-{settings.last}, where "
            "the matte is black",
            "widen its frame range",
        )


def _is_there(settings: Settings, frame: int) -> bool:
    return all(os.path.isfile(mask_file(settings.pattern, frame, view)) for view in settings.views)
