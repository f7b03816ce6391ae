"""modelscope's pipeline in its process: what it finds, what becomes of trouble, and that nothing stays."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from m2fp_host.errors import EngineUnavailable, Internal, Timeout, WorkerCrashed
from m2fp_server.network.seeded import seeded_entries
from m2fp_server.reference.environment import REQUIREMENTS
from m2fp_server.reference.module import ReferenceModule
from m2fp_server.reference.process import ReferenceProcess
from support.agreement import picture
from support.checkpoints import class_names
from support.daemons import alive, wait_for
from support.reference import FIRST_TIME, reference_module, reference_python

pytestmark = pytest.mark.timeout(FIRST_TIME)

SIZE = (90, 70)
STAGES = {"preprocess", "backbone", "pixel_decoder", "decoder", "postprocess", "lists", "whole"}


@pytest.fixture(scope="module")
def module() -> Iterator[ReferenceModule]:
    with reference_module(seeded_entries(20, 1), 20) as module:
        yield module


def test_a_picture_becomes_hard_masks(module: ReferenceModule) -> None:
    result = module.parse(picture(SIZE, 1).numpy())
    assert module.classes == class_names(20)
    assert len(result.labels) > 5
    assert set(result.labels) <= set(module.classes)
    assert len(result.scores) == len(result.labels) == len(result.packed)
    masks = np.stack([result.hard_mask(index) for index in range(len(result.labels))])
    assert masks.shape[1:] == SIZE
    assert (masks.sum(0) == 1).all()  # each pixel has its class
    assert result.logits.shape == (100, 21)
    assert result.masks.shape == (100, 128, 96)


def test_what_it_costs_is_told_by_stage(module: ReferenceModule) -> None:
    result = module.parse(picture(SIZE, 1).numpy(), results=False)
    assert set(result.costs) == STAGES
    assert all(cost.cpu_s > 0 and cost.wall_s > 0 for cost in result.costs.values())
    parts = sum(cost.wall_s for stage, cost in result.costs.items() if stage != "whole")
    assert parts <= result.costs["whole"].wall_s
    assert 300 < result.peak_mb < 5000
    assert result.packed.size == result.logits.size == 0


def test_the_versions_are_those_asked_for_on_our_torch(module: ReferenceModule) -> None:
    pinned = dict(re.findall(r"^(\S+)==(\S+)$", REQUIREMENTS.read_text(), re.MULTILINE))
    assert module.versions["torch"] == torch.__version__
    for package in set(module.versions) - {"torch", "python"}:
        assert module.versions[package] == pinned[package]


def test_it_goes_on_after_a_picture_that_fails(module: ReferenceModule) -> None:
    pid = module.pid
    with pytest.raises(Internal, match="modelscope's M2FP failed"):
        module.parse(np.zeros((0, 5, 3), np.uint8))
    with pytest.raises(Internal, match="takes"):
        module.parse(np.zeros((5, 5, 4), np.uint8))
    assert module.run_network(picture((32, 32), 1).numpy()).masks.shape == (100, 8, 8)
    assert module.pid == pid


def test_it_can_be_started_again_after_a_crash(module: ReferenceModule) -> None:
    dead = module.pid
    os.kill(dead, signal.SIGKILL)
    with pytest.raises(WorkerCrashed):
        module.run_network(picture((32, 32), 1).numpy())
    module.start()
    assert module.pid != dead
    assert module.run_network(picture((32, 32), 1).numpy()).masks.shape == (100, 8, 8)


def test_a_folder_without_a_model_is_said_to_be_none(tmp_path: Path) -> None:
    module = ReferenceModule(reference_python(), tmp_path, threads=1)
    with pytest.raises(EngineUnavailable, match="can't be started"):
        module.start()
    assert module.pid == 0


def test_a_python_that_does_not_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="nowhere"):
        ReferenceProcess(tmp_path / "nowhere", tmp_path, 1)


def test_who_takes_too_long_is_ended(tmp_path: Path) -> None:
    process = ReferenceProcess(reference_python(), tmp_path, 1)
    with pytest.raises(Timeout):
        process.answer(0.01)
    assert not alive(process.pid)
    process.stop()
    assert not process.scratch.exists()


def test_it_goes_when_we_are_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from m2fp_server.reference.process import ReferenceProcess\n"
        "process = ReferenceProcess(Path(sys.argv[1]), Path(sys.argv[2]), 1)\n"
        "print(process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program, str(reference_python()), str(tmp_path)]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as ours:
        assert ours.stdout is not None
        runner = int(ours.stdout.readline())
        ours.kill()
    wait_for(lambda: not alive(runner), 60)


def test_nothing_that_modelscope_needs_is_missing() -> None:
    command = [str(reference_python()), "-m", "pip", "check"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False).stdout
    assert all("requires torch, which is not installed" in line for line in said.splitlines()), said
