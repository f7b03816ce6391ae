"""Frames of a render that have no mask and are to be black.

Inside of a render a link removed comes too late, so for such a frame the group shows black masks instead.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress

import bpy

from . import node_group
from .black_masks import write_black

_BLACK = "-black"
"""Behind the stem of a file's name. No group's own masks have a hyphen."""

_shown_before: dict[str, str] = {}
"""What the groups showed before they were black, by their names."""


def blacken(tree: bpy.types.NodeTree, frame: int) -> None:
    """Black in place of the mask of a frame, up to :func:`unblacken` or :func:`restore`.

    :raises BadRequest: the group lacks a node.
    """
    image = node_group.masks_image(tree)
    if image is None:
        return
    shown = node_group.path_of(image)
    black = tree.name_full in _shown_before
    before = _shown_before.setdefault(tree.name_full, shown)
    path = f"{node_group.without_frame(before)}{_BLACK}.{frame:04d}.exr"
    layers = node_group.layers_of(tree)
    try:
        write_black(path, layers)
    except OSError:  # the folder is full, or may only be read
        path = os.path.join(tempfile.gettempdir(), f"m2fp-{os.getpid()}-{os.path.basename(path)}")
        with suppress(OSError):  # nothing there is black from Blender 4.5 on
            write_black(path, layers)
    node_group.point_at(image, path)
    image.reload()
    if black:
        _remove(shown)


def unblacken(tree: bpy.types.NodeTree, path: str) -> None:
    """The masks at ``path`` are there: show that sequence again, if the group was black.

    Never a file that is not there, for of that one Blender would forget the layers, and what hangs on them.
    """
    if _shown_before.pop(tree.name_full, ""):
        _show(tree, path)


def restore(tree: bpy.types.NodeTree) -> None:
    """A render is over, perhaps with a black frame."""
    before = _shown_before.pop(tree.name_full, "")
    if before:
        _show(tree, before)


def _show(tree: bpy.types.NodeTree, path: str) -> None:
    image = node_group.masks_image(tree)
    if image is not None:
        black = node_group.path_of(image)
        node_group.point_at(image, path)
        _remove(black)


def _remove(black: str) -> None:
    with suppress(OSError):
        os.remove(black)
