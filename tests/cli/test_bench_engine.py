"""``m2fp bench engine``: what it needs, how it counts. The bench itself takes minutes and is not run here."""

from __future__ import annotations

from pathlib import Path

import pytest

from m2fp_server.cli.bench.arithmetic import network_gflop
from m2fp_server.cli.bench.engine import REFERENCE, Costs, Variant
from m2fp_server.cli.bench.engine_process import EngineProcess
from m2fp_server.daemon.worker_process import worker_environment
from m2fp_server.weights import Store
from support.command import is_one_sentence, m2fp
from support.plates import write_plate


def test_without_the_reference_it_says_so_and_is_status_2(tmp_path: Path) -> None:
    (tmp_path / "somebodys.txt").write_text("not ours")
    done = m2fp("bench", "engine", M2FP_REFERENCE_ENV=str(tmp_path))
    assert done.returncode == 2
    assert is_one_sentence(done.stderr)
    assert "holds something else than the reference's environment" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["somebodys.txt"]


def costs(network: float, rest: float) -> Costs:
    """A frame's, CPU and wall alike."""
    whole = network + rest
    seconds = {"backbone": network / 2, "decoder": network / 2, "lists": rest, "whole": whole}
    return {stage: (cost, 2 * cost) for stage, cost in seconds.items()}


def test_ratios_are_of_medians() -> None:
    reference, ours = Variant(REFERENCE), Variant("ours")
    for network, rest in ((8, 2), (80, 20), (8, 4)):
        reference.add(costs(network, rest), 6000)
        ours.add(costs(network / 4, 1), 1000)
    described = ours.described(reference)
    assert described["ratio"] == pytest.approx(12 / 3)
    assert described["ratio_network"] == pytest.approx(4)
    assert described["cpu_s"] == 3
    assert described["wall_s"] == 6
    assert described["peak_mb"] == 1000
    assert set(described["stages"]) == {"backbone", "decoder", "lists"}


def test_a_process_measures_a_frame_by_stage(
    seeded_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("M2FP_WEIGHTS", str(seeded_store.folder))
    plate = write_plate(tmp_path / "plate.exr")
    with EngineProcess(plate, "fp32", 1, {**worker_environment(1), "M2FP_COMPILER": ""}) as process:
        assert process.load["sampling"] == "no C++ compiler"
        answer = process.ask("frame")
        assert answer["peak_mb"] > 100
        stages = answer["costs"]
        parts = ("preprocess", "backbone", "pixel_decoder", "query_decoder", "postprocess", "mattes")
        assert all(stages[part][0] > 0 for part in parts)
        assert sum(stages[part][0] for part in parts) <= stages["whole"][0] * 1.01
        assert 0 <= process.ask("agreement")["same"] <= 1


def test_the_networks_arithmetic_is_what_its_layers_add_up_to() -> None:
    """The facts' figure for the reference is 516 GFLOP; masks at stride 4 after each layer are not ours."""
    assert 470 < network_gflop() < 516
