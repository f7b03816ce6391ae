"""How much image a worker takes on: bounds on what a header may ask for, and on threads."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import OpenImageIO

from m2fp_host.errors import TooLarge

from .window import Window

_CHANNELS_OF_A_PLATE = 4  # the reader decodes at most R, G, B and A


@dataclass(frozen=True)
class Limits:
    """Bounds for one image, checked on its header, before anything is decoded.

    ``imagesize_mb``: megabytes of pixels, both as stored (all channels) and as decoded (four float32
    channels over the union of the data and display windows, which is what a matte file covers).
    ``resolution``: longest side in pixels. ``channels``: of one part. ``parts``: of one file.
    """

    imagesize_mb: int = 2048
    resolution: int = 32768
    channels: int = 256
    parts: int = 32

    def check_window(self, window: Window, what: str, name: str) -> None:
        """Raise :class:`TooLarge` if ``window`` (``what``, e.g. "data window", of the file ``name``) is."""
        if max(window.width, window.height) > self.resolution:
            raise TooLarge(
                f"{name}: the {what} is {window}, the longest side allowed is {self.resolution} pixels",
                "render or crop the plate smaller",
            )
        self.check_bytes(window.pixels * _CHANNELS_OF_A_PLATE * 4, f"the {what} ({window})", name)

    def check_bytes(self, size: int, what: str, name: str) -> None:
        """Raise :class:`TooLarge` if ``size`` bytes for ``what`` of the file ``name`` are too many."""
        if size > self.imagesize_mb * 2**20:
            raise TooLarge(
                f"{name}: {what} would take {size / 2**20:,.0f} MB, {self.imagesize_mb:,} MB are allowed",
                "render or crop the plate smaller, or write it with fewer channels",
            )


def configure(threads: int) -> None:
    """Set OpenImageIO's and OpenCV's thread counts and limits, once, for this whole process."""
    OpenImageIO.attribute("threads", threads)
    OpenImageIO.attribute("exr_threads", threads)
    cv2.setNumThreads(threads)
    apply(Limits())


def apply(limits: Limits) -> None:
    """Make OpenImageIO itself refuse what is beyond ``limits`` when it opens a file.

    A second line behind our own check of the header: these are globals of OpenImageIO, and setting them
    takes microseconds, so every reader does it.
    """
    OpenImageIO.attribute("try_all_readers", 0)  # 1 offers a file that is no EXR to 20 other decoders
    OpenImageIO.attribute("limits:imagesize_MB", limits.imagesize_mb)
    OpenImageIO.attribute("limits:channels", limits.channels)
    OpenImageIO.attribute("limits:resolution", limits.resolution)
