"""Where the masks of a node lie: one EXR for each frame and view."""

from __future__ import annotations

import os
import re

from m2fp_host.errors import BadRequest

_HASHES = re.compile(r"#+")
_PRINTF = re.compile(r"%(0\d+)?d")
_VIEW = re.compile(r"%V")
_VIEW_LETTER = re.compile(r"%v")


def mask_file(pattern: str, frame: int, view: str) -> str:
    """The file of one frame and view. ``pattern`` has ``####`` or ``%04d``, and ``%V`` or ``%v``."""
    pattern = _VIEW.sub(lambda _: view, pattern)
    pattern = _VIEW_LETTER.sub(lambda _: view[:1], pattern)
    pattern = _HASHES.sub(lambda found: f"{frame:0{len(found.group())}d}", pattern)
    return _PRINTF.sub(lambda found: f"{frame:{found.group(1) or ''}d}", pattern)


def has_view(pattern: str) -> bool:
    """Whether each view has files of its own."""
    return bool(_VIEW.search(pattern) or _VIEW_LETTER.search(pattern))


def meant_by(pattern: str) -> str:
    """What two patterns have in common if they mean the same files, however they write the frame's number."""
    return os.path.normcase(os.path.realpath(mask_file(pattern, 10**7, "main")))


def passes_through(pattern: str) -> bool:
    """Whether the expression in the gizmo, which knows #### alone, finds the masks."""
    only_hashes = {found.group() for found in _HASHES.finditer(pattern)} == {"####"}
    return only_hashes and not has_view(pattern) and not _PRINTF.search(pattern)


def check_pattern(pattern: str, views: tuple[str, ...]) -> None:
    """:raises BadRequest: frames or views would be written over each other, or it is no EXR with a folder."""
    name = os.path.basename(pattern)
    if not name.lower().endswith(".exr") or not os.path.isabs(pattern):
        raise BadRequest(
            f"the mask path {pattern!r} is no full path of an EXR file",
            "write it like /shots/sh010/masks/sh010.####.exr",
        )
    if not (_HASHES.search(name) or _PRINTF.search(name)):
        raise BadRequest(
            f"every frame would be written to the same file {pattern}", "put #### into the mask path's name"
        )
    if len(views) > 1 and not has_view(pattern):
        raise BadRequest(
            f"the views {', '.join(views)} would be written to the same file {pattern}",
            "put %V into the mask path",
        )
