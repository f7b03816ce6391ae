"""What an M2FP node's knobs say, as one value that may leave the main thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import nuke
from m2fp_host.endpoint import default_endpoint
from m2fp_host.errors import BadRequest
from m2fp_host.frames.job import Job
from m2fp_host.frames.parts import layers_for

from .mask_files import check_pattern, mask_file, passes_through
from .mask_path import evaluated_path

AUTOMATIC, PLATE_FILE, RENDER = "automatic", "plate file", "render the input"
ERROR, PASS_THROUGH = "error", "pass through"


@dataclass(frozen=True)
class Settings(Job):
    """The knobs of one node at one moment. ``pattern``: the mask path with ``####`` and ``%V`` in it."""

    colour_space: str
    source: str
    pattern: str
    first: int
    last: int
    missing: str

    def masks(self, frame: int, view: str) -> str:
        return mask_file(self.pattern, frame, view)


def settings_of(node: Any) -> Settings:
    """The settings of ``node``. Only in the main thread.

    :raises BadRequest: no usable mask path, no frame range.
    """
    people = node["people"].value()
    engine = node["engine"].value()
    views = tuple(nuke.views())
    pattern = evaluated_path(node)
    check_pattern(pattern, views)
    missing = node["missing"].value()
    if missing == PASS_THROUGH and not passes_through(pattern):
        raise BadRequest(
            f"missing mask is {PASS_THROUGH!r}, which knows masks by #### alone, but their path is {pattern}",
            "write #### into it and no %V, or choose error or black",
        )
    first, last = int(node["first"].value()), int(node["last"].value())
    if last < first:
        raise BadRequest(f"the frame range {first}-{last} is empty", "set its last frame behind its first")
    return Settings(
        name=node.fullName(),
        endpoint=node["endpoint"].value().strip() or default_endpoint(),
        timeout=max(1.0, float(node["timeout"].value())),
        parameters={
            "engine": engine,
            "layers": layers_for(engine, 0 if people == "all" else int(people)),
            "precision": node["precision"].value(),
            "resolution": float(node["resolution"].value()),
            "unpremult": bool(node["unpremult"].value()),
            "mattes": {
                "edges": node["edges"].value(),
                "choke": float(node["choke"].value()),
                "blur": float(node["blur"].value()),
                "levels": [float(node["black_point"].value()), float(node["white_point"].value())],
            },
        },
        exposure=_exposure(node),
        colour_space=node["colour_space"].value().strip(),
        source=node["source"].value(),
        pattern=pattern,
        first=first,
        last=last,
        skip_existing=bool(node["skip_existing"].value()),
        missing=missing,
        views=views,
    )


def _exposure(node: Any) -> Any:
    if not node["auto_exposure"].value():
        return float(node["exposure"].value())
    found = node["found_exposure"].value()
    return float(found) if found else "auto"
