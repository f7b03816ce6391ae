"""Which masks a render needs, and seeing that they are there before it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any, Iterable, Mapping

from m2fp_host.errors import BadImage, BadRequest, M2FPError
from m2fp_host.frames.frame_ranges import told
from m2fp_host.frames.outcome import Outcome

from .interactive import run_in_terminal
from .mask_files import meant_by
from .parts import layer_in
from .settings import ERROR, Settings, settings_of
from .upstream import Frames, m2fp_behind


@dataclass(frozen=True)
class Prepared:
    """What became of a node's masks: ``lost`` are frames that have none, each by the fault of its own plate.

    ``outcome`` is ``None`` if nothing had to be looked at.
    """

    outcome: Outcome | None = None
    lost: frozenset[int] = frozenset()


def masks_needed(write: Any, frames: Iterable[int | None]) -> list[tuple[Any, list[int]]]:
    """The M2FP nodes that ``write`` shows, each with the frames of masks that ``frames`` of it take.

    Masks of one may be in the picture that a later one looks at.
    """
    return [(node, _told(node, wanted)) for node, wanted in m2fp_behind(write, frames)]


def without_masks(write: Any, frames: Iterable[int], lost: Mapping[str, frozenset[int]]) -> dict[int, str]:
    """Those of ``frames`` that need a mask which is lost, each with the name of its M2FP node."""
    spoilt: dict[int, str] = {}
    if any(lost.values()):
        for frame in frames:
            for node, wanted in masks_needed(write, [frame]):
                if not lost.get(node.fullName(), frozenset()).isdisjoint(wanted):
                    spoilt[frame] = node.fullName()
    return spoilt


def refuse_clashes(nodes: Iterable[Any], others: Iterable[Any] = ()) -> None:
    """Two nodes would write different masks to the same files, time and again: that is refused.

    :param others: nodes that are not rendered now, but before or after, or at this moment elsewhere.
    :raises RuntimeError: there are two such nodes, or knobs of one of ``nodes`` make no sense.
    """
    seen: dict[str, tuple[Any, Settings]] = {}
    for node in nodes:
        settings = _settings(node)
        _refuse_clash((node, settings), seen.setdefault(meant_by(settings.pattern), (node, settings)))
    for other in others:
        try:
            settings = settings_of(other)
        except M2FPError:  # its own render will say so
            continue
        if meant_by(settings.pattern) in seen:
            _refuse_clash((other, settings), seen[meant_by(settings.pattern)])


def _refuse_clash(one: tuple[Any, Settings], other: tuple[Any, Settings]) -> None:
    name, other_name = one[1].name, other[1].name
    if name != other_name and _made_of(*one) != _made_of(*other):
        raise RuntimeError(
            f"{other_name} and {name} write different masks to {one[1].pattern}: change one node's mask path"
        )


def prepare(
    node: Any,
    frames: list[int],
    *,
    may_render: bool,
    views: Iterable[str] = (),
    missing_only: bool = False,
) -> Prepared:
    """Compute what is missing or out of date of ``frames``.

    :param views: those that are rendered; empty: all.
    :param missing_only: masks that are there are good, whatever they were made of.
    :raises RuntimeError: there is a mask that the node needs and nobody can make; says node, frame and what
        to do. A frame whose own plate is at fault is no such reason: it is among those that are ``lost``.
    """
    settings = _settings(node)
    chosen = tuple(view for view in settings.views if view in set(views)) or settings.views
    # A button may compute again what is up to date; a render has no use for that.
    settings = replace(settings, views=chosen, skip_existing=True)
    try:
        frames = _within_range(settings, frames)
        if missing_only:
            frames = [frame for frame in frames if not _is_there(settings, frame)]
        if not frames:
            return Prepared()
        if settings.exposure == "auto":  # every machine of a farm finds it on the same frame
            frames = list(dict.fromkeys([settings.first, *frames]))
        outcome = run_in_terminal(node, frames, "batch", may_render=may_render, settings=settings)
    except M2FPError as error:
        raise RuntimeError(f"{node.fullName()}: {error}") from None
    if outcome.cancelled:
        raise RuntimeError(f"{settings.name}: cancelled")
    if settings.missing != ERROR:
        _refuse_stale(settings, outcome)
        return Prepared(outcome)
    _refuse_lacking(node, outcome)
    if not all(isinstance(error, BadImage) for error in outcome.failed.values()):
        raise RuntimeError("\n".join(outcome.problems()))
    return Prepared(outcome, frozenset(frame for frame, _ in outcome.failed))


def _refuse_stale(settings: Settings, outcome: Outcome) -> None:
    """Where a missing mask may be black, an old one may not be shown in its place."""
    old = [shot for shot in outcome.failed if os.path.isfile(settings.masks(*shot))]
    if old:
        frames = told(sorted({frame for frame, _ in old}))
        problem = f"{settings.name}, {frames}: the masks are out of date, and no new ones can be made"
        raise RuntimeError("\n".join([problem, *outcome.problems()]))


def _refuse_lacking(node: Any, outcome: Outcome) -> None:
    """A part that the engine does not know would be black without a word."""
    layer = layer_in(node["from0"].value())
    if outcome.lacks(layer):
        raise RuntimeError(
            f"{outcome.name}: the masks have no layer {layer}, so the matte would be black: choose another "
            "part or engine"
        )


def _settings(node: Any) -> Settings:
    """:raises RuntimeError: the knobs make no sense."""
    try:
        return settings_of(node)
    except M2FPError as error:
        raise RuntimeError(f"{node.fullName()}: {error}") from None


def _told(node: Any, wanted: Frames) -> list[int]:
    """The frames of masks; where they can't be told, the node's whole range as well."""
    frames = {frame for frame in wanted if frame is not None}
    if None in wanted:
        frames.update(range(int(node["first"].value()), int(node["last"].value()) + 1))
    return sorted(frames)


def _made_of(node: Any, settings: Settings) -> tuple[Any, ...]:
    """What masks depend on, as far as the knobs and connections of ``node`` say it."""
    above = node.input(0)
    while above is not None and above.Class() in ("Dot", "NoOp"):
        above = above.input(0)
    return (
        settings.parameters,
        settings.exposure,
        settings.colour_space,
        settings.source,
        above.fullName() if above is not None else "",
    )


def _within_range(settings: Settings, frames: list[int]) -> list[int]:
    """``frames`` without those outside the node's range, where the matte is black.

    :raises BadRequest: there are such frames, and the node wants every frame to have a mask.
    """
    outside = [frame for frame in frames if not settings.first <= frame <= settings.last]
    if outside and settings.missing == ERROR:
        raise BadRequest(
            f"{told(outside)}: outside of its frame range {settings.first}-{settings.last}, where "
            "the matte is black",
            "widen its frame range",
        )
    return [frame for frame in frames if settings.first <= frame <= settings.last]


def _is_there(settings: Settings, frame: int) -> bool:
    return all(os.path.isfile(settings.masks(frame, view)) for view in settings.views)
