"""Sentences in lines as wide as the sidebar is: Blender cuts what does not fit out of the middle."""

from __future__ import annotations

from collections.abc import Callable

import blf
import bpy

_BESIDE = 80
"""Pixels of a sidebar that are no text, at a scale of 1: icon, margins, the column of tabs."""

_NARROWEST = 60
"""Pixels of text at a scale of 1: below that there would be a line for every letter."""


def fitting(sentence: str, context: bpy.types.Context) -> list[str]:
    """``sentence`` in lines for labels of the region that is drawn."""
    preferences = context.preferences
    scale = preferences.system.ui_scale
    blf.size(0, preferences.ui_styles[0].widget.points * scale)
    width = max(_NARROWEST * scale, context.region.width - _BESIDE * scale)
    return wrapped(sentence, width, lambda text: blf.dimensions(0, text)[0])


def wrapped(sentence: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """``sentence`` in lines that are at most ``width`` by ``measure``; paths are broken."""
    lines = [""]
    for word in sentence.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if measure(longer) <= width:
            lines[-1] = longer
            continue
        lines.append("")
        for letter in word:
            if measure(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    return [line for line in lines if line]
