"""Short words by which node classes say what knobs they have: each gives a maker of fresh knobs."""

from __future__ import annotations

from typing import Any, Callable, Sequence

from .knobs import (
    AColor_Knob,
    Action_Knob,
    Array_Knob,
    Boolean_Knob,
    Channel_Knob,
    ChannelMask_Knob,
    ColorChip_Knob,
    Double_Knob,
    Enumeration_Knob,
    EvalString_Knob,
    File_Knob,
    Format_Knob,
    Int_Knob,
    Knob,
    Name_Knob,
    String_Knob,
)

Maker = Callable[[], Knob]


def text(name: str, value: str = "") -> Maker:
    return lambda: EvalString_Knob(name, None, value)


def plain_text(name: str, value: str = "") -> Maker:
    """A text in which brackets mean nothing: Python, mostly."""
    return lambda: Verbatim_Knob(name, None, value)


def node_name() -> Maker:
    return lambda: Name_Knob("name")


def file(name: str) -> Maker:
    return lambda: File_Knob(name)


def choice(name: str, *values: str) -> Maker:
    return lambda: Enumeration_Knob(name, None, values)


def free_choice(name: str, *values: str) -> Maker:
    """A choice whose list depends on what this fake does not have, such as an OCIO configuration."""
    return lambda: Enumeration_Knob(name, None, values, strict=False)


def whole(name: str, value: int = 0) -> Maker:
    return lambda: Int_Knob(name, None, value)


def number(name: str, value: float = 0.0) -> Maker:
    return lambda: Double_Knob(name, None, value)


def numbers(kind: type[Array_Knob], name: str, value: Any = 0.0) -> Maker:
    return lambda: kind(name, None, value)


def colour(name: str, value: float = 0.0) -> Maker:
    return lambda: AColor_Knob(name, None, value)


def switch(name: str, value: bool = False) -> Maker:
    return lambda: Boolean_Knob(name, None, value)


def chip(name: str, value: int = 0) -> Maker:
    return lambda: ColorChip_Knob(name, None, value)


def channel(name: str, value: str = "none") -> Maker:
    return lambda: Channel_Knob(name, None, value)


def channels(name: str, value: str = "none") -> Maker:
    return lambda: ChannelMask_Knob(name, None, value)


def size(name: str, value: str = "") -> Maker:
    return lambda: Format_Knob(name, None, value)


def button(name: str, action: Callable[[Knob], None]) -> Maker:
    return lambda: Action_Knob(name, action)


def makers(*parts: Sequence[Maker]) -> Sequence[Maker]:
    """Several lists of makers as one."""
    return [maker for part in parts for maker in part]


class Verbatim_Knob(String_Knob):  # noqa: N801 - named like the others
    """A text that is never evaluated."""

    def Class(self) -> str:  # noqa: N802 - Nuke's name
        return "PythonKnob"

    def evaluated(self) -> str:
        return self._text
