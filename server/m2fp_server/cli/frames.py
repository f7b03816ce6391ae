"""Which files a command line means: one file, or the frames of a sequence."""

from __future__ import annotations

from dataclasses import dataclass

from fileseq.constants import PAD_STYLE_HASH1
from fileseq.exceptions import FileSeqException, MaxSizeException, ParseException
from fileseq.filesequence import FileSequence
from fileseq.frameset import FrameSet

from m2fp_host.errors import BadRequest

# One # is one digit, as compositors read it; fileseq's own default is four.
_PADDING = PAD_STYLE_HASH1


@dataclass(frozen=True)
class Frame:
    """One frame's files. ``number`` is ``None`` for a single file that belongs to no sequence."""

    number: int | None
    plate: str
    out: str
    preview: str = ""

    @property
    def name(self) -> str:
        return self.plate if self.number is None else f"frame {self.number}"


def frames_of(plate: str, out: str, frames: str, preview: str = "") -> list[Frame]:
    """The frames that two patterns (``####``, ``%04d``, ``@``, ``$F4``) and a range (``1001-1010x2``) mean.

    ``frames`` empty: the frames found on disk. Plain file names without a range are one frame.

    :raises BadRequest: a range that is none, a pattern on one side only, no frame on disk.
    """
    plates = _sequence(plate)
    outs = _sequence(out)
    previews = _sequence(preview) if preview else None
    if not plates.padding():
        if frames or outs.padding():
            raise BadRequest(f"{plate} names one file, not a sequence", "write it like plate.####.exr")
        return [Frame(None, plate, out, preview)]
    if not outs.padding() or (previews and not previews.padding()):
        raise BadRequest(f"{out} would be written again for each frame", "write it like masks.####.exr")
    numbers = _numbers(plates, plate, frames)
    return [
        Frame(number, plates.frame(number), outs.frame(number), previews.frame(number) if previews else "")
        for number in numbers
    ]


def _sequence(pattern: str) -> FileSequence:
    try:
        return FileSequence(pattern, pad_style=_PADDING, allow_subframes=False)
    except ParseException as fault:
        raise BadRequest(
            f"can't read the pattern {pattern} ({fault})", "write it like plate.####.exr"
        ) from None


def _numbers(plates: FileSequence, pattern: str, frames: str) -> list[int]:
    if frames:
        try:
            return [int(number) for number in FrameSet(frames)]
        except (ParseException, MaxSizeException, ValueError) as fault:
            raise BadRequest(
                f"{frames!r} is no frame range ({fault})", "write it like 1001-1010x2,1020"
            ) from None
    try:
        found = FileSequence.findSequenceOnDisk(pattern, pad_style=_PADDING, strictPadding=True)
    except FileSeqException as fault:
        raise BadRequest(f"no frames of {pattern} on disk ({fault})", "check the path, or give -f") from None
    return [int(number) for number in found.frameSet() or ()]
