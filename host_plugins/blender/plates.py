"""What a frame is computed from: the file of an image or a clip, or pixels that Blender has to render."""

from __future__ import annotations

import os
import re

import bpy

from m2fp_host.errors import BadImage, BadRequest
from m2fp_host.frames.plates import Plate, PlateFile, ToRender

_LAST_NUMBER = re.compile(r"(\d+)(?=\D*$)")

_LINEAR = "Linear Rec.709"
"""Blender's own configuration: the primaries of its scene-linear role."""


def plate_of(tree: bpy.types.NodeTree, frame: int) -> Plate:
    """Where the pixels of a frame of the scene come from. Only in the main thread; renders nothing.

    :raises BadRequest: no plate was chosen.
    :raises BadImage: there is no plate at this frame.
    """
    chosen = tree.m2fp
    if chosen.source == "SCENE":
        return ToRender("its source is the scene's own render", chosen.colour_space or working_space())
    shown = chosen.image if chosen.source == "IMAGE" else chosen.clip
    if shown is None:
        raise BadRequest("no plate is chosen", "choose an image or a movie clip")
    if getattr(shown, "use_multiview", False) and shown.source in ("FILE", "SEQUENCE"):
        raise BadRequest(
            f"{shown.name} has several views, and the masks would be those of one",
            "make a group and an image for each eye, without Use Multi-View",
        )
    path = file_of(tree, frame)
    reason = _no_exr(shown)
    if shown.source in ("FILE", "SEQUENCE") and not _packed(shown) and not os.path.isfile(path):
        raise BadImage(
            f"the plate of frame {frame} is not there ({path})",
            "check the plate's path and the offset"
            if chosen.source == "IMAGE"
            else "check the clip's path and its Start Frame (Clip Editor, Footage)",
        )
    if reason:
        return ToRender(reason, chosen.colour_space or working_space())
    return PlateFile(path, chosen.colour_space or _space(shown.colorspace_settings.name))


def number_of(tree: bpy.types.NodeTree, frame: int) -> int:
    """Which number of its sequence, or which frame of its movie, the plate shows at a frame of the scene."""
    chosen = tree.m2fp
    if chosen.source == "IMAGE":
        return int(frame + chosen.offset)
    clip = chosen.clip
    first = _first_number(clip) if clip.source == "SEQUENCE" else 1
    return int(frame + chosen.offset + first + clip.frame_offset - clip.frame_start)


def file_of(tree: bpy.types.NodeTree, frame: int) -> str:
    """The file of the group's image or clip at a frame of the scene."""
    shown = tree.m2fp.image if tree.m2fp.source == "IMAGE" else tree.m2fp.clip
    path: str = os.path.abspath(bpy.path.abspath(shown.filepath, library=shown.library))
    if shown.source != "SEQUENCE":
        return path
    number = number_of(tree, frame)
    folder, name = os.path.split(path)
    stem, suffix = os.path.splitext(name)  # .jp2 has a number, too
    return os.path.join(folder, _LAST_NUMBER.sub(lambda found: f"{number:0{len(found[0])}d}", stem) + suffix)


def working_space() -> str:
    """The colour space of Blender's scene-linear pixels."""
    settings = getattr(bpy.data, "colorspace", None)  # from 5.0 on
    return str(getattr(settings, "working_space", "") or _LINEAR)


def _space(name: str) -> str:
    return working_space() if name == "scene_linear" else name


def _no_exr(shown: bpy.types.ID) -> str:
    """Why the file of an image or a clip can't be sent as it is; empty if it can."""
    if shown.source not in ("FILE", "SEQUENCE"):
        return f"{shown.name} is {shown.source.lower()}"
    if _packed(shown):
        return f"{shown.name} is packed into the .blend"
    if not shown.filepath.lower().endswith(".exr"):
        return f"{shown.name} is no EXR"
    return ""


def _packed(shown: bpy.types.ID) -> bool:
    return getattr(shown, "packed_file", None) is not None


def _first_number(clip: bpy.types.MovieClip) -> int:
    """A clip's first frame is the file that it names."""
    found = _LAST_NUMBER.search(os.path.splitext(os.path.basename(clip.filepath))[0])
    return int(found.group()) if found else 0
