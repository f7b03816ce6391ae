"""What an artist is told of a daemon."""

from __future__ import annotations

from .client import Client
from .endpoint import default_endpoint


def describe(endpoint: str) -> str:
    """A sentence about the daemon at ``endpoint`` (empty: the usual one), a line for each engine.

    Blocks, for as long as a daemon may take to answer: in a GUI not in the main thread.

    :raises M2FPError: nobody answers, or it is of another version; says what to do.
    """
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
