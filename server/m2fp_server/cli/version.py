"""``m2fp version``."""

from __future__ import annotations

from m2fp_host.protocol import MAJOR, MINOR

from .. import __version__


def version() -> None:
    """Print the version of M2FP Bridge and of its protocol."""
    print(f"M2FP Bridge {__version__}, protocol {MAJOR}.{MINOR}")
