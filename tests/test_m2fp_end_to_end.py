"""M2FP from its published files to mattes in a compositor: import, serve, ask for one person's hair.

The weights are seeded, in ModelScope's exact layout; the hub's own can't be downloaded in a test.
"""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from m2fp_host import Client
from m2fp_host.errors import EngineUnavailable, OutOfMemory, WeightsMissing
from m2fp_server.cli.private_daemon import PrivateDaemon
from m2fp_server.network.seeded import seeded_entries
from m2fp_server.weights import Store
from support.checkpoints import SEVERAL, write_modelscope_folder
from support.command import m2fp
from support.daemons import worker_pid
from support.exr import read_masks, write_pixels

Serve = Callable[..., Client]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Start a daemon on a store, with more arguments for it; a client of it."""
    with ExitStack() as running:

        def start(store: Path, *arguments: str) -> Client:
            monkeypatch.setenv("M2FP_WEIGHTS", str(store))
            daemon = running.enter_context(PrivateDaemon(*arguments))
            return running.enter_context(Client(daemon.endpoint, timeout=90))

        yield start


@pytest.fixture(scope="module")
def m2fp_client(seeded_store: Store) -> Iterator[Client]:
    """A client of a daemon that has both models, for tests that do it no harm."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("M2FP_WEIGHTS", str(seeded_store.folder))
        with PrivateDaemon() as daemon, Client(daemon.endpoint, timeout=90) as client:
            yield client


def test_a_studio_imports_the_published_files_and_an_artist_picks_one_persons_hair(
    serve: Serve, portrait: Path, tmp_path: Path
) -> None:
    downloaded = write_modelscope_folder(tmp_path / "model", SEVERAL, seeded_entries(SEVERAL, seed=1))
    store = tmp_path / "store"
    done = m2fp("weights", "import", downloaded, M2FP_WEIGHTS=str(store))
    assert done.returncode == 0, done.stderr
    assert "CC BY-NC 4.0" in done.stdout + done.stderr
    shutil.rmtree(downloaded)

    client = serve(store)
    out = tmp_path / "masks.exr"
    report = client.parse(portrait, out=out, layers=["hair", "p1_hair", "p1_person"]).report
    masks = read_masks(out)
    assert list(masks.channels) == ["hair.A", "p1_hair.A", "p1_person.A"]
    assert masks.header["m2fp/engine"] == report["engine"] == "m2fp"
    assert masks.header["m2fp/weights"] == Store(store).find("multiple").sha256
    assert masks.header["m2fp/licence"] == "CC BY-NC 4.0"
    assert report["people"] >= 1
    assert report["picture"] == [640, 640]
    hair, first = (masks.channels[name].astype(np.float32) for name in ("hair.A", "p1_hair.A"))
    assert first.max() > 0.05
    assert (first <= hair + 2 / 2048).all()
    shutil.rmtree(store)


def test_all_engines_are_listed_with_their_licences(m2fp_client: Client) -> None:
    listed = {model["name"]: model for model in m2fp_client.status().models}
    assert list(listed) == ["m2fp", "m2fp-single", "builtin"]
    assert listed["m2fp"]["licence"] == "CC BY-NC 4.0"
    assert listed["builtin"]["licence"] == "Apache-2.0"
    assert "torso_skin" in listed["m2fp"]["labels"]
    assert "jumpsuits" in listed["m2fp-single"]["labels"]


def test_people_apart_adds_eight_of_each_layer(m2fp_client: Client, plate: Path, tmp_path: Path) -> None:
    masks = m2fp_client.parse(plate, out=tmp_path / "masks.exr", layers=["face"], people="apart")
    assert masks.report["channels"] == ["face.A", *(f"p{number}_face.A" for number in range(1, 9))]
    channels = read_masks(tmp_path / "masks.exr").channels
    apart = sum(channels[f"p{number}_face.A"].astype(np.float32) for number in range(1, 9))
    assert np.all(apart <= channels["face.A"].astype(np.float32) + 0.01)


def test_every_engine_and_precision_by_name(m2fp_client: Client, plate: Path) -> None:
    for engine, precision in (("m2fp-single", "fp32"), ("builtin", "fp32"), ("m2fp", "bf16")):
        report = m2fp_client.parse(plate, engine=engine, precision=precision, layers=["hair"]).report
        assert report["engine"] == engine
        assert report["warnings"] == []


