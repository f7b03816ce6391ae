"""What a piece of work costs this process: CPU and wall time by stage, and memory at its highest."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Cost:
    """Seconds: of all threads of the process together, and on the clock."""

    cpu_s: float
    wall_s: float


class Stages:
    """The cost of each stage of the work, by the stage's name."""

    def __init__(self) -> None:
        self.costs: dict[str, Cost] = {}

    def timed(self, stage: str, function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        """``function``, but each call notes what it costs as ``stage``, over what was noted before."""

        def call(*positional: Arguments.args, **named: Arguments.kwargs) -> Result:
            cpu, wall = time.process_time(), time.perf_counter()
            result = function(*positional, **named)
            self.costs[stage] = Cost(time.process_time() - cpu, time.perf_counter() - wall)
            return result

        return call


def peak_mb() -> float:
    """The most memory this process has held at once since it began, in MB (millions of bytes)."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            lines = dict(line.split(":", 1) for line in status)
        return int(lines["VmHWM"].split()[0]) * 1024 / 1e6
    except OSError:
        pass
    # Second choice: Linux counts the parent's memory at the time of the fork in here.
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
