"""Fetching by ModelScope's real client, from a small hub on this machine."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from m2fp_host.errors import BadRequest, Internal, M2FPError, Timeout, WeightsMissing
from m2fp_server.weights import Store
from m2fp_server.weights import hub as hub_module
from m2fp_server.weights.hub import CLIENT, fetch_weights
from m2fp_server.weights.published import MULTIPLE, SINGLE
from m2fp_server.weights.regular_file import sha256_of
from support.hub import Hub, serving

from .conftest import names

ALIAS = "damo/cv_resnet101_image-parsing_m2fp"


@pytest.fixture
def hub(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with the model for several people (small and unusable), which this process's client will ask."""
    with serving({(MULTIPLE.hub_id, "v1.0.1"): tiny}) as one:
        for name, value in one.environment.items():
            monkeypatch.setenv(name, value)
        yield one


def test_a_model_is_fetched_and_installed(
    hub: Hub, folder: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    hub.models = {(MULTIPLE.hub_id, "v1.0.1"): folder}
    said: list[str] = []
    shown: list[tuple[str, int, int]] = []
    original = sha256_of(folder / "pytorch_model.pt", 1 << 30)
    found = fetch_weights(
        store, ALIAS, sha256=original, say=said.append, progress=lambda *each: shown.append(each)
    )
    assert said == [f"{ALIAS} does not exist on the hub: taking {MULTIPLE.hub_id}"]
    assert (found.source, found.revision, found.original_sha256) == (MULTIPLE.hub_id, "v1.0.1", original)
    assert len(found.load()) == 928
    size = (folder / "pytorch_model.pt").stat().st_size
    assert ("pytorch_model.pt", size, size) in shown
    assert names(store.folder) == [found.path.name, "multiple.json"]
    assert not (tmp_path / "home").exists()
    assert not any(name.partition(".")[0].startswith("modelscope") for name in sys.modules)

    # Once more: it is there, and neither client nor hub is needed.
    hub.asked.clear()
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "modelscope", None)
        assert fetch_weights(store, "multiple", say=said.append) == found
    assert said[1:] == [f"{MULTIPLE.hub_id} v1.0.1 is installed and whole"]
    assert hub.asked == []

    # Unless another file is asked for.
    with pytest.raises(WeightsMissing) as caught:
        fetch_weights(store, "multiple", sha256="0" * 64)
    assert (
        caught.value.message
        == f"{MULTIPLE.hub_id}/pytorch_model.pt has the sha256 {original}, not {'0' * 64}"
    )
    assert store.find("multiple") == found


def test_only_two_files_are_downloaded(hub: Hub, store: Store) -> None:
    with pytest.raises(WeightsMissing, match=rf"{MULTIPLE.hub_id}/pytorch_model\.pt is no M2FP checkpoint"):
        fetch_weights(store, "multiple")
    asked = {path for line in hub.asked for path in re.findall("FilePath=(.*)", line)}
    assert asked == {"configuration.json", "pytorch_model.pt"}
    assert all("Revision=v1.0.1" in line for line in hub.asked if "/models/" in line)
    assert names(store.folder) == []


def test_another_revision(hub: Hub, store: Store, tiny: Path) -> None:
    hub.models[(MULTIPLE.hub_id, "v2")] = tiny
    with pytest.raises(WeightsMissing, match="is no M2FP checkpoint"):
        fetch_weights(store, "multiple", "v2")
    assert any("Revision=v2" in line for line in hub.asked)
    with pytest.raises(BadRequest, match="is no revision"):
        fetch_weights(store, "multiple", "v2\n")


def test_a_model_without_a_checkpoint(hub: Hub, store: Store, tiny: Path) -> None:
    (tiny / "pytorch_model.pt").unlink()
    with pytest.raises(
        WeightsMissing, match=f"{MULTIPLE.hub_id} is no model's folder: pytorch_model.pt is missing"
    ):
        fetch_weights(store, "multiple")


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (404, WeightsMissing, "there is no .* v1.0.1 at http://127.*as the test wants it.*check --revision"),
        (401, WeightsMissing, "not allowed to download .*MODELSCOPE_API_TOKEN"),
        (403, WeightsMissing, "not allowed to download .*MODELSCOPE_API_TOKEN"),
        (
            500,
            WeightsMissing,
            "can't download .* at http://127.*try again later, or download it elsewhere and",
        ),
    ],
)
def test_a_hub_that_refuses(hub: Hub, store: Store, status: int, kind: type[M2FPError], words: str) -> None:
    hub.status = status
    with pytest.raises(kind, match=words) as caught:
        fetch_weights(store, "multiple")
    assert str(caught.value).isprintable()
    assert names(store.folder) == []


def test_a_model_that_is_not_there(hub: Hub, store: Store) -> None:
    with pytest.raises(WeightsMissing, match=f"there is no {SINGLE.hub_id} v1.0.1 at {hub.endpoint}"):
        fetch_weights(store, "single")


def test_a_download_that_is_not_what_the_hub_lists(hub: Hub, store: Store) -> None:
    hub.shown_sha256 = "0" * 64
    with pytest.raises(WeightsMissing, match=r"can't download .*[Hh]ash mismatch"):
        fetch_weights(store, "multiple")
    assert names(store.folder) == []


def test_no_network(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({}) as gone:
        pass
    for name, value in gone.environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(
        WeightsMissing, match=r"can't reach the hub for .*refused.*HTTPS_PROXY.* weights import"
    ):
        fetch_weights(store, "multiple")
    assert names(store.folder) == []


def test_a_hub_that_stalls(hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.stall_after = 1 << 20
    monkeypatch.setattr(hub_module, "PATIENCE", 4.0)
    with pytest.raises(Timeout, match=r"can't download .*nothing came for 4 s"):
        fetch_weights(store, "multiple")
    assert names(store.folder) == []


def test_a_full_disk(hub: Hub, small_disk: Path) -> None:
    with pytest.raises(Internal, match=r"can't keep .*No space left on device"):
        fetch_weights(Store(small_disk / "store"), "multiple")
    assert names(small_disk / "store") == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_ctrl_c_leaves_nothing_behind(hub: Hub, store: Store) -> None:
    hub.stall_after = 1 << 20
    command = [sys.executable, "-m", "m2fp_server.cli", "weights", "fetch", "multiple"]
    environment = {**os.environ, "M2FP_WEIGHTS": str(store.folder)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert hub.stalled.wait(60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == "m2fp: stopped: nothing has changed"
    assert "Traceback" not in err
    assert names(store.folder) == []


def test_without_the_client_it_is_said_how_to_get_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "modelscope", None)
    with pytest.raises(WeightsMissing) as caught:
        fetch_weights(store, "multiple")
    constraints = Path(__file__).parents[2] / "server" / "constraints.txt"
    assert caught.value.message == "the client of ModelScope's hub is not installed"
    assert f'"{sys.executable}" -m pip install -c "{constraints}" {CLIENT}; or ' in caught.value.hint
    assert not store.folder.exists()


def test_the_client_is_the_one_of_the_extra() -> None:
    root = Path(__file__).parents[2]
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert extras["weights"] == [CLIENT]
    assert CLIENT in extras["test"]
    assert CLIENT in (root / "server" / "constraints.txt").read_text().splitlines()


def test_unknown_models_are_wrong_use(store: Store) -> None:
    with pytest.raises(BadRequest, match="there is no M2FP model 'triple'"):
        fetch_weights(store, "triple")
    with pytest.raises(BadRequest, match="is no sha256"):
        fetch_weights(store, "multiple", sha256="xyz")
