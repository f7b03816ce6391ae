"""The masks' way into their file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from m2fp_host.errors import BadRequest
from m2fp_host.files import MasksSink


def filled(out: Path) -> MasksSink:
    sink = MasksSink(out)
    sink.begin(5, hashlib.sha256(b"masks").hexdigest())
    sink.write(b"masks")
    return sink


def test_a_reader_of_the_old_masks_is_waited_for_on_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tried = os.replace, []

    def replace(source: str, target: str) -> None:
        tried.append(target)
        if len(tried) < 3:
            raise PermissionError(13, "used by another process")
        real(source, target)

    sink = filled(tmp_path / "masks.exr")
    monkeypatch.setattr("m2fp_host.files.os.replace", replace)
    monkeypatch.setattr("m2fp_host.files._WINDOWS", True)
    sink.commit()
    assert (tmp_path / "masks.exr").read_bytes() == b"masks"
    assert len(tried) == 3


def test_elsewhere_a_refusal_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def replace(*_: str) -> None:
        raise PermissionError(13, "Permission denied")

    sink = filled(tmp_path / "masks.exr")
    monkeypatch.setattr("m2fp_host.files.os.replace", replace)
    monkeypatch.setattr("m2fp_host.files._WINDOWS", False)
    with pytest.raises(BadRequest, match="can't write the masks"):
        sink.commit()
    sink.discard()
    assert list(tmp_path.iterdir()) == []
