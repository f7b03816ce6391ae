"""Plates that are no EXR files: Blender renders them to one, through a scene of their own or as the scene."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy

from m2fp_host.errors import BadImage
from m2fp_host.rendered_plate import canonical

from .node_group import IMAGE, make_compositor
from .plates import file_of, number_of


def render_plate(tree: bpy.types.NodeTree, scene: bpy.types.Scene, frame: int, folder: str) -> str:
    """The EXR of a frame of the group's plate, in ``folder``. Blocks; never inside of another render.

    :raises BadImage: Blender did not render it.
    """
    path = os.path.join(folder, f"plate.{frame:04d}.exr")
    if tree.m2fp.source == "SCENE":
        with _scene_alone(scene, frame):
            _write(scene, path)
    else:
        with _scene_of(tree, frame) as own:
            _write(own, path)
    if not os.path.isfile(path):
        raise BadImage(f"Blender wrote no plate of frame {frame}", "see its terminal for the reason")
    canonical(path)
    return path


def _write(scene: bpy.types.Scene, path: str) -> None:
    settings = scene.render.image_settings
    if bpy.app.version >= (5, 0):
        settings.media_type = "IMAGE"
    settings.file_format = "OPEN_EXR"
    settings.color_mode, settings.color_depth, settings.exr_codec = "RGBA", "16", "ZIP"
    settings.color_management = "FOLLOW_SCENE"
    scene.render.filepath = path
    scene.render.use_file_extension = False
    try:
        bpy.ops.render.render(write_still=True, scene=scene.name)
    except RuntimeError as fault:
        raise BadImage(f"{scene.name}: it can't be rendered ({fault})", "render it by itself first") from None


@contextmanager
def _scene_alone(scene: bpy.types.Scene, frame: int) -> Iterator[None]:
    """``scene`` without compositing and sequencer at ``frame``; afterwards as it was."""
    render, image = scene.render, scene.render.image_settings
    kept = {name: getattr(render, name) for name in ("use_compositing", "use_sequencer", "filepath")}
    kept["use_file_extension"] = render.use_file_extension
    names = ["file_format", "color_mode", "color_depth", "exr_codec", "color_management"]
    if bpy.app.version >= (5, 0):
        names.insert(0, "media_type")
    formats = [(name, getattr(image, name)) for name in names]
    before = scene.frame_current
    render.use_compositing = render.use_sequencer = False
    scene.frame_set(frame)
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(render, name, value)
        for name, value in formats:
            setattr(image, name, value)
        scene.frame_set(before)


@contextmanager
def _scene_of(tree: bpy.types.NodeTree, frame: int) -> Iterator[bpy.types.Scene]:
    """A scene whose compositor shows the group's image or clip at ``frame``, and nothing else."""
    own = bpy.data.scenes.new("M2FP plate")
    compositor = None
    image = _image(tree, frame)
    try:
        width, height = image.size
        own.render.resolution_x, own.render.resolution_y = max(4, width), max(4, height)
        own.render.resolution_percentage = 100
        compositor = make_compositor(own)
        compositor.nodes.clear()  # 4.5 puts the scene's render into it, which would be rendered
        node = compositor.nodes.new("CompositorNodeImage")
        node.image = image
        if image.source == "MOVIE":
            node.frame_start = own.frame_current  # a scene that no window shows stays at its first frame
            node.frame_offset, node.frame_duration = number_of(tree, frame) - 1, 1
        compositor.links.new(node.outputs["Image"], _output(compositor).inputs[IMAGE])
        yield own
    finally:
        bpy.data.scenes.remove(own)
        if compositor is not None and bpy.app.version >= (5, 0):
            bpy.data.node_groups.remove(compositor)
        bpy.data.images.remove(image)


def _image(tree: bpy.types.NodeTree, frame: int) -> bpy.types.Image:
    """The frame as an image of its own: those that are there already show what Blender keeps of them.

    :raises BadImage: Blender can't read it.
    """
    chosen = tree.m2fp
    shown: Any = chosen.image if chosen.source == "IMAGE" else chosen.clip
    if shown.source not in ("FILE", "SEQUENCE", "MOVIE") or getattr(shown, "packed_file", None) is not None:
        return shown.copy()
    path = file_of(tree, frame)
    try:
        image = bpy.data.images.load(path)
    except RuntimeError as fault:
        raise BadImage(f"{path}: Blender can't read it ({fault})", "check the plate") from None
    if shown.colorspace_settings.name:  # a movie has none before Blender has read a frame of it
        image.colorspace_settings.name = shown.colorspace_settings.name
    return image


def _output(compositor: bpy.types.NodeTree) -> bpy.types.Node:
    kind = "NodeGroupOutput" if bpy.app.version >= (5, 0) else "CompositorNodeComposite"
    return compositor.nodes.new(kind)
