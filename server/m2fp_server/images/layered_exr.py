"""The file a compositor gets back: one matte a layer, in one EXR."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .exr_file import write_exr
from .window import Window


def write_layered(
    path: str | os.PathLike[str],
    channels: Sequence[str],
    bands: Iterable[NDArray[np.float16]],
    *,
    data_window: Window,
    display_window: Window,
    pixel_aspect: float,
    metadata: Mapping[str, str | float],
) -> None:
    """Write mattes (and beauty, if it is among ``channels``) to ``path``: see :func:`write_exr`.

    ``channels`` are full names in the order of the bands' last axis: ``hair.A`` (from
    :func:`~m2fp_server.images.channel_names.channel_of`), ``R``, ``fg.R``. ``bands`` are
    ``(rows, W, len(channels)) float16``, top to bottom over ``data_window``. The file says that it holds
    data (``colorInteropID``), so that no host converts the colours of a matte.
    """
    write_exr(
        path,
        channels,
        bands,
        data_window=data_window,
        display_window=display_window,
        pixel_aspect=pixel_aspect,
        colour_interop_id="data",
        metadata=metadata,
    )
