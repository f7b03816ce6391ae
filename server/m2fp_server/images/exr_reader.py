"""Reading a plate: an EXR from somewhere we don't trust, decoded in bands."""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import OpenImageIO
from numpy.typing import NDArray

from m2fp_host.errors import BadImage

from . import limits as image_limits
from .channel_choice import Choice, choose_channels
from .exr_header import UINT, Part, read_header
from .file_alias import file_alias, patched_copy
from .limits import Limits
from .plate import LARGEST_HALF, Plate

_BAND = 256  # rows; a multiple of every compression's block, so that no block is decoded twice
_SPAN = 8  # channels; needed ones this near each other are read at once, farther ones each by itself
_ASPECTS = (1 / 16, 16.0)  # width : height of a pixel; anything outside is a mistake
_UINT_MAX = np.float32(2**32 - 1)
_DEFAULT_LIMITS = Limits()


def read_plate(
    path: str | os.PathLike[str], *, name: str = "", layer: str = "", limits: Limits = _DEFAULT_LIMITS
) -> Plate:
    """The plate that the EXR at ``path`` holds; ``path`` may end in anything, or be ``/proc/self/fd/N``.

    ``name`` is what messages and the colour space's evidence call the file (default: the path's own name).
    ``layer`` picks ``layer.R/G/B[/A]`` instead of the plate's own choice (:func:`choose_channels`). Level 0
    of mip-mapped files; UINT channels count as plain numbers. NaN becomes 0, an infinity the largest half.

    Raises :class:`BadImage` (no EXR, damaged, truncated, deep, no R, G, B), :class:`TooLarge` (beyond
    ``limits``, before anything is decoded) and :class:`BadRequest` (no such layer).
    """
    path = Path(path)
    name = name or path.name
    try:
        with path.open("rb") as file:
            parts = read_header(file, name, limits)
    except OSError as error:
        raise BadImage(f"{name}: can't be read ({error.strerror})", "check path and rights") from error
    choice = choose_channels(parts, layer=layer, name=name)
    part = parts[choice.part]
    aspect, aspect_warnings = _pixel_aspect(part)
    image_limits.apply(limits)
    with _opened(path, parts, choice, name) as source:
        pixels, alpha, repairs = _decode(source, choice, name)
    return Plate(
        pixels=pixels,
        alpha=alpha,
        data_window=part.data_window,
        display_window=part.display_window,
        pixel_aspect=aspect,
        attributes=part.attributes,
        file_name=name,
        warnings=(*choice.warnings, *aspect_warnings, *repairs),
    )


@dataclass(frozen=True)
class _Source:
    """An open part. ``read`` gives rows start to end of channels first to last, or None if it can't.

    ``step``: rows that a read must start and end at multiples of. ``band``: rows to read at a time.
    """

    read: Callable[[int, int, int, int], NDArray[np.float32] | None]
    height: int
    width: int
    step: int
    band: int
    channels: tuple[str, ...]


@contextmanager
def _opened(path: Path, parts: Sequence[Part], choice: Choice, name: str) -> Iterator[_Source]:
    part = parts[choice.part]
    refused = next((p for p in parts if not _openexr_takes(p.pixel_aspect) and p.pixel_aspect_at), None)
    if refused is None:
        alias = file_alias(path, ".exr")
    else:  # OpenEXR opens no file with such a ratio in it; it says nothing about the pixels
        alias = patched_copy(path, ".exr", refused.pixel_aspect_at, struct.pack("<f", 1.0))
    core = OpenImageIO.get_int_attribute("openexr:core", 1)
    with alias as known_as:
        try:
            if choice.luma_chroma:
                OpenImageIO.attribute("openexr:core", 0)  # only the older reader turns Y, RY, BY into R, G, B
            file = OpenImageIO.ImageInput.open(str(known_as))
        finally:
            OpenImageIO.attribute("openexr:core", core)
        if file is None:
            reason = _why().replace(str(known_as), name)
            raise BadImage(f"{name}: OpenEXR can't open it: {reason}", "render or copy the file again")
    # The file is open: its second name has gone already, and a crash in the decoder leaves nothing behind.
    try:
        yield _source(file, part, choice, name)
    finally:
        file.close()


