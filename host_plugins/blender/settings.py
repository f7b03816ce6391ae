"""What a Human Parts group is set to, as one value that may leave the main thread."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import bpy

from m2fp_host.endpoint import default_endpoint
from m2fp_host.errors import BadRequest
from m2fp_host.frames.job import Job
from m2fp_host.frames.parts import layer_of, parts_of

from .node_group import linked_by_artists

VIEW = "main"
"""The one that Blender's plates have."""

_DIGITS = 4


@dataclass(frozen=True)
class Settings(Job):
    """The settings of one group at one moment.

    ``layer``: of the matte. ``stem``: full path of the mask files without frame and suffix.
    """

    layer: str
    stem: str

    def masks(self, frame: int, view: str = VIEW) -> str:
        """The mask file of a frame.

        :raises BadRequest: Blender knows no image sequence with this number.
        """
        if frame < 0:
            raise BadRequest(
                f"frame {frame} is below 0, and Blender numbers no image sequence so",
                "move the shot to frames from 0 on",
            )
        return f"{self.stem}.{frame:0{_DIGITS}d}.exr"


def settings_of(tree: bpy.types.NodeTree) -> Settings:
    """The settings of a Human Parts group. Only in the main thread.

    :raises BadRequest: the mask folder is relative to a file that was never saved; levels the wrong way.
    """
    chosen = tree.m2fp
    person = int(chosen.people)
    layer = layer_of(chosen.part, person)
    if chosen.white <= chosen.black:
        raise BadRequest(
            f"the white point {chosen.white:g} is not above the black point {chosen.black:g}",
            "raise the white point",
        )
    stem = _stem(tree)
    for other in bpy.data.node_groups:
        if other != tree and other.m2fp.made and other.users and _same_place(other, stem):
            raise BadRequest(
                f"the group {other.name_full!r} writes the same mask files ({stem}.####.exr)",
                "rename one of them, or give one another mask folder",
            )
    return Settings(
        name=tree.name,
        endpoint=chosen.endpoint.strip() or default_endpoint(),
        timeout=chosen.timeout,
        parameters={
            "layers": _layers(tree, layer, person),
            "engine": chosen.engine,
            "precision": chosen.precision,
            "resolution": _short(chosen.resolution),
            "unpremult": chosen.unpremult,
            "mattes": {
                "edges": chosen.edges,
                "choke": _short(chosen.choke),
                "blur": _short(chosen.blur),
                "levels": [_short(chosen.black), _short(chosen.white)],
            },
            "beauty": True,  # Blender's Image node shows nothing without a Combined
        },
        exposure=_exposure(chosen),
        views=(VIEW,),
        skip_existing=True,
        layer=layer,
        stem=stem,
    )


def _layers(tree: bpy.types.NodeTree, layer: str, person: int) -> tuple[str, ...]:
    """The part that is picked, with what artists have linked inside of the group; or every part, of everybody
    (none named: all that the engine has) or of one person."""
    if tree.m2fp.fetch == "PART":
        return (layer, *(each for each in linked_by_artists(tree) if each != layer))
    return tuple(layer_of(part, person) for part in parts_of(tree.m2fp.engine)) if person else ()


def _short(number: float) -> float:
    """Blender keeps 32 bits: 0.3 comes back as 0.30000001192."""
    return round(number, 5)


def _exposure(chosen: Any) -> Any:
    if not chosen.auto_exposure:
        return _short(chosen.exposure)
    return float(chosen.found_exposure) if chosen.found_exposure else "auto"


def _stem(tree: bpy.types.NodeTree) -> str:
    return os.path.join(_folder(tree), _file_name(tree.name))


def _same_place(other: bpy.types.NodeTree, stem: str) -> bool:
    try:
        return os.path.normcase(_stem(other)) == os.path.normcase(stem)
    except BadRequest:  # it writes nowhere
        return False


def _folder(tree: bpy.types.NodeTree) -> str:
    folder = tree.m2fp.folder.strip()
    if not folder or (folder.startswith("//") and not bpy.data.filepath):
        raise BadRequest(
            f"the mask folder {folder!r} is beside a file that was never saved",
            "save the file, or name a folder by its full path",
        )
    return os.path.abspath(str(bpy.path.abspath(folder, library=tree.library)))


def _file_name(name: str) -> str:
    """``Human Parts.001`` as ``human_parts_001``: the last number of a file's name has to be the frame's."""
    return "".join(each if each.isalnum() else "_" for each in name).lower()
