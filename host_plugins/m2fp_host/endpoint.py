"""Where the daemon listens, unless somebody says otherwise."""

from __future__ import annotations

import ipaddress
import os

DEFAULT_ENDPOINT = "tcp://127.0.0.1:47115"


def default_endpoint() -> str:
    """The endpoint from the environment variable ``M2FP_ENDPOINT``, else :data:`DEFAULT_ENDPOINT`."""
    return os.environ.get("M2FP_ENDPOINT") or DEFAULT_ENDPOINT


def host_of(endpoint: str) -> str:
    """The machine in an endpoint of TCP; empty if there is none."""
    scheme, _, address = endpoint.partition("://")
    return address.rpartition(":")[0].strip("[]") if scheme == "tcp" else ""


def is_here(endpoint: str) -> bool:
    """Whether a daemon at ``endpoint`` would be one of this machine."""
    host = host_of(endpoint)
    if endpoint.startswith("ipc://") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
