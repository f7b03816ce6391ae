"""M2FP Bridge for hosts: the protocol and a client, on the standard library and pyzmq, Python 3.7 to 3.13.

Nothing of the daemon is imported here, and zmq only when a call is made.
"""

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
