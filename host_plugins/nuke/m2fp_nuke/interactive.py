"""A run that an artist starts: in threads, with Nuke staying usable."""

from __future__ import annotations

import threading
from typing import Any

import nuke
from m2fp_host.errors import BadRequest, NoDaemon
from m2fp_host.frames.frame_ranges import told
from m2fp_host.frames.main_thread import MainThread
from m2fp_host.frames.outcome import Outcome
from m2fp_host.frames.run import Run

from . import dialogs
from .identity import all_m2fp
from .mask_path import evaluated_path, needs_saved_script, shares
from .nuke_node import NukeNode
from .parts import layer_in
from .progress import Progress
from .settings import Settings, settings_of

_RUNNING: list[tuple[Any, Run]] = []
"""Nodes and their runs. Only the main thread looks at it."""

_SHARING: set[tuple[str, str]] = set()
"""Pairs of nodes that the artist lets write to the same masks."""


def start(node: Any, frames: list[int] | None, priority: str) -> None:
    """Begin to compute ``frames`` (``None``: the node's range); without a GUI, do it.

    :raises M2FPError: the knobs make no sense, or the node is being parsed.
    :raises RuntimeError: without a GUI, frames that failed.
    """
    if not nuke.GUI:
        finish_in_terminal(node, run_in_terminal(node, frames, priority))
        return
    name = node.fullName()
    if is_running(node):
        raise BadRequest("it is being parsed", "cancel that in the progress bar, or wait")
    if not _path_is_settled(node):
        return
    settings = settings_of(node)
    progress = Progress(name)
    chosen = _chosen(settings, frames)
    run = Run(
        NukeNode(node, settings),
        settings,
        chosen,
        MainThread(nuke.executeInMainThread),
        priority=priority,
        on_progress=progress.on_progress,
    )
    _RUNNING.append((node, run))
    node["status"].setValue("parsing ...")
    over = threading.Event()

    def work() -> None:
        try:
            run.execute()
        finally:
            over.set()
            nuke.executeInMainThread(_finish, (node, run))

    threading.Thread(target=work, name=f"{name} run", daemon=True).start()
    threading.Thread(target=progress.watch, args=(run, over), name=f"{name} bar", daemon=True).start()


def is_running(node: Any) -> bool:
    """Whether a run of ``node`` is under way, though it may have been renamed since."""
    return node.fullName() in [_name_by_now(other, run) for other, run in _RUNNING]


def run_in_terminal(
    node: Any,
    frames: list[int] | None,
    priority: str,
    *,
    may_render: bool = True,
    settings: Settings | None = None,
) -> Outcome:
    """Compute ``frames`` while this, the main thread, serves the run. ``settings``: instead of the node's.

    :raises M2FPError: the knobs make no sense.
    """
    settings = settings or settings_of(node)
    progress = Progress(settings.name)
    run = Run(
        NukeNode(node, settings),
        settings,
        _chosen(settings, frames),
        MainThread(),
        may_render=may_render,
        priority=priority,
        on_progress=progress.on_progress,
    )
    try:
        run.execute_here(lambda: progress.show(run))
    finally:
        progress.close()
    show(node, run.outcome, anew=False)
    return run.outcome


def finish_in_terminal(node: Any, outcome: Outcome) -> None:
    """:raises RuntimeError: frames failed."""
    for line in (f"{outcome.name}: {outcome.summary()}", *outcome.notes()):
        nuke.tprint(line)
    if not outcome.ok:
        raise RuntimeError("\n".join(outcome.problems()) or "cancelled")


def show(node: Any, outcome: Outcome, anew: bool) -> None:
    """Let the node read the new masks, or all ``anew``, and say what happened. In the main thread."""
    if outcome.parsed or anew:
        # Nuke sees neither that a file of the same name has changed nor that one has come: the Read's version
        # says so. It is saved with the script, since a cache on disk outlives the session.
        node["masks_version"].setValue(int(node["masks_version"].value()) + 1)
    if outcome.exposure is not None:
        node["found_exposure"].setValue(repr(outcome.exposure))
    said = [outcome.summary(), *_lacking(node, outcome), *list(outcome.warnings)[:2]]
    node["status"].setValue("; ".join(said))


def _chosen(settings: Settings, frames: list[int] | None) -> list[int]:
    """:raises BadRequest: a frame whose masks would not be seen."""
    if frames is None:
        return list(range(settings.first, settings.last + 1))
    outside = [frame for frame in frames if not settings.first <= frame <= settings.last]
    if outside:
        raise BadRequest(
            f"{told(outside)}: outside of the frame range {settings.first}-{settings.last}, "
            "where the matte is black",
            "widen its frame range",
        )
    return frames


def _finish(node: Any, run: Run) -> None:
    name, outcome = run.outcome.name, run.outcome
    _RUNNING.remove((node, run))
    try:
        show(node, outcome, anew=bool(outcome.skipped))  # by another machine, since Nuke looked
    except ValueError:
        nuke.tprint(f"M2FP: {name} was deleted while it was parsed")
        return
    if outcome.failed:
        problems = outcome.problems()
        if any(isinstance(error, NoDaemon) for error in outcome.failed.values()):
            problems.append("On this machine: press Start Daemon in the node's Daemon tab.")
        dialogs.say("\n\n".join(problems))


def _name_by_now(node: Any, run: Run) -> str:
    """A running node's name; empty if it is gone, and then its run ends."""
    try:
        return str(node.fullName())
    except ValueError:
        run.cancel.set()
        return ""


def _lacking(node: Any, outcome: Outcome) -> list[str]:
    """A sentence if the engine that was used does not know the part that is picked."""
    layer = layer_in(node["from0"].value())
    return [f"the masks have no layer {layer}: the matte is black"] if outcome.lacks(layer) else []


def _path_is_settled(node: Any) -> bool:
    """Whether it is clear where the masks go; the artist is asked where it is not."""
    if needs_saved_script(node):
        path = dialogs.ask_for_path(f"The script was never saved. Where shall the masks of {node.name()} go?")
        if not path:
            return False
        node["mask_path"].setValue(path if "#" in path or "%" in path else _with_frames(path))
    mine = evaluated_path(node)
    for other in all_m2fp():
        names = (node.fullName(), other.fullName())
        if names[0] != names[1] and names not in _SHARING and shares(other, mine):
            question = f"{names[0]} and {names[1]} write to the same masks {mine}. Go on?"
            if not dialogs.ask(question + "\n(If not, change one node's mask path.)"):
                return False
            _SHARING.add(names)
    return True


def _with_frames(path: str) -> str:
    stem = path[:-4] if path.lower().endswith(".exr") else path
    return f"{stem}.####.exr"
