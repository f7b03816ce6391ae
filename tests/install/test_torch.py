"""torch's CPU build, by pip's own resolution against small indexes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import CPU_TORCH, CUDA_TORCH, Index


@pytest.fixture(autouse=True)
def only_this_index(alone: None, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index.url)


def test_an_index_whose_torch_needs_cuda_is_seen(installer: Any, index: Index, bare_venv: Path) -> None:
    index.add("torch", installer.pinned_torch(), "Requires-Dist: nvidia-cublas", "Requires-Dist: Triton")
    index.add("nvidia-cublas", "13.0")
    index.add("triton", "3.0")
    assert sorted(installer.cuda_packages(bare_venv)) == ["nvidia-cublas", "triton"]


def test_an_index_whose_torch_is_a_cpu_build_is_seen(installer: Any, index: Index, bare_venv: Path) -> None:
    index.add(
        "torch", installer.pinned_torch(), "Requires-Dist: nvidia-cublas; platform_system == 'Elsewhere'"
    )
    assert installer.cuda_packages(bare_venv) == []


def test_the_cpu_build_comes_from_the_cpu_index(
    installer: Any, index: Index, tmp_path: Path, bare_venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = installer.pinned_torch()
    index.add("torch", version, "Requires-Dist: nvidia-cublas", **CUDA_TORCH)
    index.add("torch", f"{version}+cu130", "Requires-Dist: nvidia-cublas", **CUDA_TORCH)
    index.add("nvidia-cublas", "13.0")
    mirror = Index(tmp_path / "mirror")
    mirror.add("torch", f"{version}+cpu", **CPU_TORCH)
    monkeypatch.setenv("M2FP_TORCH_CPU_INDEX", mirror.url)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", index.url)
    installer.install_torch(bare_venv)
    installer.check_torch(bare_venv)
    listed = subprocess.run(
        [installer.tool(bare_venv, "pip"), "freeze"], capture_output=True, text=True, check=True
    )
    assert f"torch=={version}+cpu" in listed.stdout
    assert "nvidia" not in listed.stdout
    commands = [
        line for line in (bare_venv / "install.log").read_text().splitlines() if line.startswith("$ ")
    ]
    assert not any(mirror.url in command for command in commands), "it may hold a password"


def test_without_cuda_no_other_index_is_asked(
    installer: Any, index: Index, bare_venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add("torch", installer.pinned_torch(), **CPU_TORCH)
    monkeypatch.setenv("M2FP_TORCH_CPU_INDEX", "http://127.0.0.1:9/never")
    installer.install_torch(bare_venv)


def test_a_cuda_build_is_refused_in_the_end(installer: Any, index: Index, bare_venv: Path) -> None:
    index.add("torch", installer.pinned_torch(), **CUDA_TORCH)
    installer.pip(
        bare_venv, "Installing", "install", "--force-reinstall", f"torch=={installer.pinned_torch()}"
    )
    with pytest.raises(installer.SetupError, match="torch came with CUDA"):
        installer.check_torch(bare_venv)


def test_pytorchs_own_index_is_the_default(installer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("M2FP_TORCH_CPU_INDEX", raising=False)
    arguments, environment = installer.from_cpu_index()
    assert arguments == ["--no-deps", f"torch=={installer.pinned_torch()}+cpu"]
    assert environment == {"PIP_INDEX_URL": "https://download.pytorch.org/whl/cpu"}
