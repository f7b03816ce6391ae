"""A process that reads plates for the tests: a decoder that crashes or eats memory takes only this one along.

On standard input one path a line; on standard output one JSON line each.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterable
from typing import Any

from m2fp_host.errors import M2FPError
from m2fp_server.images.exr_reader import read_plate
from m2fp_server.images.limits import configure


def peak_mb() -> float:
    """The most memory that this process ever held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(path: str, before: float) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        plate = read_plate(path)
    except M2FPError as error:
        outcome: dict[str, Any] = {
            "error": type(error).__name__,
            "message": error.message,
            "hint": error.hint,
        }
    else:
        outcome = {"shape": list(plate.pixels.shape)}
    return outcome | {"seconds": time.perf_counter() - began, "mb": peak_mb() - before}


def main(paths: Iterable[str]) -> None:
    configure(1)
    before = peak_mb()
    for line in paths:
        print(json.dumps(report(line.rstrip("\n"), before)), flush=True)


if __name__ == "__main__":
    main(sys.stdin)
