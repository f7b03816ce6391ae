"""A node of a host as its run sees it: each host has a class of this kind."""

from __future__ import annotations

from .plates import Plate


class HostNode:
    """Where the plates of a node come from. All but :meth:`import_zmq` is called in the main thread.

    ``parse_first``: what to do about masks whose plate has to be rendered where that is impossible, within a
    render: a sentence's second half.
    """

    parse_first = ""

    def import_zmq(self) -> None:
        """Make zmq importable.

        :raises M2FPError: it can't be had, and why.
        """
        raise NotImplementedError

    def plate(self, frame: int, view: str) -> Plate:
        """Where the pixels of a frame come from; renders nothing.

        :raises M2FPError: from nowhere.
        """
        raise NotImplementedError

    def vouches_for(self, frame: int) -> bool:
        """Whether the plate of a frame can't have changed since its masks were made."""
        return False

    def render(self, frame: int, view: str, folder: str) -> str:
        """Render a frame of the plate to an EXR in ``folder``; its path.

        :raises Busy: not now: the host renders something else.
        :raises Cancelled: the artist cancelled that.
        :raises M2FPError: it can't be rendered.
        """
        raise NotImplementedError
