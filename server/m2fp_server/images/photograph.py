"""A photograph (JPEG, PNG, TIFF) made into a plate. For the command line: its files are the user's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import OpenImageIO
from numpy.typing import NDArray

from m2fp_host.errors import BadImage

from . import limits as image_limits
from .exr_file import write_exr
from .file_alias import file_alias
from .limits import Limits
from .plate import LARGEST_HALF
from .window import Window

_KINDS = {
    b"\xff\xd8\xff": ".jpg",
    b"\x89PNG\r\n\x1a\n": ".png",
    b"II*\0": ".tif",
    b"MM\0*": ".tif",
    b"II+\0": ".tif",
    b"MM\0+": ".tif",
}
_BAND = 256  # rows
_END_OF_IMAGE = b"\xff\xd9"
_TAIL = 1 << 16  # bytes; cameras and phones put things of their own behind a JPEG's end


def plate_from_photograph(path_in: str | os.PathLike[str], path_out: str | os.PathLike[str]) -> None:
    """Write the photograph at ``path_in`` to ``path_out`` as a half EXR, scene-linear Rec.709.

    8 and 16 bit pictures are taken as sRGB; floating-point TIFFs as linear already, as everybody writes
    them. Grey becomes R, G, B; the camera's orientation is applied; alpha is multiplied in, as EXR wants it.
    Raises :class:`BadImage` (not such a picture, damaged), :class:`TooLarge` and :class:`Internal` (can't be
    written).
    """
    path = Path(path_in)
    try:
        with path.open("rb") as file:
            start = file.read(8)
            file.seek(max(0, path.stat().st_size - _TAIL))
            end = file.read()
    except OSError as error:
        raise BadImage(f"{path}: can't be read ({error.strerror})", "check path and rights") from error
    ending = next((kind for magic, kind in _KINDS.items() if start.startswith(magic)), None)
    if ending is None:
        raise BadImage(f"{path}: neither JPEG, PNG nor TIFF", "convert it to one of these, or to EXR")
    if ending == ".jpg" and _END_OF_IMAGE not in end:
        raise _damaged(path, "the file is cut off")  # the decoder would fill the rest with grey
    with file_alias(path, ending) as known_as:
        pixels = _decoded(known_as, path)
    height, width, count = pixels.shape
    window = Window(0, 0, width, height)
    write_exr(
        path_out,
        "RGBA"[:count],
        _halves(pixels),
        data_window=window,
        display_window=window,
        pixel_aspect=1.0,
        colour_interop_id="lin_rec709_scene",
        metadata={},
    )


def _decoded(known_as: Path, path: Path) -> NDArray[np.float32]:
    """``(H, W, 3 or 4) float32``, scene-linear Rec.709, upright, premultiplied."""
    image_limits.apply(Limits())
    hints = OpenImageIO.ImageSpec()
    hints.attribute("oiio:UnassociatedAlpha", 1)  # colours must lose the sRGB curve before alpha goes in
    file = OpenImageIO.ImageInput.open(str(known_as), hints)
    if file is None:
        raise _damaged(path, OpenImageIO.geterror())
    try:
        spec = file.spec()
        window = Window(0, 0, spec.width, spec.height)
        Limits().check_window(window, "picture", str(path))
        premultiplied = spec.alpha_channel >= 0 and not spec.get_int_attribute("oiio:UnassociatedAlpha")
        linear = spec.format.basetype in (OpenImageIO.HALF, OpenImageIO.FLOAT, OpenImageIO.DOUBLE)
        pixels = file.read_image(0, 0, 0, min(spec.nchannels, 4), OpenImageIO.FLOAT)
        if pixels is None:
            raise _damaged(path, file.geterror())
    finally:
        file.close()
    pixels = _upright(pixels, spec.get_int_attribute("Orientation", 1))
    colour = pixels[..., :3] if pixels.shape[2] >= 3 else pixels[..., :1].repeat(3, axis=2)
    if not linear:
        colour = _without_srgb_curve(colour)
    if pixels.shape[2] not in (2, 4):
        return colour
    alpha = pixels[..., -1:]
    return np.concatenate([colour if premultiplied else colour * alpha, alpha], axis=2)


def _upright(pixels: NDArray[np.float32], orientation: int) -> NDArray[np.float32]:
    """``pixels`` turned as the Exif orientation 1 to 8 says (Exif 2.32, 4.6.4)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _without_srgb_curve(encoded: NDArray[np.float32]) -> NDArray[np.float32]:
    """IEC 61966-2-1, the way back."""
    curved = ((np.maximum(encoded, 0.0) + 0.055) / 1.055) ** 2.4
    return np.where(encoded <= 0.04045, encoded / 12.92, curved).astype(np.float32)


def _halves(pixels: NDArray[np.float32]) -> Iterator[NDArray[np.float16]]:
    for start in range(0, len(pixels), _BAND):
        band = np.nan_to_num(pixels[start : start + _BAND], nan=0.0)
        yield np.ascontiguousarray(np.clip(band, -LARGEST_HALF, LARGEST_HALF), np.float16)


def _damaged(path: Path, reason: str) -> BadImage:
    first = reason.strip().splitlines()[:1] or ["no reason given"]
    return BadImage(f"{path}: can't be decoded: {first[0]}", "save the picture again")
