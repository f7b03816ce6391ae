"""Flags of knobs: Nuke's numbers, and the names by which scripts set them (``+STARTLINE``)."""

from __future__ import annotations

DISABLED = 0x80
NO_ANIMATION = 0x100
DO_NOT_WRITE = 0x200
INVISIBLE = 0x400
STARTLINE = 0x1000
HIDDEN = 0x40000
READ_ONLY = 0x10000000

NAMES: dict[str, int] = {
    "STARTLINE": STARTLINE,
    "INVISIBLE": INVISIBLE,
    "DISABLED": DISABLED,
    "HIDDEN": HIDDEN,
    "READ_ONLY": READ_ONLY,
    "DO_NOT_WRITE": DO_NOT_WRITE,
    "NO_ANIMATION": NO_ANIMATION,
}
