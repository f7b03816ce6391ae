"""Where the M2FP network's weights come from, and where they are kept.

Checkpoints are fetched or imported, converted once to safetensors, and installed in a store that machines may
share. What is computed with them is the room ``network``'s.
"""

from .installed import Installed
from .store import NotInstalled, Store

__all__ = ["Installed", "NotInstalled", "Store"]