def test_resolution_changes_the_picture(m2fp_client: Client, plate: Path) -> None:
    sizes = [
        m2fp_client.parse(plate, layers=["hair"], resolution=resolution).report["picture"]
        for resolution in (0.5, 1.0)
    ]
    assert sizes == [[480, 320], [960, 640]]


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, -np.inf, 65504.0])
def test_frames_of_one_odd_value(m2fp_client: Client, tmp_path: Path, value: float) -> None:
    plate = write_pixels(tmp_path / "odd.exr", np.full((24, 40, 3), value, np.float32))
    m2fp_client.parse(plate, out=tmp_path / "masks.exr", resolution=0.5)
    for pixels in read_masks(tmp_path / "masks.exr").channels.values():
        assert np.isfinite(pixels.astype(np.float32)).all()


@pytest.mark.parametrize("size", [(1, 1), (31, 7), (1, 5000), (5000, 1)])
def test_plates_of_odd_sizes(m2fp_client: Client, tmp_path: Path, size: tuple[int, int]) -> None:
    plate = write_pixels(tmp_path / "odd.exr", np.full((*size, 3), 0.2, np.float32))
    m2fp_client.parse(plate, out=tmp_path / "masks.exr", layers=["hair"], resolution=0.5)
    assert read_masks(tmp_path / "masks.exr").channels["hair.A"].shape == size


def test_a_daemon_for_commercial_work_refuses_the_published_weights(
    serve: Serve, seeded_store: Store, plate: Path
) -> None:
    client = serve(seeded_store.folder, "--commercial-only")
    assert [model["name"] for model in client.status().models] == ["builtin"]
    assert client.parse(plate, layers=["hair"]).report["engine"] == "builtin"
    with pytest.raises(EngineUnavailable, match=r"CC BY-NC 4\.0"):
        client.parse(plate, engine="m2fp")


def test_weights_that_are_not_there_are_named_and_the_daemon_goes_on(
    serve: Serve, tmp_path: Path, plate: Path
) -> None:
    (tmp_path / "empty").mkdir()
    client = serve(tmp_path / "empty")
    with pytest.raises(WeightsMissing, match=r"multiple are not in") as caught:
        client.parse(plate, engine="m2fp")
    assert "weights fetch multiple" in caught.value.hint
    assert client.parse(plate, layers=["hair"]).report["engine"] == "builtin"


def test_weights_that_vanish_fail_the_jobs_that_need_them_and_no_others(
    serve: Serve, seeded_store: Store, tmp_path: Path, plate: Path
) -> None:
    store = Path(shutil.copytree(seeded_store.folder, tmp_path / "store"))
    client = serve(store)
    before = worker_pid(client)
    shutil.rmtree(store)
    assert client.parse(plate, layers=["hair"], resolution=0.5).report["engine"] == "m2fp"
    with pytest.raises(WeightsMissing, match="is gone"):
        client.parse(plate, layers=["hair"], precision="bf16")
    with pytest.raises(WeightsMissing, match=r"single"):
        client.parse(plate, engine="m2fp-single")
    assert client.parse(plate, layers=["hair"], resolution=0.5).report["engine"] == "m2fp"
    assert worker_pid(client) == before


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux can limit another process's memory")
def test_too_little_memory_fails_the_job_and_not_the_daemon(
    serve: Serve, seeded_store: Store, plate: Path
) -> None:
    client = serve(seeded_store.folder)
    assert client.parse(plate, layers=["hair"], resolution=0.5).report["engine"] == "m2fp"
    worker = worker_pid(client)
    with open(f"/proc/{worker}/statm") as statm:
        used = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    _, hard = resource.prlimit(worker, resource.RLIMIT_AS)
    resource.prlimit(worker, resource.RLIMIT_AS, (used + (64 << 20), hard))
    with pytest.raises(OutOfMemory, match="not enough memory"):
        client.parse(plate, layers=["hair"], resolution=2.0)
    resource.prlimit(worker, resource.RLIMIT_AS, (hard, hard))
    assert client.parse(plate, layers=["hair"], resolution=0.5).report["engine"] == "m2fp"
    assert worker_pid(client) == worker
