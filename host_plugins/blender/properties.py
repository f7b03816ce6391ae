"""The settings of one Human Parts group: a PropertyGroup on its node tree, saved with the file."""

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from m2fp_host.frames.parts import MOST_PEOPLE, PARTS

from . import node_group
from .plate_nodes import hold_plate, plate_node

_FIXED: set[str] = set()
"""Not for keyframes: a render takes the settings as they are at its start."""

_BESIDE_THE_FILE = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5) else _FIXED
"""Blender warns of a path that begins with // from 4.5 on, unless it is told that this is meant."""


def _matte_changed(properties: bpy.types.PropertyGroup, _: bpy.types.Context) -> None:
    node_group.picked(properties.id_data)


def _status_changed(properties: bpy.types.PropertyGroup, _: bpy.types.Context) -> None:
    properties.trouble = False


def _exposure_changed(properties: bpy.types.PropertyGroup, _: bpy.types.Context) -> None:
    properties.found_exposure = ""


class HumanPartsProperties(bpy.types.PropertyGroup):  # type: ignore[misc]  # the stub knows no classes
    """``tree.m2fp``. Trees that are no Human Parts groups have one, too: ``made`` tells them apart."""

    made: BoolProperty(options={"HIDDEN"})
    source: EnumProperty(
        options=_FIXED,
        name="Source",
        description="What the masks are computed from",
        items=(
            ("IMAGE", "Image", "An image or an image sequence"),
            ("CLIP", "Movie Clip", "A movie clip"),
            ("SCENE", "Scene", "This scene's own render, without compositing"),
        ),
    )
    offset: IntProperty(
        options=_FIXED,
        name="Offset",
        description="Added to the scene's frame to find the number in the plate's file name",
    )
    part: EnumProperty(
        options=_FIXED,
        name="Part",
        description="The body part in the group's output Mask",
        items=[(part, part.replace("_", " ").capitalize(), "") for part in PARTS],
        update=_matte_changed,
    )
    people: EnumProperty(
        options=_FIXED,
        name="People",
        description="Whose part: everybody's, or that of one person, counted from the left",
        items=[("0", "Everybody", "")] + [(str(n), f"Person {n}", "") for n in range(1, MOST_PEOPLE + 1)],
        update=_matte_changed,
    )
    fetch: EnumProperty(
        options=_FIXED,
        name="Fetch",
        description="Which parts the mask files hold: Blender is slow with many",
        items=(
            ("PART", "The Part", "The part alone; another one is computed when it is picked"),
            ("ALL", "All Parts", "Every part, so that picking another one needs no daemon"),
        ),
    )
    engine: EnumProperty(
        options=_FIXED,
        name="Engine",
        items=(
            ("auto", "Automatic", "The best that the daemon has"),
            ("m2fp", "M2FP", "Several people"),
            ("m2fp-single", "M2FP Single", "One person"),
            ("builtin", "Built-in", "Small, quick and rough; needs no weights"),
        ),
    )
    precision: EnumProperty(
        options=_FIXED,
        name="Precision",
        items=(("fp32", "fp32", ""), ("bf16", "bf16", "Quicker on some processors")),
    )
    resolution: FloatProperty(
        options=_FIXED,
        name="Resolution",
        description="Of the engine's look at the plate",
        default=1.0,
        min=0.5,
        max=2.0,
    )
    auto_exposure: BoolProperty(
        options=_FIXED,
        name="Auto Exposure",
        description="Found on the first frame, then held for all",
        update=_exposure_changed,
    )
    exposure: FloatProperty(
        options=_FIXED, name="Exposure", description="Stops, for the engine's eyes alone", min=-20.0, max=20.0
    )
    found_exposure: StringProperty(options={"HIDDEN"})
    colour_space: StringProperty(
        options=_FIXED, name="Colour Space", description="Of the plate; empty: what its image or clip says"
    )
    unpremult: BoolProperty(
        options=_FIXED, name="Unpremultiply", description="Divide the plate by its alpha first"
    )
    edges: EnumProperty(
        options=_FIXED,
        name="Edges",
        items=(
            ("off", "Off", "As the engine gives them"),
            ("fast", "Fast", "Follow the plate's own edges"),
            ("best", "Best", "Follow them closely; slower"),
        ),
    )
    choke: FloatProperty(
        options=_FIXED, name="Choke", description="Plate pixels; negative grows", min=-100.0, max=100.0
    )
    blur: FloatProperty(options=_FIXED, name="Blur", description="Plate pixels", min=0.0, max=200.0)
    black: FloatProperty(options=_FIXED, name="Black Point", default=0.0, min=0.0, max=1.0)
    white: FloatProperty(options=_FIXED, name="White Point", default=1.0, min=0.0, max=1.0)
    folder: StringProperty(
        name="Masks",
        description="Folder of the mask files",
        subtype="DIR_PATH",
        default="//masks/",
        options=_BESIDE_THE_FILE,
    )
    missing: EnumProperty(
        options=_FIXED,
        name="Missing Mask",
        description="What a render does with a frame that has no mask",
        items=(
            ("ERROR", "Error", "A render in background ends with status 3 before it writes the frame"),
            ("BLACK", "Black", "The matte is black in that frame, and the render goes on"),
        ),
    )
    endpoint: StringProperty(
        options=_FIXED, name="Daemon", description="Empty: this machine's, or $M2FP_ENDPOINT"
    )
    timeout: FloatProperty(
        options=_FIXED, name="Time-out", description="Seconds that one frame may take", default=600.0, min=1.0
    )
    parsed: StringProperty(options={"HIDDEN"})  # see parsed_frames
    status: StringProperty(options={"HIDDEN"}, update=_status_changed)
    trouble: BoolProperty(options={"HIDDEN"})

    def say(self, sentence: str, *, trouble: bool) -> None:
        """Let the panel say something, as trouble if it is."""
        self.status = sentence
        self.trouble = trouble

    @property
    def image(self) -> bpy.types.Image | None:
        """The plate where ``source`` is ``IMAGE``."""
        return getattr(plate_node(self.id_data, "image"), "image", None)

    @image.setter
    def image(self, image: bpy.types.Image | None) -> None:
        hold_plate(self.id_data, "image", image)

    @property
    def clip(self) -> bpy.types.MovieClip | None:
        """The plate where ``source`` is ``CLIP``."""
        return getattr(plate_node(self.id_data, "clip"), "clip", None)

    @clip.setter
    def clip(self, clip: bpy.types.MovieClip | None) -> None:
        hold_plate(self.id_data, "clip", clip)


def register() -> None:
    bpy.utils.register_class(HumanPartsProperties)
    bpy.types.NodeTree.m2fp = PointerProperty(type=HumanPartsProperties)


def unregister() -> None:
    del bpy.types.NodeTree.m2fp
    bpy.utils.unregister_class(HumanPartsProperties)
