"""Which files a command line means: one file, or the frames of a sequence."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from fileseq.constants import PAD_STYLE_HASH1
from fileseq.exceptions import FileSeqException, MaxSizeException, ParseException
from fileseq.filesequence import FileSequence
from fileseq.frameset import FrameSet

from m2fp_host.errors import BadRequest

# One # is one digit, as compositors read it; fileseq's own default is four.
_PADDING = PAD_STYLE_HASH1

_MARK = re.compile(r"#|@|%\d*d|\$F\d*|<UDIM>|%\(UDIM\)d")
"""Where fileseq puts a frame's number. It also takes the digits of ``plate.1001.exr`` for one; we don't."""


@dataclass(frozen=True)
class Frame:
    """One frame's files. ``number`` is ``None`` for a single file that belongs to no sequence."""

    number: int | None
    plate: str
    out: str
    preview: str = ""

    @property
    def key(self) -> str:
        """How a report for programs names the frame: its number, or the plate."""
        return self.plate if self.number is None else str(self.number)

    @property
    def name(self) -> str:
        return self.plate if self.number is None else f"frame {self.number}"


def frames_of(plate: str, out: str, frames: str, preview: str = "") -> list[Frame]:
    """The frames that two patterns (``####``, ``%04d``, ``@``, ``$F4``) and a range (``1001-1010x2``) mean.

    ``frames`` empty: the frames found on disk. Plain file names without a range are one frame.

    :raises BadRequest: a range that is none, a pattern on one side only, no frame on disk.
    """
    plates, outs, previews = map(_sequence, (plate, out, preview))
    if plates is None:
        if frames or outs is not None or previews is not None:
            raise BadRequest(f"{plate} names one file, not a sequence", "write it like plate.####.exr")
        return [_checked(Frame(None, plate, out, preview))]
    for pattern, sequence in ((out, outs), (preview, previews)):
        if pattern and sequence is None:
            raise BadRequest(
                f"{pattern} would be written again for each frame", "put #### where the frame's number goes"
            )
    return [
        _checked(
            Frame(
                number,
                plates.frame(number),
                outs.frame(number) if outs is not None else out,
                previews.frame(number) if previews is not None else "",
            )
        )
        for number in _numbers(plates, plate, frames or plates.frameRange())
    ]


def _checked(frame: Frame) -> Frame:
    """``frame``, if nothing is written over that nobody means to write over."""
    for path in (frame.out, frame.preview):
        if os.path.exists(path) and not os.path.isfile(path):
            raise BadRequest(f"{path} is there and is no file", "write elsewhere")
    files = [os.path.realpath(path) for path in (frame.plate, frame.out, frame.preview) if path]
    if len(set(files)) < len(files):
        raise BadRequest(
            f"{frame.name}: plate, masks and preview have to be different files", "write them elsewhere"
        )
    return frame


def check_outputs(out: str, preview: str) -> None:
    """:raises BadRequest: a name that would not say what the file is, or a folder that is not there."""
    for path, kind in ((out, ".exr"), (preview, ".png")):
        folder, name = os.path.split(path)
        if path and not path.lower().endswith(kind):
            raise BadRequest(f"{path} would not say what it is", f"let its name end in {kind}")
        if path and not os.path.isdir(folder or "."):
            raise BadRequest(f"there is no folder {folder} to write {name} to", "make it")


def _sequence(pattern: str) -> FileSequence | None:
    """The sequence that a pattern means; ``None`` for one file, whatever numbers stand in its name."""
    if not _MARK.search(os.path.basename(pattern)):
        return None
    try:
        return FileSequence(pattern, pad_style=_PADDING, allow_subframes=False)
    except ParseException as fault:
        raise BadRequest(
            f"can't read the pattern {pattern} ({fault})", "write it like plate.####.exr"
        ) from None


def _numbers(plates: FileSequence, pattern: str, frames: str) -> list[int]:
    if frames:
        try:
            numbers = [int(number) for number in FrameSet(frames)]
        except MaxSizeException:
            raise BadRequest(f"{frames!r} are too many frames", "give fewer at a time") from None
        except (ParseException, ValueError):
            numbers = []
        if not numbers or "." in frames:
            raise BadRequest(f"{frames!r} is no frame range", "write it like 1001-1010x2,1020")
        return numbers
    try:
        found = FileSequence.findSequenceOnDisk(pattern, pad_style=_PADDING, strictPadding=True)
    except FileSeqException:
        raise BadRequest(f"no frames of {pattern} on disk", "check the path, or give -f") from None
    return [int(number) for number in found.frameSet() or ()]
