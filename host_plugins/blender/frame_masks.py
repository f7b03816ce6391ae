"""The masks of one frame: taken as they are if nothing changed, else asked of the daemon."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from m2fp_host.client import Client
from m2fp_host.errors import BadRequest, M2FPError
from m2fp_host.exr_chunks import whole
from m2fp_host.files import PlateSource
from m2fp_host.parameters import Parameters
from m2fp_host.provenance import Provenance

from .plates import PlateFile, ToRender
from .settings import Settings

OnProgress = Callable[[str, float], None]


def wanted(settings: Settings, colour_space: str, exposure: Any) -> dict[str, Any]:
    """The parameters of the job for a plate."""
    return dict(settings.parameters, colour_space=colour_space, exposure=exposure)


def parsed(
    client: Client,
    settings: Settings,
    frame: int,
    plate: PlateFile,
    exposure: Any,
    *,
    priority: str,
    cancel: Any = None,
    on_progress: OnProgress | None = None,
) -> dict[str, Any]:
    """See to the masks of a frame; the daemon's report, empty if they were there and right.

    :raises M2FPError: why there are none.
    """
    out = settings.masks(frame)
    parameters = wanted(settings, plate.colour_space, exposure)
    made = made_with(out, parameters)
    if made is not None and made.source == _sha256(plate.path):
        return {}
    _make_folder(out)
    masks = client.parse(
        plate.path,
        out,
        timeout=settings.timeout,
        priority=priority,
        cancel=cancel,
        on_progress=on_progress,
        **parameters,
    )
    return masks.report


def accept(settings: Settings, frame: int, plate: ToRender, exposure: Any) -> None:
    """Take the masks that are there: inside of a render Blender renders nothing else.

    :raises BadRequest: there are none, or they are of other settings.
    """
    out = settings.masks(frame)
    if made_with(out, wanted(settings, plate.colour_space, exposure)) is None:
        state = "its masks are of other settings" if os.path.isfile(out) else "there are no masks"
        raise BadRequest(
            f"{state}, and its plate has to be rendered for new ones ({plate.reason})",
            "press Parse Range before, or run bpy.ops.m2fp.parse_range() before the render",
        )


def made_with(path: str, parameters: dict[str, Any]) -> Provenance | None:
    """How the masks at ``path`` were made, if that was with ``parameters``, whatever their plate was."""
    if not os.path.isfile(path):
        return None
    try:
        made = Provenance.read(path)
        complete = whole(path)
    except M2FPError:  # damaged, or not of our making at all
        return None
    if not complete or made.differs(made.source, Parameters.from_keywords(parameters)):
        return None
    return made


def exposure_of(path: str) -> Any:
    """The stops that masks, which are there, were made with."""
    exposure = Provenance.read(path).exposure
    return "auto" if exposure is None else round(exposure, 3)  # the header has 32 bits of a thousandth


def _sha256(path: str) -> str:
    source = PlateSource(path)
    try:
        return source.sha256(lambda: None)
    finally:
        source.close()


def _make_folder(path: str) -> None:
    folder = os.path.dirname(path)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as fault:
        raise BadRequest(
            f"can't make the folder {folder} ({fault.strerror})", "choose another mask folder"
        ) from None
