"""The classes of nodes that the fake has, with Nuke's names and defaults of their knobs."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Sequence

from .knob_makers import (
    Maker,
    button,
    channel,
    channels,
    chip,
    choice,
    colour,
    file,
    free_choice,
    makers,
    node_name,
    number,
    numbers,
    plain_text,
    size,
    switch,
    text,
    whole,
)
from .knobs import Knob, WH_Knob
from .layers import COLOURS

MANY = 100
"""How many inputs a node has that has any number of them."""


class NodeClass(NamedTuple):
    """What nodes of a class have.

    ``knobs`` are its own and ``common`` those of every node; ``mask`` is the index of the mask input, -1 for
    none; ``always_saved`` are saved even at their defaults; ``older`` maps names of knobs in old scripts.
    """

    name: str
    knobs: Sequence[Maker] = ()
    max_inputs: int = 1
    mask: int = -1
    common: Sequence[Maker] = ()
    always_saved: Sequence[str] = ()
    older: Mapping[str, str] = {}


def _next_version(knob: Knob) -> None:
    version = knob.node()["version"]
    version.setValue(version.value() + 1)


_WITHOUT_DISABLE: Sequence[Maker] = [
    node_name(),
    plain_text("help"),
    plain_text("onCreate"),
    plain_text("onDestroy"),
    plain_text("knobChanged"),
    plain_text("updateUI"),
    plain_text("autolabel"),
    plain_text("panel"),
    chip("tile_color"),
    chip("gl_color"),
    text("label"),
    plain_text("note_font", "Verdana"),
    number("note_font_size", 11),
    chip("note_font_color"),
    switch("selected"),
    number("xpos"),
    number("ypos"),
    switch("hide_input"),
    switch("cached"),
    switch("dope_sheet"),
    switch("bookmark"),
    switch("postage_stamp"),
    plain_text("icon"),
]
_COMMON = makers(_WITHOUT_DISABLE, [switch("disable")])

_COLOUR_SPACES = ("default", "linear", "sRGB", "rec709", "Cineon", "AlexaV3LogC")
# fmt: off
_MERGES = (
    "over", "atop", "average", "color-burn", "color-dodge", "conjoint-over", "copy", "difference",
    "disjoint-over", "divide", "exclusion", "from", "geometric", "hard-light", "hypot", "in", "mask",
    "matte", "max", "min", "minus", "multiply", "out", "overlay", "plus", "screen", "soft-light", "stencil",
    "under", "xor",
)
_CHANNEL_MERGES = (
    "union", "absminus", "difference", "divide", "from", "in", "max", "min", "minus", "multiply", "out",
    "plus", "stencil",
)
# fmt: on
_PICTURE: Sequence[Maker] = [
    free_choice("colorspace", *_COLOUR_SPACES),
    switch("premultiplied"),
    switch("raw"),
]
_READ = makers(
    [
        free_choice("file_type", "", "exr", "dpx", "jpeg", "png", "tiff", "mov"),
        file("file"),
        file("proxy"),
        size("format"),
        size("proxy_format"),
        whole("first", 1),
        choice("before", "hold", "loop", "bounce", "black"),
        whole("last", 1),
        choice("after", "hold", "loop", "bounce", "black"),
        choice("frame_mode", "expression", "start at", "offset"),
        text("frame"),
        whole("origfirst", 1),
        whole("origlast", 1),
        switch("origset"),
        choice("on_error", "error", "black", "checkerboard", "nearest frame"),
        choice("localizationPolicy", "on", "fromAutoLocalizePath", "onDemand", "off"),
        whole("version"),
        button("reload", _next_version),
        switch("auto_alpha"),
    ],
    _PICTURE,
)
_WRITE = makers(
    [
        channels("channels", "rgb"),
        file("file"),
        file("proxy"),
        choice("frame_mode", "expression", "start at", "offset"),
        text("frame"),
        text("views"),
        free_choice("file_type", "", "exr", "dpx", "jpeg", "png", "tiff", "mov"),
        choice("datatype", "16 bit half", "32 bit float"),
        free_choice("compression", "Zip (1 scanline)", "Zip (16 scanlines)", "none", "RLE", "DWAA", "DWAB"),
        free_choice("metadata", "default metadata", "no metadata", "all metadata"),
        switch("create_directories"),
        number("render_order", 1),
        switch("use_limit"),
        whole("first", 1),
        whole("last", 1),
        switch("reading"),
        switch("checkHashOnRead", True),
        whole("version"),
        plain_text("beforeRender"),
        plain_text("beforeFrameRender"),
        plain_text("afterFrameRender"),
        plain_text("afterRender"),
    ],
    _PICTURE,
)
_ROOT: Sequence[Maker] = [
    file("project_directory"),
    whole("first_frame", 1),
    whole("last_frame", 100),
    number("frame", 1),
    switch("lock_range"),
    number("fps", 24),
    size("format"),
    switch("proxy"),
    choice("proxy_type", "format", "scale"),
    size("proxy_format"),
    number("proxy_scale", 0.5),
    free_choice("colorManagement", "Nuke", "OCIO"),
    free_choice("OCIO_config", "nuke-default", "aces_1.2", "custom"),
    file("customOCIOConfigPath"),
    free_choice("workingSpaceLUT", "linear"),
    free_choice("monitorLut", "sRGB"),
    free_choice("int8Lut", "sRGB"),
    free_choice("int16Lut", "sRGB"),
    free_choice("logLut", "Cineon"),
    free_choice("floatLut", "linear"),
    plain_text("views", "main #ffffff"),
    text("hero_view"),
    plain_text("onScriptLoad"),
    plain_text("onScriptSave"),
    plain_text("onScriptClose"),
]
_GRADE: Sequence[Maker] = [
    channels("channels", "rgb"),
    colour("blackpoint"),
    colour("whitepoint", 1),
    colour("black"),
    colour("white", 1),
    colour("multiply", 1),
    colour("add"),
    colour("gamma", 1),
    switch("reverse"),
    switch("black_clamp", True),
    switch("white_clamp"),
    channels("maskChannelInput"),
    number("mix", 1),
]
_MERGE: Sequence[Maker] = [
    choice("operation", *_MERGES),
    choice("bbox", "union", "intersection", "A", "B"),
    channels("Achannels", "rgba"),
    channels("Bchannels", "rgba"),
    channels("output", "rgba"),
    channels("also_merge"),
    channels("maskChannelInput"),
    number("mix", 1),
    choice("metainput", "B", "A", "All"),
]
_COPY: Sequence[Maker] = [
    channel("from0", "rgba.alpha"),
    channel("to0", "rgba.alpha"),
    channel("from1"),
    channel("to1"),
    channel("from2"),
    channel("to2"),
    channel("from3"),
    channel("to3"),
    channels("channels"),
    choice("bbox", "union", "intersection", "A", "B"),
    channels("maskChannelInput"),
    number("mix", 1),
    choice("metainput", "B", "A", "All"),
]
_CHANNEL_MERGE: Sequence[Maker] = [
    channel("A", "rgba.alpha"),
    choice("operation", *_CHANNEL_MERGES),
    channel("B", "rgba.alpha"),
    channel("output", "rgba.alpha"),
    choice("bbox", "union", "intersection", "A", "B"),
    number("mix", 1),
]
_SHUFFLE: Sequence[Maker] = [
    channels("in", "rgba"),
    channels("in2"),
    channels("out", "rgba"),
    *(free_choice(name, name, "red", "green", "blue", "alpha", "black", "white") for name in COLOURS),
]
_EXPRESSION: Sequence[Maker] = [
    *(plain_text(f"temp_name{index}") for index in range(4)),
    *(plain_text(f"temp_expr{index}") for index in range(4)),
    *(channels(f"channel{index}", f"rgba.{name}") for index, name in enumerate(COLOURS)),
    *(text(f"expr{index}") for index in range(4)),
    channels("maskChannelInput"),
    number("mix", 1),
]
_REFORMAT: Sequence[Maker] = [
    choice("type", "to format", "to box", "scale"),
    size("format"),
    number("box_width", 200),
    number("box_height", 200),
    numbers(WH_Knob, "scale", 1),
    choice("resize", "width", "height", "fit", "fill", "distort", "none"),
    switch("center", True),
    switch("flip"),
    switch("flop"),
    switch("turn"),
    free_choice("filter", "Cubic", "Impulse", "Box"),
    switch("black_outside"),
    switch("pbb"),
]
_PREMULT: Sequence[Maker] = [channels("channels", "rgb"), channel("alpha", "rgba.alpha")]
_REMOVE: Sequence[Maker] = [
    choice("operation", "remove", "keep"),
    channels("channels", "all"),
    channels("channels2"),
    channels("channels3"),
    channels("channels4"),
]
_BACKDROP: Sequence[Maker] = [number("bdwidth", 100), number("bdheight", 100), number("z_order")]
_VIEWER: Sequence[Maker] = [text("frame_range"), whole("frame", 1), plain_text("input_process")]


def _classes() -> list[NodeClass]:
    plain = [
        NodeClass("Read", _READ, 0),
        NodeClass("Write", _WRITE, 1),
        NodeClass("Copy", _COPY, 3, mask=2, always_saved=("from0", "to0")),
        NodeClass("Switch", [number("which")], MANY),
        NodeClass("NoOp"),
        NodeClass("Shuffle", _SHUFFLE),
        NodeClass("ChannelMerge", _CHANNEL_MERGE, 3, mask=2),
        NodeClass("Premult", _PREMULT),
        NodeClass("Unpremult", _PREMULT),
        NodeClass("Merge2", _MERGE, MANY, mask=2),
        NodeClass("Remove", _REMOVE),
        NodeClass("Expression", _EXPRESSION, 2, mask=1),
        NodeClass("Reformat", _REFORMAT),
        NodeClass("Grade", _GRADE, 2, mask=1),
        NodeClass("TimeOffset", [number("time_offset"), switch("reverse_input"), text("time")]),
        NodeClass(
            "FrameHold", [number("firstFrame"), number("increment")], older={"first_frame": "firstFrame"}
        ),
        NodeClass("FrameRange", [whole("first_frame", 1), whole("last_frame", 100), text("time")]),
        NodeClass(
            "Constant",
            [
                channels("channels", "rgb"),
                colour("color"),
                size("format"),
                whole("first", 1),
                whole("last", 1),
            ],
            0,
        ),
        NodeClass("CheckerBoard2", [size("format"), number("boxsize", 64)], 0),
        NodeClass("Viewer", _VIEWER, 10),
        NodeClass("Group", (), 0),
    ]
    bare = [
        NodeClass("Input", [whole("number")], 0),
        NodeClass("Output"),
        NodeClass("Dot"),
        NodeClass("BackdropNode", _BACKDROP, 0),
        NodeClass("StickyNote", (), 0),
        NodeClass("Root", _ROOT, 0),
    ]
    return [
        *(each._replace(common=_COMMON) for each in plain),
        *(each._replace(common=_WITHOUT_DISABLE) for each in bare),
    ]


CLASSES: dict[str, NodeClass] = {each.name: each for each in _classes()}
"""Every class by its name. Gizmos come on top: files on the plug-in path."""


def unknown_class(name: str) -> NodeClass:
    """What stands for a class that nobody has: any number of inputs, only the common knobs."""
    return NodeClass(name, (), MANY, common=_COMMON)
