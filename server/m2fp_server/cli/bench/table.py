"""The common form of a bench's result: rows against targets, the machine, and what it can do at best."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...whole_file import whole_file

GEMM_SIZE = 2048


@dataclass(frozen=True)
class Row:
    """One promise: ``measured`` has to stay below ``target``, or be ``at_least`` that; both in ``unit``."""

    name: str
    target: float
    measured: float
    unit: str
    at_least: bool = False

    @property
    def ok(self) -> bool:
        return self.measured >= self.target if self.at_least else self.measured < self.target

    @property
    def promise(self) -> str:
        """The target in words."""
        return f"{'>=' if self.at_least else '<'} {self.target:g} {self.unit}"


def machine() -> dict[str, Any]:
    """What this ran on."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
    }


def gemm(runs: int = 5) -> dict[str, Any]:
    """The machine's matrix-product rate, the yardstick for absolute figures: best of ``runs``."""
    import torch

    left, right = (torch.rand(GEMM_SIZE, GEMM_SIZE) for _ in range(2))
    best = float("inf")
    for _ in range(runs):
        began = time.process_time()
        torch.mm(left, right)
        best = min(best, time.process_time() - began)
    return {"size": GEMM_SIZE, "gflop_per_cpu_s": round(2 * GEMM_SIZE**3 / best / 1e9, 1)}


def show(
    name: str,
    rows: Sequence[Row],
    inputs: dict[str, Any],
    json_file: Path | None,
    more: Mapping[str, Any] | None = None,
) -> bool:
    """Print the table, write the JSON, with what there is ``more`` of; whether every promise was kept."""
    from rich.console import Console
    from rich.table import Table

    here, yardstick = machine(), gemm()
    result = {
        "bench": name,
        "machine": here,
        "gemm": yardstick,
        "inputs": inputs,
        "rows": [{**asdict(row), "ok": row.ok} for row in rows],
        **(more or {}),
    }
    table = Table(title=f"m2fp bench {name}", title_justify="left")
    for heading, justify in (("", "left"), ("target", "right"), ("measured", "right"), ("", "left")):
        table.add_column(heading, justify="right" if justify == "right" else "left")
    for row in rows:
        verdict = "kept" if row.ok else "[red]missed[/red]"
        table.add_row(row.name, row.promise, f"{_short(row.measured)} {row.unit}", verdict)
    console = Console(highlight=False)
    console.print(table)
    console.print(
        f"{here['system']}, {here['cpus']} CPUs ({here['processor']}), Python {here['python']}, "
        f"{yardstick['gflop_per_cpu_s']} GFLOP per CPU second in a matrix product"
    )
    if not all(row.ok for row in rows):
        console.print("A target was missed. Was the machine idle? Absolute figures count only then.")
    if json_file is not None:
        with whole_file(json_file) as temporary:
            temporary.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return all(row.ok for row in rows)


def _short(value: float) -> str:
    """Three digits, all of those before the point."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
