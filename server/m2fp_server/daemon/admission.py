"""What a submission has to be before it becomes a job."""

from __future__ import annotations

import os

from m2fp_host.errors import BadRequest, PathDenied, TooLarge
from m2fp_host.messages import Submit
from m2fp_host.parameters import Parameters

from .settings import Settings


def admit(submit: Submit, settings: Settings) -> Parameters:
    """The parameters of a submission that may become a job.

    :raises BadRequest: a parameter is wrong, or the plate is not announced.
    :raises TooLarge: the plate is beyond what this daemon takes.
    :raises PathDenied: the path leads nowhere near a root.
    """
    parameters = Parameters.from_fields(submit.parameters)
    most = min(settings.plate_bytes, settings.spool_bytes)
    if submit.bytes > most:
        raise TooLarge(
            f"the plate {submit.name} has {submit.bytes} bytes",
            f"this daemon takes at most {most}: crop it or compress it",
        )
    if submit.source == "path":
        _check_path(submit.path, settings.roots)
    elif not submit.sha256:
        raise BadRequest("a submit without sha256", "announce it when the plate is sent")
    if not submit.bytes:
        raise BadRequest("a submit without bytes", "announce the length of the plate's file")
    return parameters


def _check_path(path: str, roots: tuple[str, ...]) -> None:
    """Refuse at once what can't be below a root. The worker, which may wait for a slow disk, looks closer."""
    plain = os.path.normpath(path)
    if not os.path.isabs(path) or not any(_is_below(plain, os.path.normpath(root)) for root in roots):
        raise PathDenied(f"the daemon can't read {path}", "allow its folder with --root, or send the bytes")


def _is_below(path: str, root: str) -> bool:
    try:
        return os.path.commonpath((root, path)) == root
    except ValueError:  # on Windows: another drive
        return False
