"""``m2fp weights`` as a user runs it: what is printed, what is left, with which exit status."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from m2fp_server.weights import Store
from m2fp_server.weights.published import LICENCE, LICENCE_NOTE, MULTIPLE, SINGLE
from support.checkpoints import install, random_entries, write_modelscope_folder
from support.command import m2fp
from support.hub import serving

Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder as ModelScope lays it out, of full size."""
    path = write_modelscope_folder(tmp_path_factory.mktemp("downloaded") / "cihp")
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with the model for several people, which its tests leave as it is."""
    store = Store(tmp_path_factory.mktemp("store"))
    install(store, random_entries(), source=MULTIPLE.hub_id, revision="v1.0.1", licence=LICENCE)
    yield store
    shutil.rmtree(store.folder)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store that does not exist yet."""
    yield Store(tmp_path / "store")
    shutil.rmtree(tmp_path / "store", ignore_errors=True)


def weights(store: Store, *arguments: str | Path, **environment: str) -> Done:
    return m2fp("weights", *arguments, cwd=None, M2FP_WEIGHTS=str(store.folder), **environment)


def last_line(done: Done) -> str:
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def test_a_folder_is_imported(folder: Path, store: Store) -> None:
    done = weights(store, "import", folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"{LICENCE_NOTE}\n"
    found = store.find("multiple")
    assert done.stdout.splitlines()[:3] == [
        f"multiple  file:cihp, {LICENCE}",
        f"          {found.path}",
        f"          253 MB, sha256 {found.sha256}",
    ]
    assert len(found.load()) == 928


def test_what_is_wrong_is_one_sentence_and_status_1(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "pytorch_model.pt"
    torch.save({"model": {"sem_seg_head.predictor.class_embed.bias": torch.zeros(22)}}, path)
    done = weights(store, "import", path)
    assert (done.returncode, done.stdout) == (1, "")
    assert last_line(done).startswith(
        f"m2fp: {path} does not fit the network: missing: backbone.stem.conv1.weight; "
    )
    assert last_line(done).endswith(" and 922 more: download or copy it again")
    assert store.recorded() == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["import", "absent"], "there is no file or folder absent"),
        (["import", ".", "--sha256", "12"], "'12' is no sha256"),
        (["fetch", "triple"], "there is no M2FP model 'triple': choose from multiple, single"),
        (["fetch", "single", "--sha256", "12"], "'12' is no sha256"),
        (["verify", "triple"], "there is no M2FP model 'triple'"),
        (["remove", "triple"], "there is no M2FP model 'triple'"),
        (["remove"], "Missing argument"),
        (["polish"], "No such command"),
    ],
)
def test_wrong_use_is_status_2(store: Store, arguments: list[str], words: str) -> None:
    done = weights(store, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not store.folder.exists()


def test_what_is_installed_is_listed(whole: Store) -> None:
    done = weights(whole, "list")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"store     {whole.folder}"
    assert lines[1] == f"multiple  {MULTIPLE.hub_id} v1.0.1, {LICENCE}"
    assert lines[-2].split() == [f"{label}," for label in MULTIPLE.labels[1:-1]] + [MULTIPLE.labels[-1]]
    assert lines[-1] == LICENCE_NOTE


def test_the_list_for_programs(whole: Store) -> None:
    done = weights(whole, "list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = whole.find("multiple")
    assert json.loads(done.stdout) == {
        "store": str(whole.folder),
        "installed": [{**vars(found), "path": str(found.path), "labels": list(found.labels)}],
        "licence_note": LICENCE_NOTE,
    }


def test_an_empty_list(store: Store) -> None:
    done = weights(store, "list")
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing is installed" in done.stdout
    assert json.loads(weights(store, "list", "--json").stdout)["installed"] == []
    assert not store.folder.exists()


def test_whole_weights_are_verified(whole: Store) -> None:
    for arguments in (["verify"], ["verify", "multiple"]):
        done = weights(whole, *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        found = whole.find("multiple")
        assert done.stdout == f"multiple  whole: {found.path.name}, sha256 {found.sha256}\n"
    done = weights(whole, "verify", "single")
    assert done.returncode == 1
    assert last_line(done).startswith("m2fp: the weights of the M2FP model single are not in ")


def test_broken_weights_are_status_1(store: Store) -> None:
    assert weights(store, "verify").returncode == 1
    install(store, {"x": torch.ones(4)})
    path = store.find("multiple").path
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    done = weights(store, "verify")
    assert (done.returncode, done.stdout) == (1, "")
    assert "is damaged: its sha256 is " in last_line(done)
    os.truncate(path, 10)
    done = weights(store, "list")
    assert done.returncode == 1
    assert "is damaged: it has 10 bytes, not " in last_line(done)
    (store.folder / "multiple.json").write_text("{}")
    assert "is no record of weights" in last_line(weights(store, "list", "--json"))


def test_weights_are_removed(store: Store) -> None:
    install(store, {"x": torch.ones(1)})
    done = weights(store, "remove", "multiple")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"removed the weights of multiple from {store.folder}\n"
    assert [path.name for path in store.folder.iterdir()] == [".lock"]
    done = weights(store, "remove", "multiple")
    assert done.returncode == 1
    assert last_line(done).startswith("m2fp: no weights of multiple are in ")


def test_a_model_is_fetched(folder: Path, store: Store) -> None:
    with serving({(MULTIPLE.hub_id, "v1.0.1"): folder}) as hub:
        done = weights(store, "fetch", "damo/cv_resnet101_image-parsing_m2fp", **hub.environment)
        assert done.returncode == 0, done.stderr
        lines = done.stderr.splitlines()
        assert lines[0] == f"{LICENCE_NOTE} Model card: {MULTIPLE.card}"
        assert lines[1].startswith("damo/cv_resnet101_image-parsing_m2fp does not exist on the hub: taking ")
        assert lines[-1] == "pytorch_model.pt: 253.2 of 253.2 MB"
        assert done.stdout.startswith(f"multiple  {MULTIPLE.hub_id} v1.0.1, {LICENCE}\n")
        assert store.find("multiple").revision == "v1.0.1"
        done = weights(store, "fetch", "single", **hub.environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"there is no {SINGLE.hub_id} v1.0.1 at {hub.endpoint}" in last_line(done)