def _source(file: OpenImageIO.ImageInput, part: Part, choice: Choice, name: str) -> _Source:
    spec = file.spec(choice.part, 0)
    window = part.data_window
    if (spec.x, spec.y, spec.width, spec.height) != (window.x, window.y, window.width, window.height):
        raise BadImage(f"{name}: the header contradicts itself about the data window", "render it again")
    top, left, right = spec.y, spec.x, spec.x + spec.width

    def read_rows(start: int, end: int, first: int, last: int) -> NDArray[np.float32] | None:
        return file.read_scanlines(choice.part, 0, top + start, top + end, 0, first, last, OpenImageIO.FLOAT)

    def read_tiles(start: int, end: int, first: int, last: int) -> NDArray[np.float32] | None:
        return file.read_tiles(
            choice.part, 0, left, right, top + start, top + end, 0, 1, first, last, OpenImageIO.FLOAT
        )

    step = max(1, spec.tile_height)
    return _Source(
        read=read_tiles if spec.tile_height else read_rows,
        height=spec.height,
        width=spec.width,
        step=step,
        band=step * max(1, _BAND // step),
        channels=tuple(spec.channelnames),
    )


def _decode(
    source: _Source, choice: Choice, name: str
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None, tuple[str, ...]]:
    """``(H, W, 3)``, ``(H, W)`` or None, and warnings; in bands, so that there is no second copy."""
    wanted = ["R", "G", "B"] if choice.luma_chroma else [channel.name for channel in choice.colour]
    scales = [_UINT_MAX if channel.kind == UINT else None for channel in choice.colour]
    if choice.alpha is not None:
        wanted.append(choice.alpha.name)
        scales.append(_UINT_MAX if choice.alpha.kind == UINT else None)
    try:
        at = [source.channels.index(channel) for channel in wanted]
    except ValueError as error:
        raise BadImage(f"{name}: a channel is missing: {error}", "render it again") from error
    pixels = np.empty((source.height, source.width, 3), np.float32)
    alpha = np.empty((source.height, source.width), np.float32) if choice.alpha is not None else None
    bad_nan = bad_inf = 0
    for start in range(0, source.height, source.band):
        end = min(start + source.band, source.height)
        for first, last in _ranges(at):
            band = source.read(start, end, first, last)
            if band is None:
                readable = _readable_rows(source, start, end, first, last)
                raise BadImage(
                    f"{name}: truncated or damaged: only the first {readable} of {source.height} scanlines "
                    "are readable",
                    "wait until the render has finished, or render or copy the file again",
                )
            finite = np.isfinite(band)
            if not finite.all():
                nan = int(np.isnan(band).sum())
                bad_nan += nan
                bad_inf += int(finite.size - finite.sum()) - nan
                np.nan_to_num(band, copy=False, nan=0.0, posinf=LARGEST_HALF, neginf=-LARGEST_HALF)
            for target, (index, scale) in enumerate(zip(at, scales, strict=True)):
                if not first <= index < last:
                    continue
                values = band[..., index - first]
                if scale is not None:  # OpenImageIO maps UINT to 0..1; EXR means plain numbers
                    values = values * scale
                if target < 3:
                    pixels[start:end, :, target] = values
                elif alpha is not None:
                    alpha[start:end] = values
    return pixels, alpha, _repairs(bad_nan, bad_inf)


def _ranges(at: Sequence[int]) -> list[tuple[int, int]]:
    """Channel ranges ``first, last`` (exclusive) to read: one if all are near each other, else runs."""
    needed = sorted(set(at))
    if needed[-1] - needed[0] < _SPAN:
        return [(needed[0], needed[-1] + 1)]
    ranges: list[tuple[int, int]] = []
    for index in needed:
        if ranges and ranges[-1][1] == index:
            ranges[-1] = (ranges[-1][0], index + 1)
        else:
            ranges.append((index, index + 1))
    return ranges


def _readable_rows(source: _Source, start: int, end: int, first: int, last: int) -> int:
    """How many rows from the top decode, when those of ``start`` to ``end`` don't: found by halving."""
    good, bad = 0, -(-(end - start) // source.step)
    while bad - good > 1:
        middle = (good + bad) // 2
        if source.read(start, start + middle * source.step, first, last) is None:
            bad = middle
        else:
            good = middle
    return start + good * source.step


def _pixel_aspect(part: Part) -> tuple[float, tuple[str, ...]]:
    aspect = part.pixel_aspect
    if _ASPECTS[0] <= aspect <= _ASPECTS[1]:
        return aspect, ()
    if not part.pixel_aspect_at:
        return 1.0, ()
    return 1.0, (f"the header's pixel aspect ratio is {aspect:g}: 1 was taken",)


def _openexr_takes(aspect: float) -> bool:
    """OpenEXR's own sanity bound (``validation.c``)."""
    return math.isfinite(aspect) and 1e-6 <= aspect <= 1e6


def _repairs(nan: int, infinite: int) -> tuple[str, ...]:
    warnings = []
    if nan:
        warnings.append(f"{nan:,} NaN values were read as 0")
    if infinite:
        warnings.append(f"{infinite:,} infinite values were read as {LARGEST_HALF:g}")
    return tuple(warnings)


def _why() -> str:
    """OpenImageIO's own reason for its latest failure, one line."""
    try:
        lines = OpenImageIO.geterror().strip().splitlines()
    except UnicodeDecodeError:  # it quotes the damaged file's bytes
        lines = []
    return lines[0] if lines else "it is damaged"
