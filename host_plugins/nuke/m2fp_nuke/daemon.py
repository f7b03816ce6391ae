"""The daemon as seen from the node: does it answer, and start it here. Waits: never in the main thread."""

from __future__ import annotations

from m2fp_host.client import Client
from m2fp_host.endpoint import default_endpoint
from m2fp_host.starting import start_daemon

from .vendored import import_zmq

START_TIMEOUT = 60.0
"""Seconds: the first start after a reboot reads some 400 MB of libraries from a cold disk."""


def describe(endpoint: str) -> str:
    """A sentence about the daemon at ``endpoint`` (empty: the usual one), a line for each engine.

    :raises M2FPError: nobody answers, or it is of another version; says what to do.
    """
    import_zmq()
    where = endpoint or default_endpoint()
    with Client(where) as client:
        status = client.status()
    state = "draining" if status.draining else "ready" if status.ready else "warming up"
    lines = [f"connected to {where}: M2FP {status.version}, {state}, {status.queue} waiting"]
    lines += [
        f"its worker does not start: {each['trouble']}" for each in status.workers if each.get("trouble")
    ]
    for model in status.models:
        chosen = " (auto)" if model.get("auto") else ""
        lines.append(f"engine {model.get('name')}{chosen}: {model.get('licence')}")
    return "\n".join(lines)


def start(endpoint: str) -> str:
    """Start a daemon that listens at ``endpoint``; a sentence.

    :raises M2FPError: it can't be started here, with the reason.
    """
    import_zmq()
    return start_daemon(endpoint or default_endpoint(), START_TIMEOUT)
