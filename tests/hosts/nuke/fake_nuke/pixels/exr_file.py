"""A picture file on disk: its header, and its channels under Nuke's names."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import OpenImageIO
from numpy.typing import NDArray

from .exr_names import NukeName, nuke_name
from .faults import EvaluationError
from .image import Box, Format

_UINT_MAX = np.float32(2**32 - 1)
_EIGHT_BIT = ("uint8", "uint16")

# OpenImageIO's own names of header fields, and those in the file
_FIELDS = {
    "DateTime": "capDate",
    "PixelAspectRatio": "pixelAspectRatio",
    "compression": "compressionName",
    "openexr:lineOrder": "lineOrder",
    "Copyright": "copyright",
    "Artist": "owner",
    "ImageDescription": "comments",
}


@dataclass(frozen=True)
class _Stored:
    """Where a channel is: the part's index, the channel's in it, and its names."""

    part: int
    index: int
    name: NukeName


class PictureFile:
    """An open file. It stays open until :meth:`close`, so what another program renames over it is not seen.

    ``format``, ``data`` (data window, y up, without a border), ``covers`` (the data window is the display
    window), ``metadata`` (Nuke's keys), ``eight_bit`` (integers meant for a screen). Only EXR is tested.

    :raises FileNotFoundError: there is no such file.
    :raises EvaluationError: it can't be read as Nuke reads it.
    """

    def __init__(self, path: str) -> None:
        os.stat(path)  # raises what OpenImageIO would only put into words
        file = OpenImageIO.ImageInput.open(path)
        if file is None:
            raise EvaluationError(f"{path} can't be read: {' '.join(OpenImageIO.geterror().split())}")
        self.path = path
        self._file = file
        self._specs = _specs(file)
        self._planes: dict[tuple[int, int], NDArray[Any]] = {}
        try:
            self._check_parts()
        except EvaluationError:
            file.close()
            raise
        first = self._specs[0]
        self.format = Format(
            first.full_width, first.full_height, first.get_float_attribute("PixelAspectRatio", 1.0)
        )
        # Nuke's format begins at 0, 0, whatever the file's display window says.
        left, bottom = first.x - first.full_x, first.full_y + first.full_height - first.y - first.height
        self.data = Box(left, bottom, left + first.width, bottom + first.height)
        self.covers = self.data == self.format.box
        self.eight_bit = str(first.format) in _EIGHT_BIT
        self.metadata = self._metadata()

    def channels(self, view: str, views: Collection[str]) -> dict[str, tuple[int, int]]:
        """Nuke's names of what ``view`` sees, with a key for :meth:`plane`; ``views`` are the script's.

        The file's first view is its hero: other views see its channels where they have none of their own.
        """
        in_file = self._views()
        hero = in_file[0] if in_file else ""
        found: dict[str, _Stored] = {}
        for stored in self._stored({*in_file, *views}):
            of = stored.name.view or hero
            if of not in (view, hero, ""):
                continue
            name = stored.name.full
            if name not in found or (of == view and (found[name].name.view or hero) != view):
                found[name] = stored
        return {name: (stored.part, stored.index) for name, stored in found.items()}

    def plane(self, key: tuple[int, int]) -> NDArray[Any]:
        """A channel over ``data``, ``(h, w)`` in the file's own precision, lowest row first."""
        if key not in self._planes:
            part, index = key
            pixels = self._file.read_image(part, 0, index, index + 1, self._kind(part, index))
            if pixels is None:
                raise EvaluationError(f"{self.path} is damaged: {' '.join(self._file.geterror().split())}")
            plane = pixels[::-1, :, 0]
            # OpenImageIO scales unsigned integers to 0..1; EXR means plain numbers.
            self._planes[key] = plane * _UINT_MAX if self._is_uint(part, index) else plane
        return self._planes[key]

    def close(self) -> None:
        """Take in every channel that nobody asked for yet, and close the file."""
        for part, spec in enumerate(self._specs):
            for index in range(spec.nchannels):
                self.plane((part, index))
        self._file.close()

    def _check_parts(self) -> None:
        first = self._specs[0]
        for spec in self._specs:
            if spec.deep:
                raise EvaluationError(f"{self.path} is a deep file: a Read needs a flat one")
            if _windows(spec) != _windows(first):
                raise EvaluationError(f"{self.path}: Multipart data window size must be consistent")

    def _views(self) -> list[str]:
        found: list[str] = []
        for spec in self._specs:
            several = spec.getattribute("multiView") or ()
            single = spec.get_string_attribute("view") if len(self._specs) > 1 else ""
            found += [view for view in (*several, single) if view]
        return list(dict.fromkeys(found))

    def _stored(self, views: Collection[str]) -> list[_Stored]:
        found = []
        # Files of old gave a part its layer's name, and its channels none.
        part_is_layer = len(self._specs) > 1 and not any(
            "." in name for spec in self._specs for name in spec.channelnames
        )
        for part, spec in enumerate(self._specs):
            prefix = f"{spec.get_string_attribute('name')}." if part_is_layer else ""
            view = spec.get_string_attribute("view") if len(self._specs) > 1 else ""
            if view and not prefix.endswith(f".{view}."):
                prefix += f"{view}."
            for index, name in enumerate(spec.channelnames):
                found.append(_Stored(part, index, nuke_name(prefix.lstrip(".") + name, views)))
        return found

    def _kind(self, part: int, index: int) -> Any:
        spec = self._specs[part]
        kind = spec.channelformats[index] if spec.channelformats else spec.format
        return OpenImageIO.HALF if str(kind) == "half" else OpenImageIO.FLOAT

    def _is_uint(self, part: int, index: int) -> bool:
        spec = self._specs[part]
        return str(spec.channelformats[index] if spec.channelformats else spec.format) == "uint"

    def _metadata(self) -> dict[str, Any]:
        first, stat = self._specs[0], os.stat(self.path)
        found: dict[str, Any] = {
            "input/filename": self.path,
            "input/filereader": "exr" if self._file.format_name() == "openexr" else self._file.format_name(),
            "input/filesize": stat.st_size,
            "input/width": first.full_width,
            "input/height": first.full_height,
            "input/bitsperchannel": "16-bit half float" if str(first.format) == "half" else "32-bit float",
        }
        for attribute in first.extra_attribs:
            if attribute.name.startswith("oiio:"):
                continue
            name = _FIELDS.get(attribute.name, attribute.name)
            found[name if name.startswith("nuke/") else f"exr/{name}"] = _plain(attribute.value)
        return found


def _specs(file: Any) -> list[Any]:
    found: list[Any] = []
    while file.seek_subimage(len(found), 0):
        found.append(file.spec(len(found), 0))
    return found


def _windows(spec: Any) -> tuple[int, ...]:
    return (
        *(spec.x, spec.y, spec.width, spec.height),
        *(spec.full_x, spec.full_y, spec.full_width, spec.full_height),
    )


def _plain(value: Any) -> Any:
    """``value`` as JSON has it."""
    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list, np.ndarray)):
        return [_plain(one) for one in value]
    return float(value) if isinstance(value, np.number) else str(value)
