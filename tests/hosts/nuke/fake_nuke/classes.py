"""The classes of nodes that the fake has."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Sequence

from . import class_knobs as own
from .knob_makers import Maker, channels, colour, number, size, switch, text, whole

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


def _classes() -> list[NodeClass]:
    plain = [
        NodeClass("Read", own.READ, 0),
        NodeClass("Write", own.WRITE, 1),
        NodeClass("Copy", own.COPY, 3, mask=2, always_saved=("from0", "to0")),
        NodeClass("Switch", [number("which")], MANY),
        NodeClass("NoOp"),
        NodeClass("Shuffle", own.SHUFFLE),
        NodeClass("ChannelMerge", own.CHANNEL_MERGE, 3, mask=2),
        NodeClass("Premult", own.PREMULT),
        NodeClass("Unpremult", own.PREMULT),
        NodeClass("Merge2", own.MERGE, MANY, mask=2),
        NodeClass("Remove", own.REMOVE),
        NodeClass("Expression", own.EXPRESSION, 2, mask=1),
        NodeClass("Reformat", own.REFORMAT),
        NodeClass("Grade", own.GRADE, 2, mask=1),
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
        NodeClass("Viewer", own.VIEWER, 10),
        NodeClass("Group", (), 0),
    ]
    bare = [
        NodeClass("Input", [whole("number")], 0),
        NodeClass("Output"),
        NodeClass("Dot"),
        NodeClass("BackdropNode", own.BACKDROP, 0),
        NodeClass("StickyNote", (), 0),
        NodeClass("Root", own.ROOT, 0),
    ]
    return [
        *(each._replace(common=own.COMMON) for each in plain),
        *(each._replace(common=own.WITHOUT_DISABLE) for each in bare),
    ]


CLASSES: dict[str, NodeClass] = {each.name: each for each in _classes()}
"""Every class by its name. Gizmos come on top: files on the plug-in path."""


def unknown_class(name: str) -> NodeClass:
    """What stands for a class that nobody has: any number of inputs, only the common knobs."""
    return NodeClass(name, (), MANY, common=own.COMMON)
