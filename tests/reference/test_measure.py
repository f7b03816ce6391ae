"""Cost by stage, and the most memory held."""

from __future__ import annotations

import time

import numpy as np
import pytest

from m2fp_server.reference.measure import Stages, peak_mb


def test_a_stage_is_timed_by_both_clocks() -> None:
    stages = Stages()
    stages.timed("rest", time.sleep)(0.05)
    cost = stages.costs["rest"]
    assert cost.wall_s >= 0.05
    assert cost.cpu_s < cost.wall_s


def test_arguments_and_result_go_through() -> None:
    def repeated(text: str, times: int) -> str:
        return text * times

    assert Stages().timed("repeat", repeated)("ab", times=2) == "abab"


def test_a_stage_that_fails_has_no_cost() -> None:
    stages = Stages()
    with pytest.raises(ZeroDivisionError):
        stages.timed("fails", lambda: 1 // 0)()
    assert stages.costs == {}


def test_the_peak_stays_when_memory_goes() -> None:
    block = np.ones(50_000_000, np.uint8)
    held = peak_mb()
    del block
    assert held > 50
    assert peak_mb() > held - 5  # Linux counts in portions, thread by thread
