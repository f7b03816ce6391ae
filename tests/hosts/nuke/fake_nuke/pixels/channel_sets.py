"""What a knob that holds channels means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

RGB = ("rgba.red", "rgba.green", "rgba.blue")
RGBA = (*RGB, "rgba.alpha")
NONE = ("", "none", "0", "false", "-", "black")

_SHORT = {"rgb": RGB, "rgba": RGBA} | {name.partition(".")[2]: (name,) for name in RGBA}


def channel_of(value: Any) -> str | None:
    """The one channel of a channel knob; None for ``none``."""
    text = str("" if value is None else value).strip()
    if text.lower() in NONE:
        return None
    return _SHORT[text][0] if text in _SHORT else text


def channels_of(value: Any, present: Sequence[str]) -> list[str]:
    """The channels that a set's knob names, in order: ``rgba``, ``all``, ``{hair.alpha rgba}``, a list.

    ``present`` are those that a bare layer's name and ``all`` mean. A name with a dot is taken whether it is
    there or not; ``-rgba.red`` is one that is switched off.
    """
    entries = value if isinstance(value, (list, tuple)) else re.split(r"[\s{},]+", str(value or ""))
    found: list[str] = []
    for entry in map(str, entries):
        if entry.lower() in NONE or entry.startswith("-"):
            continue
        if entry == "all":
            found += present
        elif entry in _SHORT:
            found += _SHORT[entry]
        elif "." in entry:
            found.append(entry)
        else:
            found += [name for name in present if name.partition(".")[0] == entry]
    return list(dict.fromkeys(found))
