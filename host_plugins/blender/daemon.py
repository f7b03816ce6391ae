"""The daemon as seen from Blender: does it answer, and start it here. Both block, for a bounded while."""

from __future__ import annotations

from m2fp_host.client import Client
from m2fp_host.endpoint import default_endpoint
from m2fp_host.starting import start_daemon

START_TIMEOUT = 60.0
"""Seconds: the first start after a reboot reads some 400 MB of libraries from a cold disk."""


def describe(endpoint: str) -> str:
    """A sentence about the daemon at ``endpoint`` (empty: the usual one).

    :raises M2FPError: nobody answers, or it is of another version; says what to do.
    """
    where = endpoint or default_endpoint()
    with Client(where) as client:
        status = client.status()
    state = "draining" if status.draining else "ready" if status.ready else "warming up"
    engines = ", ".join(
        f"{model.get('name')}{' (auto)' if model.get('auto') else ''}, {model.get('licence')}"
        for model in status.models
    )
    return f"connected to {where}: M2FP {status.version}, {state}; engines: {engines}"


def start(endpoint: str) -> str:
    """Start a daemon that listens at ``endpoint``; a sentence.

    :raises M2FPError: it can't be started here, with the reason.
    """
    return start_daemon(endpoint or default_endpoint(), START_TIMEOUT)
