"""The node Write: an EXR file of an image."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import numpy as np
import OpenImageIO

from . import colour
from .channel_sets import RGB, channels_of
from .faults import EvaluationError
from .image import Image, Plane
from .reformatting import scaled

_ALPHA = "rgba.alpha"
_SHORT = dict(zip((*RGB, _ALPHA), "RGBA", strict=True))
_DATATYPES = {"16 bit half": OpenImageIO.HALF, "32 bit float": OpenImageIO.FLOAT}
_COMPRESSIONS = {
    "none": "none",
    "Zip (1 scanline)": "zips",
    "Zip (16 scanlines)": "zip",
    "PIZ Wavelet (32 scanlines)": "piz",
    "RLE": "rle",
    "B44": "b44",
    "B44A": "b44a",
    "DWAA": "dwaa",
    "DWAB": "dwab",
    "PXR24": "pxr24",
}


def write(image: Image, request: Mapping[str, Any]) -> dict[str, Any]:
    """Write ``image`` as ``request`` says, and tell ``file``, ``channels`` and ``bbox``.

    ``file``: an ``.exr`` in a folder that exists. ``channels``: a set as in Nuke, default ``rgb``; those that
    the image does not have are left out. ``datatype``: ``16 bit half`` or ``32 bit float``. ``compression``:
    Nuke's words. ``raw``, ``colorspace``, ``premultiplied``, ``working_space``: as for a Read. ``scale``: of
    proxy mode. The data window is the bounding box.

    The file appears by renaming. Its header holds the time and a random hash: as with Nuke, two renders of
    the same pixels differ in their bytes.

    :raises EvaluationError: none of the channels is there, or the file can't be written.
    """
    path = str(request.get("file") or "")
    if not path.lower().endswith(".exr"):
        raise EvaluationError(f"Write error: {path!r}: this fake writes .exr files only")
    scale = float(request.get("scale") or 1.0)
    image = scaled(image, scale, scale)
    wanted = channels_of(request.get("channels") or "rgb", image.info.channels)
    channels = [name for name in wanted if name in image.info.channels]
    if not channels or image.info.box.empty:
        raise EvaluationError(f"Write error: {path}: No channels selected (or available) for write")
    names = [_SHORT.get(name, name) for name in channels]
    spec = _spec(image, names, request)
    pixels = np.stack([plane[::-1] for plane in _planes(image, channels, request)], -1)
    _save(path, spec, np.ascontiguousarray(pixels, np.float32))
    box = image.info.written_box
    return {"file": path, "channels": names, "bbox": [box.x, box.y, box.r, box.t]}


def _spec(image: Image, names: list[str], request: Mapping[str, Any]) -> Any:
    box, format_ = image.info.written_box, image.info.format
    datatype = str(request.get("datatype") or "16 bit half")
    if datatype not in _DATATYPES:
        raise EvaluationError(f"Write error: the datatype {datatype!r} is none of {', '.join(_DATATYPES)}")
    compression = str(request.get("compression") or "Zip (1 scanline)")
    if compression not in (*_COMPRESSIONS, *_COMPRESSIONS.values()):
        raise EvaluationError(
            f"Write error: the compression {compression!r} is none of {', '.join(_COMPRESSIONS)}"
        )
    spec = OpenImageIO.ImageSpec(box.width, box.height, len(names), _DATATYPES[datatype])
    spec.channelnames = tuple(names)
    spec.x, spec.y = box.x, format_.height - box.t
    spec.full_width, spec.full_height = format_.width, format_.height
    spec.attribute("compression", _COMPRESSIONS.get(compression, compression))
    spec.attribute("PixelAspectRatio", format_.pixel_aspect)
    spec.attribute("DateTime", datetime.now(timezone.utc).strftime("%Y:%m:%d %H:%M:%S"))
    spec.attribute("nuke/node_hash", secrets.token_hex(8))
    return spec


def _planes(image: Image, channels: list[str], request: Mapping[str, Any]) -> list[Plane]:
    box = image.info.written_box
    space, working = (str(request.get(key) or "linear") for key in ("colorspace", "working_space"))
    if space.partition("\t")[0].strip() == "default":
        space = working
    planes = {name: image.plane(name, box) for name in {*channels, *RGB, _ALPHA}}
    if not request.get("raw"):
        alpha = planes[_ALPHA]
        premultiplied = bool(request.get("premultiplied")) and _ALPHA in image.info.channels
        by = np.where(alpha == 0, np.float32(1), alpha) if premultiplied else np.float32(1)
        red, green, blue = (planes[name] / by for name in RGB)
        converted = colour.convert((red, green, blue), working, space)
        planes.update((name, plane * by) for name, plane in zip(RGB, converted, strict=True))
    return [planes[name] for name in channels]


def _save(path: str, spec: Any, pixels: Any) -> None:
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise EvaluationError(f"Write error: {path}: No such file or directory")
    temporary = f"{path}.tmp"  # Nuke's own name for it
    file = OpenImageIO.ImageOutput.create("openexr")
    assert file is not None
    try:
        written = file.open(temporary, spec) and file.write_image(pixels)
        if not (file.close() and written):
            raise EvaluationError(f"Write error: {path}: {' '.join(file.geterror().split())}")
        os.replace(temporary, path)
    except OSError as fault:
        raise EvaluationError(f"Write error: {path}: {fault.strerror}") from fault
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
