"""Fixtures that any test may ask for. The daemon is always a real one: processes of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from m2fp_host import Client
from m2fp_server.cli.demo import PHOTOGRAPH
from m2fp_server.cli.private_daemon import PrivateDaemon
from m2fp_server.images.photograph import plate_from_photograph
from m2fp_server.network.seeded import seeded_entries
from m2fp_server.weights import Store
from m2fp_server.weights.importing import import_weights
from support.checkpoints import ONE, SEVERAL, write_modelscope_folder
from support.plates import write_plate


@pytest.fixture(scope="session", autouse=True)
def _own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test sees or touches the weights of whoever runs it; what ``auto`` means depends on them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("M2FP_WEIGHTS", str(tmp_path_factory.mktemp("weights")))
        yield


@pytest.fixture(scope="session")
def seeded_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with weights for both M2FP models: seeded, in ModelScope's layout, imported as users do."""
    folder = tmp_path_factory.mktemp("seeded")
    store = Store(folder / "store")
    for classes in (SEVERAL, ONE):
        model = write_modelscope_folder(folder / "model", classes, seeded_entries(classes, seed=1))
        import_weights(store, model)
        shutil.rmtree(model)
    yield store
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one folder below which the session's daemon reads plates by path."""
    return tmp_path_factory.mktemp("root")


@pytest.fixture(scope="session")
def daemon(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateDaemon]:
    """A daemon for the whole session, for tests that do it no harm."""
    with (
        open(tmp_path_factory.mktemp("log") / "daemon.log", "wb") as log,
        PrivateDaemon("--root", str(root), log=log) as private,
    ):
        yield private


@pytest.fixture
def client(daemon: PrivateDaemon) -> Iterator[Client]:
    """A client of the session's daemon."""
    with Client(daemon.endpoint, timeout=60) as one:
        yield one


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    """A small plate."""
    return write_plate(tmp_path / "plate.exr")


@pytest.fixture(scope="session")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photograph that ships with the project, as a scene-linear plate of 512x512."""
    path = tmp_path_factory.mktemp("portrait") / "portrait.exr"
    plate_from_photograph(PHOTOGRAPH, path)
    return path
