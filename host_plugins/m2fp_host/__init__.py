"""M2FP Bridge for hosts: the protocol and a client, on the standard library and pyzmq, Python 3.7 to 3.13.

Nothing of the daemon is imported here, and zmq only when a call is made. The names below are loaded when they
are first used: a host that only opens a file has no use for them, and they take 25 ms.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import Client, Masks
    from .endpoint import DEFAULT_ENDPOINT, default_endpoint
    from .errors import M2FPError
    from .parameters import MatteSettings, Parameters

__version__ = "0.1.0"

__all__ = [
    "DEFAULT_ENDPOINT",
    "Client",
    "M2FPError",
    "Masks",
    "MatteSettings",
    "Parameters",
    "__version__",
    "default_endpoint",
]

_MODULES = {
    "Client": "client",
    "Masks": "client",
    "DEFAULT_ENDPOINT": "endpoint",
    "default_endpoint": "endpoint",
    "M2FPError": "errors",
    "MatteSettings": "parameters",
    "Parameters": "parameters",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
