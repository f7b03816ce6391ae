"""What a node is set to, as far as computing its masks goes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from m2fp_host.errors import BadRequest


@dataclass(frozen=True)
class Job:
    """The settings of one node at one moment, as a value that may leave the main thread. Hosts add to it.

    ``name``: the node's, for messages. ``timeout``: seconds that a frame may take. ``parameters``: keyword
    arguments of a job for the daemon, all but the plate's colour space and the exposure. ``exposure``:
    stops, or ``"auto"`` while it has still to be found. ``skip_existing``: leave masks that are still right.
    """

    name: str
    endpoint: str
    timeout: float
    parameters: dict[str, Any]
    exposure: Any
    views: tuple[str, ...]
    skip_existing: bool

    def masks(self, frame: int, view: str) -> str:
        """The full path of a frame's masks.

        :raises BadRequest: there can be none of this frame.
        """
        raise NotImplementedError


def make_folder(path: str) -> None:
    """The folder that the file ``path`` goes into.

    :raises BadRequest: it can't be made, or nothing may be written to it.
    """
    folder = os.path.dirname(path)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as fault:
        raise BadRequest(
            f"can't make the folder {folder} ({fault.strerror})", "choose another place for the masks"
        ) from None
    if not os.access(folder, os.W_OK):  # before the daemon works for nothing
        raise BadRequest(
            f"nothing may be written to the folder {folder}",
            "choose another place for the masks, or make it writable",
        )
