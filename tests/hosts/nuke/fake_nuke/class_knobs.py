"""The knobs of the classes of nodes, with Nuke's names and defaults."""

from __future__ import annotations

from typing import Sequence

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


def _next_version(knob: Knob) -> None:
    version = knob.node()["version"]
    version.setValue(version.value() + 1)


WITHOUT_DISABLE: Sequence[Maker] = [
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
COMMON = makers(WITHOUT_DISABLE, [switch("disable")])

COLOUR_SPACES = ("default", "linear", "sRGB", "rec709", "Cineon", "AlexaV3LogC")
# fmt: off
MERGES = (
    "over", "atop", "average", "color-burn", "color-dodge", "conjoint-over", "copy", "difference",
    "disjoint-over", "divide", "exclusion", "from", "geometric", "hard-light", "hypot", "in", "mask",
    "matte", "max", "min", "minus", "multiply", "out", "overlay", "plus", "screen", "soft-light", "stencil",
    "under", "xor",
)
CHANNEL_MERGES = (
    "union", "absminus", "difference", "divide", "from", "in", "max", "min", "minus", "multiply", "out",
    "plus", "stencil",
)
# fmt: on
PICTURE: Sequence[Maker] = [
    free_choice("colorspace", *COLOUR_SPACES),
    switch("premultiplied"),
    switch("raw"),
]
READ = makers(
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
    PICTURE,
)
WRITE = makers(
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
    PICTURE,
)
ROOT: Sequence[Maker] = [
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
GRADE: Sequence[Maker] = [
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
MERGE: Sequence[Maker] = [
    choice("operation", *MERGES),
    choice("bbox", "union", "intersection", "A", "B"),
    channels("Achannels", "rgba"),
    channels("Bchannels", "rgba"),
    channels("output", "rgba"),
    channels("also_merge"),
    channels("maskChannelInput"),
    number("mix", 1),
    choice("metainput", "B", "A", "All"),
]
COPY: Sequence[Maker] = [
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
CHANNEL_MERGE: Sequence[Maker] = [
    channel("A", "rgba.alpha"),
    choice("operation", *CHANNEL_MERGES),
    channel("B", "rgba.alpha"),
    channel("output", "rgba.alpha"),
    choice("bbox", "union", "intersection", "A", "B"),
    number("mix", 1),
]
SHUFFLE: Sequence[Maker] = [
    channels("in", "rgba"),
    channels("in2"),
    channels("out", "rgba"),
    *(free_choice(name, name, "red", "green", "blue", "alpha", "black", "white") for name in COLOURS),
]
EXPRESSION: Sequence[Maker] = [
    *(plain_text(f"temp_name{index}") for index in range(4)),
    *(plain_text(f"temp_expr{index}") for index in range(4)),
    *(channels(f"channel{index}", f"rgba.{name}") for index, name in enumerate(COLOURS)),
    *(text(f"expr{index}") for index in range(4)),
    channels("maskChannelInput"),
    number("mix", 1),
]
REFORMAT: Sequence[Maker] = [
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
PREMULT: Sequence[Maker] = [channels("channels", "rgb"), channel("alpha", "rgba.alpha")]
REMOVE: Sequence[Maker] = [
    choice("operation", "remove", "keep"),
    channels("channels", "all"),
    channels("channels2"),
    channels("channels3"),
    channels("channels4"),
]
BACKDROP: Sequence[Maker] = [number("bdwidth", 100), number("bdheight", 100), number("z_order")]
VIEWER: Sequence[Maker] = [text("frame_range"), whole("frame", 1), plain_text("input_process")]
