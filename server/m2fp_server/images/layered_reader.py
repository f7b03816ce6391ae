"""Reading masks back: the layers of a file that :mod:`layered_exr` wrote."""

from __future__ import annotations

import os

import numpy as np
import OpenImageIO
from numpy.typing import NDArray

from m2fp_host.errors import BadImage

_SUFFIX = ".A"


def read_layers(path: str | os.PathLike[str]) -> dict[str, NDArray[np.float16]]:
    """Every ``<layer>.A`` of a layered EXR as ``(H, W) float16`` over the file's data window, by layer.

    Raises :class:`BadImage` if the file can't be read.
    """
    file = OpenImageIO.ImageInput.open(os.fspath(path))
    if file is None:
        raise BadImage(f"can't read the masks {path} ({OpenImageIO.geterror()})", "parse the frame again")
    try:
        spec = file.spec()
        pixels = file.read_image(0, 0, 0, spec.nchannels, OpenImageIO.HALF)
        if pixels is None:
            raise BadImage(f"can't read the masks {path} ({file.geterror()})", "parse the frame again")
    finally:
        file.close()
    return {
        channel.removesuffix(_SUFFIX): np.ascontiguousarray(pixels[:, :, index])
        for index, channel in enumerate(spec.channelnames)
        if channel.endswith(_SUFFIX) and channel != "A"
    }
