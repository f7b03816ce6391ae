"""Knobs: the named values of nodes, one class for each of Nuke's kinds."""

from .arrays import (
    AColor_Knob,
    Array_Knob,
    BBox_Knob,
    Boolean_Knob,
    Color_Knob,
    ColorChip_Knob,
    Double_Knob,
    Int_Knob,
    WH_Knob,
    XY_Knob,
    XYZ_Knob,
)
from .buttons import Action_Knob, PyScript_Knob
from .channels import Channel_Knob, ChannelMask_Knob
from .choices import Enumeration_Knob
from .files import File_Knob
from .flags import DISABLED, DO_NOT_WRITE, HIDDEN, INVISIBLE, NO_ANIMATION, READ_ONLY, STARTLINE
from .format_knob import Format_Knob
from .knob import Knob
from .links import Link_Knob
from .texts import (
    EvalString_Knob,
    Multiline_Eval_String_Knob,
    Name_Knob,
    String_Knob,
    Tab_Knob,
    Text_Knob,
)

__all__ = [
    "DISABLED",
    "DO_NOT_WRITE",
    "HIDDEN",
    "INVISIBLE",
    "NO_ANIMATION",
    "READ_ONLY",
    "STARTLINE",
    "AColor_Knob",
    "Action_Knob",
    "Array_Knob",
    "BBox_Knob",
    "Boolean_Knob",
    "ChannelMask_Knob",
    "Channel_Knob",
    "ColorChip_Knob",
    "Color_Knob",
    "Double_Knob",
    "Enumeration_Knob",
    "EvalString_Knob",
    "File_Knob",
    "Format_Knob",
    "Int_Knob",
    "Knob",
    "Link_Knob",
    "Multiline_Eval_String_Knob",
    "Name_Knob",
    "PyScript_Knob",
    "String_Knob",
    "Tab_Knob",
    "Text_Knob",
    "WH_Knob",
    "XYZ_Knob",
    "XY_Knob",
]
