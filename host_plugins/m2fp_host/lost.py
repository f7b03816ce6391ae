"""A daemon that is not there, or not any more."""

from __future__ import annotations

from .endpoint import DEFAULT_ENDPOINT, is_here
from .errors import NoDaemon
from .installation import command


class LostError(Exception):
    """The connection broke, or was never made; what was under way has to be asked again. Never leaves us."""


def no_daemon(endpoint: str) -> NoDaemon:
    """The error that says that nobody listens, and how to change that."""
    start = f"{command()} serve"
    if not is_here(endpoint):
        hint = "start m2fp serve on that machine, and check what forwards this endpoint to it"
        return NoDaemon(f"no daemon at {endpoint}", hint)
    if endpoint != DEFAULT_ENDPOINT:
        start += f" --endpoint {endpoint}"
    return NoDaemon(f"no daemon at {endpoint}", f"start it with {start}")
