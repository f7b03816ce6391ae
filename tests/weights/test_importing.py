"""Imports of checkpoints of full size, in each form that they come in, and of folders that can't be used."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open

from m2fp_host.errors import BadRequest, WeightsMissing
from m2fp_server.weights import Installed, Store
from m2fp_server.weights.importing import import_weights
from m2fp_server.weights.published import LICENCE, MULTIPLE, SINGLE
from m2fp_server.weights.regular_file import sha256_of
from m2fp_server.weights.tensor_file import write
from support.checkpoints import (
    ONE,
    class_names,
    configuration,
    install,
    random_entries,
    write_modelscope_folder,
)

from .conftest import names

FULL = 300 << 20


@pytest.fixture(scope="module")
def installed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """The model for several people, imported from its folder."""
    place = tmp_path_factory.mktemp("imported") / "store"
    said: list[str] = []
    yield import_weights(Store(place), folder, say=said.append)
    assert said == []
    shutil.rmtree(place)


def test_a_folder_is_imported_bit_by_bit(installed: Installed, folder: Path) -> None:
    assert (installed.model, installed.labels) == ("multiple", MULTIPLE.labels)
    assert (installed.source, installed.revision, installed.licence) == ("file:cihp", "", LICENCE)
    assert installed.original_sha256 == sha256_of(folder / "pytorch_model.pt", FULL)
    assert installed.sha256 == sha256_of(installed.path, FULL)
    assert names(installed.path.parent) == [installed.path.name, "multiple.json"]
    entries, expected = installed.load(), random_entries()
    assert len(entries) == 928
    assert set(entries) == set(expected)
    assert all(torch.equal(entries[name], expected[name]) for name in expected)
    assert {value.dtype for value in entries.values()} == {torch.float32, torch.int64}


def test_the_file_says_itself_what_it_is(installed: Installed) -> None:
    with safe_open(installed.path, "pt") as file:
        metadata = file.metadata()
        assert torch.equal(
            file.get_tensor("backbone.stem.conv1.weight"), random_entries()["backbone.stem.conv1.weight"]
        )
    assert json.loads(metadata.pop("labels")) == list(MULTIPLE.labels)
    assert metadata == {
        "model": "multiple",
        "source": "file:cihp",
        "revision": "",
        "licence": LICENCE,
        "original_sha256": installed.original_sha256,
    }


def test_our_own_file_alone_is_imported_as_the_same(installed: Installed, store: Store) -> None:
    again = import_weights(store, installed.path, installed.sha256)
    assert vars(again) == {**vars(installed), "path": store.folder / installed.path.name}


def test_a_damaged_file_is_not_loaded(installed: Installed, store: Store) -> None:
    store.folder.mkdir()
    copied = Installed(**{**vars(installed), "path": store.folder / installed.path.name})
    shutil.copyfile(installed.path, copied.path)
    with open(copied.path, "r+b") as file:
        file.seek(-1000, os.SEEK_END)
        file.write(b"?")
    with pytest.raises(WeightsMissing, match=rf"is damaged: its sha256 is .*, not {installed.sha256}: run"):
        copied.load()
    os.truncate(copied.path, installed.bytes // 2)
    with pytest.raises(WeightsMissing, match=r"is damaged: .*truncated: run .* weights fetch multiple"):
        copied.load()


def test_a_checkpoint_alone_in_half_precision(store: Store, tmp_path: Path) -> None:
    half = {
        name: value.half() if value.is_floating_point() else value
        for name, value in random_entries(ONE).items()
    }
    path = tmp_path / "lip.pt"
    torch.save({"model": half}, path)
    found = import_weights(store, path)
    assert (found.model, found.labels, found.source) == ("single", SINGLE.labels, "file:lip.pt")
    entries = found.load()
    assert all(torch.equal(entries[name], half[name].to(entries[name].dtype)) for name in half)
    assert entries["backbone.stem.conv1.weight"].dtype == torch.float32


def test_weights_that_were_installed_unsound_are_not_loaded(store: Store) -> None:
    found = install(store, {"x": torch.ones(1)})
    with pytest.raises(WeightsMissing, match=r"does not fit the network: missing: .* and 924 more: run"):
        found.load()


def test_the_names_of_classes_are_those_of_the_configuration(
    folder: Path, tmp_path: Path, store: Store
) -> None:
    other = linked(folder, tmp_path / "other")
    changed = class_names()
    changed[5] = "SpaceSuit"
    configured(other, configuration(names=changed))
    said: list[str] = []
    found = import_weights(store, other, say=said.append)
    assert found.labels[5] == "space_suit"
    assert said == ["the class 'SpaceSuit' is none that we know: its layer is space_suit"]

    configured(other, configuration(names=changed[1:]))
    with pytest.raises(
        WeightsMissing, match=r"configuration.json: it names 20 classes, .*class head has 21: correct"
    ):
        import_weights(store, other)
    assert store.find("multiple") == found


def linked(folder: Path, other: Path) -> Path:
    """A folder with the same checkpoint, without its 253 MB once more."""
    other.mkdir()
    os.link(folder / "pytorch_model.pt", other / "pytorch_model.pt")
    return other


def configured(folder: Path, content: Any) -> Path:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    (folder / "configuration.json").write_bytes(text)
    return folder


def test_what_does_not_fit_the_network_is_named_and_nothing_is_installed(store: Store, tiny: Path) -> None:
    installed = install(store, {"x": torch.ones(1)})
    before = names(store.folder)
    with pytest.raises(
        WeightsMissing, match=r"pytorch_model\.pt is no M2FP checkpoint: sem_seg_head.* is missing"
    ):
        import_weights(store, tiny)
    assert store.find("multiple") == installed
    assert names(store.folder) == before


def test_a_wrong_hash_is_seen_before_anything_is_read(store: Store, tiny: Path) -> None:
    (tiny / "pytorch_model.pt").write_bytes(b"abc")
    with pytest.raises(WeightsMissing, match="has the sha256 ba7816bf"):
        import_weights(store, tiny, "0" * 64)
    with pytest.raises(BadRequest, match="'123' is no sha256"):
        import_weights(store, tiny, "123")
    own = tiny / "own.safetensors"
    sha256 = write(own, {"x": torch.ones(1)}, {})
    with pytest.raises(WeightsMissing, match=f"has the sha256 {sha256}, not"):
        import_weights(store, own, "0" * 64)
    assert names(store.folder) == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"\xff\xff", "."),
        (b" " * (2 << 20), "it has 2 MB, and at most 1 MB are taken"),
        ([], "its model's type is not 'm2fp'"),
        ({"model": "m2fp"}, "its model's type is not 'm2fp'"),
        ({"model": {"type": "other"}}, "its model's type is not 'm2fp'"),
    ],
)
def test_a_configuration_of_another_kind(tiny: Path, store: Store, content: Any, why: str) -> None:
    with pytest.raises(WeightsMissing, match=f"configuration.json.*{why}"):
        import_weights(store, configured(tiny, content))


@pytest.mark.parametrize("missing", ["configuration.json", "pytorch_model.pt"])
def test_a_folder_that_lacks_a_file(tiny: Path, store: Store, missing: str) -> None:
    (tiny / missing).unlink()
    with pytest.raises(WeightsMissing, match=f"is no model's folder: {missing} is missing"):
        import_weights(store, tiny)


@pytest.mark.parametrize("name", ["configuration.json", "pytorch_model.pt"])
def test_links_out_of_the_folder_are_not_followed(
    tiny: Path, store: Store, tmp_path: Path, name: str
) -> None:
    (tmp_path / "elsewhere").write_text("secret")
    (tiny / name).unlink()
    (tiny / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WeightsMissing, match=rf"{name} leads to .*elsewhere, outside its folder: copy"):
        import_weights(store, tiny)
    (tiny / name).unlink()
    (tiny / name).symlink_to(name)
    with pytest.raises(WeightsMissing, match=f"{name} is missing"):
        import_weights(store, tiny)


def test_a_pipe_in_the_folder_is_not_waited_for(tiny: Path, store: Store) -> None:
    (tiny / "pytorch_model.pt").unlink()
    os.mkfifo(tiny / "pytorch_model.pt")
    with pytest.raises(WeightsMissing, match=r"pytorch_model\.pt is no checkpoint: it is no file"):
        import_weights(store, tiny)


def test_nothing_there_is_wrong_use(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="there is no file or folder"):
        import_weights(store, tmp_path / "absent")
    assert not store.folder.exists()


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ({}, "its metadata name no labels"),
        ({"labels": "["}, "its metadata name no labels"),
        ({"labels": "[]"}, "its model is none of"),
        ({"labels": "[]", "model": "single"}, "its labels are not a list of 20 names"),
    ],
)
def test_a_safetensors_file_of_others(
    tmp_path: Path, store: Store, metadata: dict[str, str], why: str
) -> None:
    path = tmp_path / "other.safetensors"
    write(path, {"x": torch.ones(1)}, metadata)
    with pytest.raises(WeightsMissing, match=rf"can't use .*other\.safetensors: {why}"):
        import_weights(store, path)


def test_a_file_that_says_it_is_another_model(store: Store, tmp_path: Path) -> None:
    labels = json.dumps(MULTIPLE.labels)
    metadata = {"model": "multiple", "labels": labels, "source": "x", "revision": "", "licence": "x"}
    path = tmp_path / "lip.safetensors"
    write(path, random_entries(ONE), {**metadata, "original_sha256": "0" * 64})
    with pytest.raises(WeightsMissing, match="says it is multiple and has the classes of single"):
        import_weights(store, path)
    path.unlink()


def test_a_folder_for_one_person(store: Store, tmp_path: Path) -> None:
    folder = write_modelscope_folder(tmp_path / "lip", ONE)
    found = import_weights(store, folder)
    assert (found.model, found.labels[10]) == ("single", "jumpsuits")
    shutil.rmtree(folder)
