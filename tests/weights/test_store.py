"""The store through installs, company, crashes, damage, read-only shares and full disks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs
import pytest
import torch

from m2fp_host.errors import BadRequest, Busy, Internal, WeightsMissing
from m2fp_server.weights import Installed, Store
from m2fp_server.weights import store as store_module
from m2fp_server.weights.published import MULTIPLE, SINGLE
from m2fp_server.weights.tensor_file import read
from support.checkpoints import install
from support.daemons import alive, wait_for

from .conftest import names

ONES = {"x": torch.ones(8)}


def entries(value: float) -> dict[str, torch.Tensor]:
    return {"x": torch.full((8,), value)}


def test_nothing_is_there_at_first(store: Store) -> None:
    assert store.installed() == []
    assert store.recorded() == []
    with pytest.raises(WeightsMissing) as caught:
        store.find("multiple")
    assert caught.value.message == f"the weights of the M2FP model multiple are not in {store.folder}"
    assert "weights fetch multiple, or " in caught.value.hint
    assert not store.folder.exists()
    with pytest.raises(WeightsMissing, match="no weights of multiple"):
        store.remove("multiple", print)
    assert not store.folder.exists()
    for use in (store.find, lambda model: store.remove(model, print)):
        with pytest.raises(BadRequest, match="choose from multiple, single"):
            use("../multiple")


def test_what_is_installed_is_found(store: Store) -> None:
    installed = install(store, ONES)
    found = store.find("multiple")
    assert found == installed
    assert isinstance(found, Installed)
    assert found.path == store.folder / f"multiple-{found.sha256[:16]}.safetensors"
    assert (found.bytes, found.labels) == (found.path.stat().st_size, MULTIPLE.labels)
    assert (found.source, found.revision, found.licence) == ("test", "v1", "CC0")
    assert read(found.path).sha256 == found.sha256
    single = install(store, ONES, SINGLE)
    assert store.installed() == [found, single]
    assert names(store.folder) == [found.path.name, "multiple.json", single.path.name, "single.json"]


def test_new_weights_replace_the_old_and_their_reader_keeps_them(store: Store) -> None:
    old = install(store, entries(1))
    with open(old.path, "rb") as reader:
        new = install(store, entries(2))
        assert store.find("multiple") == new != old
        assert names(store.folder) == [new.path.name, "multiple.json"]
        if os.name == "posix":
            assert len(reader.read()) == old.bytes
    with pytest.raises(WeightsMissing, match=r"is gone: run .*weights fetch multiple"):
        old.load()


def test_the_same_weights_again_change_nothing(store: Store) -> None:
    assert install(store, ONES) == install(store, ONES)
    assert len(names(store.folder)) == 2


def test_weights_are_removed(store: Store) -> None:
    install(store, ONES)
    single = install(store, ONES, SINGLE)
    store.remove("multiple", print)
    assert store.installed() == [single]
    assert len(names(store.folder)) == 2
    with pytest.raises(WeightsMissing, match="no weights of multiple are in"):
        store.remove("multiple", print)
    (store.folder / "single.json").write_text("no record")
    store.remove("single", print)
    assert names(store.folder) == []


def test_the_folder_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("M2FP_WEIGHTS", str(tmp_path / "shared"))
    assert Store().folder == tmp_path / "shared"
    monkeypatch.delenv("M2FP_WEIGHTS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert Store().folder == tmp_path / "m2fp-bridge" / "weights"


@pytest.mark.parametrize("named", ["", "~nobody-of-that-name/weights"])
def test_without_a_home_a_folder_has_to_be_named(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    """A container may run as a user whom nobody knows."""

    def unknown(*_: object, **__: object) -> Path:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setenv("M2FP_WEIGHTS", named)
    monkeypatch.setattr(platformdirs, "user_data_path", unknown)
    with pytest.raises(WeightsMissing, match="folder is unknown") as caught:
        Store()
    assert named in caught.value.message
    assert "M2FP_WEIGHTS" in caught.value.hint


def test_looking_needs_no_torch(store: Store) -> None:
    install(store, ONES)
    code = "import sys; from m2fp_server.weights import Store; Store().find('multiple'); "
    code += "sys.exit('torch' in sys.modules)"
    environment = {**os.environ, "M2FP_WEIGHTS": str(store.folder)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"model": "single"}, "its labels|of the model single"),
        ({"model": "triple"}, "its model is none of"),
        ({"model": ["multiple"]}, "its model is none of"),
        ({"file": "../../etc/passwd"}, "its file is not named after"),
        ({"file": None}, "its file is not named after"),
        ({"sha256": "0" * 64}, "its file is not named after"),
        ({"sha256": "0" * 63}, "its sha256 is no sha256"),
        ({"original_sha256": "x" * 64}, "its original_sha256 is no sha256"),
        ({"bytes": True}, "its bytes are no number"),
        ({"bytes": -1}, "its bytes are no number"),
        ({"bytes": "many"}, "its bytes are no number"),
        ({"labels": None}, "its labels are not a list of 20 names"),
        ({"labels": ["background"] * 20}, "two classes are called background"),
        ({"labels": ["background", *(["a.b"] * 19)]}, "no layer name"),
        ({"labels": [1] * 20}, "its labels are not a list of 20 names"),
        ({"source": ""}, "its source is no text"),
        ({"source": "x" * 201}, "its source is no text"),
        ({"licence": "\x1b[2J"}, "its licence is no text"),
        ({"revision": 1}, "its revision is no text"),
    ],
)
def test_a_record_that_lies_is_refused(store: Store, change: dict[str, Any], why: str) -> None:
    install(store, ONES)
    record = store.folder / "multiple.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), **change}))
    with pytest.raises(WeightsMissing, match=rf"multiple.json is no record of weights: .*({why})") as caught:
        store.find("multiple")
    assert str(caught.value).isprintable()
    assert store.installed() == []
    assert store.recorded() == ["multiple"]


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 60_000, b" " * 70_000])
def test_what_is_no_record_is_refused(store: Store, text: bytes) -> None:
    store.folder.mkdir()
    (store.folder / "multiple.json").write_bytes(text)
    with pytest.raises(WeightsMissing, match="is no record of weights: "):
        store.find("multiple")


def test_a_pipe_for_a_record_is_not_waited_for(store: Store) -> None:
    store.folder.mkdir()
    os.mkfifo(store.folder / "multiple.json")
    with pytest.raises(WeightsMissing, match="it is no file"):
        store.find("multiple")


def test_a_file_that_is_gone_or_shorter_is_seen_without_reading_it(store: Store) -> None:
    installed = install(store, ONES)
    os.truncate(installed.path, installed.bytes - 1)
    with pytest.raises(WeightsMissing, match=rf"is damaged: it has {installed.bytes - 1} bytes"):
        store.find("multiple")
    installed.path.unlink()
    with pytest.raises(WeightsMissing, match=r"is gone: run .* weights fetch multiple"):
        store.find("multiple")


def test_a_read_only_share(store: Store, made_read_only: Callable[[Path], None]) -> None:
    installed = install(store, ONES)
    made_read_only(store.folder)
    assert store.find("multiple") == installed
    assert read(installed.path).sha256 == installed.sha256
    for change in (lambda: install(store, entries(2)), lambda: store.remove("multiple", print)):
        with pytest.raises(Internal, match=r"can't write the weights' store .*(Read-only|Permission)"):
            change()
    assert store.find("multiple") == installed


def test_a_full_disk_leaves_what_was_there(small_disk: Path) -> None:
    store = Store(small_disk / "store")
    installed = install(store, ONES)
    before = names(store.folder)
    with pytest.raises(Internal, match="No space left on device"):
        install(store, {"x": torch.ones(1 << 20)})
    assert names(store.folder) == before
    assert store.find("multiple") == installed
    assert install(store, entries(3)) == store.find("multiple")


def test_a_file_that_was_never_recorded_goes_with_the_next_install(store: Store) -> None:
    """As after a crash between the two renames."""
    store.folder.mkdir()
    stray = store.folder / f"multiple-{'0' * 16}.safetensors"
    others = [
        store.folder / name for name in ("multiple-notes.safetensors", f"single-{'0' * 16}.safetensors")
    ]
    for path in (stray, *others):
        path.touch()
    install(store, ONES)
    assert not stray.exists()
    assert all(path.exists() for path in others)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds child processes by /proc")
def test_a_killed_import_leaves_the_store_as_it_was(store: Store, tiny: Path) -> None:
    installed = install(store, ONES)
    before = names(store.folder)
    command = [sys.executable, "-m", "m2fp_server.cli", "weights", "import", str(tiny)]
    environment = {**os.environ, "M2FP_WEIGHTS": str(store.folder)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        wait_for(lambda: len(children.read_text().split()) > 0, 60)
        (child,) = map(int, children.read_text().split())
        process.send_signal(signal.SIGKILL)
    wait_for(lambda: not alive(child))
    assert store.find("multiple") == installed
    (left,) = set(names(store.folder)) - set(before)
    assert left.startswith(".importing-")
    again = install(store, entries(2))
    assert names(store.folder) == [again.path.name, "multiple.json"]


def test_others_are_waited_for(store: Store) -> None:
    said: list[str] = []

    def work() -> None:
        with store.changing(said.append):
            said.append("mine")

    with store.changing(print):
        waiting = threading.Thread(target=work)
        waiting.start()
        wait_for(lambda: len(said) > 0)
        assert said == [f"waiting for another who changes {store.folder}"]
    waiting.join(20)
    assert said[1:] == ["mine"]


def test_others_are_not_waited_for_for_ever(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "PATIENCE", 0.1)
    with store.changing(print):
        with pytest.raises(Busy, match="somebody still changes"), store.changing(print):
            pass
        assert len(names(store.folder)) == 1
    assert names(store.folder) == []


def test_installs_at_once_and_a_reader_do_each_other_no_harm(store: Store) -> None:
    install(store, entries(0))
    seen: set[str] = set()
    end = threading.Event()
    faults: list[BaseException] = []

    def look() -> None:
        while not end.is_set():
            try:
                seen.add(store.find("multiple").sha256)
            except WeightsMissing as error:
                faults.append(error)

    def work(first: int) -> None:
        for number in range(first, first + 10):
            install(Store(store.folder), entries(number))

    reader = threading.Thread(target=look)
    writers = [threading.Thread(target=work, args=(first,)) for first in (1, 101, 201)]
    for thread in (reader, *writers):
        thread.start()
    for writer in writers:
        writer.join(60)
    end.set()
    reader.join(20)
    assert faults == []
    assert len(seen) > 1
    found = store.find("multiple")
    assert read(found.path).sha256 == found.sha256
    assert names(store.folder) == [found.path.name, "multiple.json"]


def test_a_store_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Internal, match="can't write the weights' store"):
        install(Store(tmp_path / "file"), ONES)
    with pytest.raises(WeightsMissing, match=r"can't read .*Not a directory"):
        Store(tmp_path / "file").find("multiple")
