"""Model folders of full size, made once, and stores that are gone after their test: each has 253 MB."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from m2fp_server.weights import Store
from support.checkpoints import write_modelscope_folder


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of the model for several people, as ModelScope lays it out."""
    path = write_modelscope_folder(tmp_path_factory.mktemp("downloaded") / "cihp")
    yield path
    shutil.rmtree(path)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store that does not exist yet."""
    path = tmp_path / "store"
    yield Store(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A model's folder that is whole in every way but that its one entry is none of the network's."""
    path = write_modelscope_folder(tmp_path / "tiny", entries={"entry": torch.zeros(2 << 20)})
    with open(path / "README.md", "w") as readme:
        readme.write("not to be downloaded")
    return path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    path = tmp_path / "disk"
    path.mkdir()
    _mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path))
    yield path
    subprocess.run(["umount", str(path)], check=True)


@pytest.fixture
def made_read_only(tmp_path: Path) -> Iterator[Callable[[Path], None]]:
    """Makes a folder one that nobody here can write to, not even root."""
    made: list[Path] = []

    def make(path: Path) -> None:
        if os.geteuid() == 0:
            _mount("--bind", str(path), str(path))
            made.append(path)
            _mount("-o", "remount,bind,ro", str(path))
        else:
            path.chmod(0o555)
            made.append(path)

    yield make
    for path in made:
        if os.geteuid() == 0:
            subprocess.run(["umount", str(path)], check=True)
        else:
            path.chmod(0o755)


def _mount(*arguments: str) -> None:
    if os.name != "posix" or shutil.which("mount") is None:
        pytest.skip("no mount here")
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"can't mount here: {done.stderr.partition(chr(10))[0]}")


def names(folder: Path) -> list[str]:
    """All that is in a store but its lock."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock") if folder.exists() else []
