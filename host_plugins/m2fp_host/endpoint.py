"""Where the daemon listens, unless somebody says otherwise."""

from __future__ import annotations

import os

DEFAULT_ENDPOINT = "tcp://127.0.0.1:47115"


def default_endpoint() -> str:
    """The endpoint from the environment variable ``M2FP_ENDPOINT``, else :data:`DEFAULT_ENDPOINT`."""
    return os.environ.get("M2FP_ENDPOINT") or DEFAULT_ENDPOINT
