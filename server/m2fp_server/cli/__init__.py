"""The command ``m2fp``: one module a sub-command.

Exit status everywhere: 0 done, 1 something failed (some frames, a check), 2 wrong use.
"""

from .app import main

__all__ = ["main"]
