"""The common form of a bench's result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from m2fp_server.cli.bench.table import GEMM_SIZE, Row, gemm, machine, show

KEPT = Row("round trip", 60.0, 12.345, "ms")
MISSED = Row("peak memory", 150.0, 150.0, "MB")


def test_a_promise_is_kept_only_below_its_target() -> None:
    assert KEPT.ok
    assert not MISSED.ok
    assert not Row("time", 5.0, float("nan"), "s").ok


def test_some_promises_are_kept_from_their_target_up() -> None:
    assert Row("speed", 3.0, 3.0, "times", at_least=True).ok
    assert not Row("speed", 3.0, 2.9, "times", at_least=True).ok
    assert not Row("speed", 3.0, float("nan"), "times", at_least=True).ok
    assert Row("speed", 3.0, 3.0, "times", at_least=True).promise == ">= 3 times"


def test_the_json_has_the_form_that_every_bench_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bench.json"
    assert show("overhead", [KEPT, MISSED], {"seed": 20}, path) is False
    result = json.loads(path.read_text(encoding="utf-8"))
    assert set(result) == {"bench", "machine", "gemm", "inputs", "rows"}
    assert (result["bench"], result["inputs"]) == ("overhead", {"seed": 20})
    assert result["machine"] == machine()
    assert result["gemm"]["size"] == GEMM_SIZE
    assert result["gemm"]["gflop_per_cpu_s"] > 0
    assert result["rows"] == [
        {
            "name": "round trip",
            "target": 60.0,
            "measured": 12.345,
            "unit": "ms",
            "at_least": False,
            "ok": True,
        },
        {
            "name": "peak memory",
            "target": 150.0,
            "measured": 150.0,
            "unit": "MB",
            "at_least": False,
            "ok": False,
        },
    ]
    printed = capsys.readouterr().out
    assert "m2fp bench overhead" in printed
    for words in ("round trip", "< 60 ms", "12.3 ms", "kept", "peak memory", "missed"):
        assert words in printed


def test_without_a_file_the_verdict_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert show("overhead", [KEPT], {}, None) is True
    assert "missed" not in capsys.readouterr().out


def test_the_machine_is_described_in_words() -> None:
    described = machine()
    assert described["cpus"] >= 1
    assert described["system"]
    assert described["python"].count(".") == 2


def test_the_yardstick_is_a_rate() -> None:
    assert gemm(runs=1)["gflop_per_cpu_s"] > 0
