"""``m2fp demo`` as a user runs it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from m2fp_server.cli.demo import PHOTOGRAPH, STAGES
from m2fp_server.engines.builtin.engine import LABELS
from support.command import is_one_sentence, m2fp
from support.exr import read_masks

FILES = ["masks.exr", "plate.exr", "preview.png", "report.json"]


def names(folder: Path) -> list[str]:
    """All that is there, hidden files too."""
    return sorted(each.name for each in folder.iterdir())


def test_without_a_plate_the_photograph_becomes_masks_and_a_preview(tmp_path: Path) -> None:
    done = m2fp("demo", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "m2fp-demo"
    assert names(tmp_path) == ["m2fp-demo"]
    assert names(folder) == FILES
    for name in FILES:
        assert str(folder / name) in done.stdout
    assert str(PHOTOGRAPH) in done.stdout
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert set(report["stages"]) == set(STAGES)
    assert all(stage in done.stdout for stage in STAGES)
    assert (report["engine"], report["licence"], report["transfer"]) == ("builtin", "Apache-2.0", "bytes")
    assert report["channels"] == [f"{name}.A" for name in (*LABELS[1:], "person")]
    assert report["warnings"] == []
    masks = read_masks(folder / "masks.exr")
    assert masks.data == masks.display == (0, 0, 512, 512)
    assert set(masks.channels) == set(report["channels"])
    for part in ("hair.A", "face.A", "upper_clothes.A", "person.A"):
        assert masks.channels[part].max() > 0.7, part
    image = cv2.imread(str(folder / "preview.png"))
    assert image is not None
    assert image.shape[1] > 2 * 512


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_a_photograph_of_any_kind_will_do(ending: str, tmp_path: Path) -> None:
    photograph = tmp_path / f"me.{ending}"
    noise = np.random.default_rng(5).integers(0, 256, (48, 64, 3), np.uint8)
    assert cv2.imwrite(str(photograph), noise)
    done = m2fp("demo", photograph, "--out", tmp_path / "deep" / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert names(tmp_path / "deep" / "out") == FILES
    assert read_masks(tmp_path / "deep" / "out" / "masks.exr").data == (0, 0, 64, 48)


def test_a_plate_that_lies_where_its_copy_would_is_left_alone(plate: Path, tmp_path: Path) -> None:
    before = plate.read_bytes()
    done = m2fp("demo", plate, "--out", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert names(tmp_path) == FILES
    assert plate.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("absent.exr", None, "absent.exr"),
        ("words.png", b"these are words", "words.png"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "cut.png"),
        ("words.exr", b"these are words", "words.exr"),
    ],
)
def test_what_is_no_picture_is_one_sentence(
    name: str, content: bytes | None, said: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = m2fp("demo", tmp_path / name, "--out", tmp_path / "out")
    assert done.returncode == 1
    last = done.stderr.splitlines(keepends=True)[-1]  # libpng may have had a word of its own before
    assert is_one_sentence(last), done.stderr
    assert "Traceback" not in done.stderr
    assert said in last
    assert not (tmp_path / "out" / "masks.exr").exists()


def test_a_folder_that_can_not_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    for out in (tmp_path / "taken", tmp_path / "taken" / "below"):
        done = m2fp("demo", "--out", out)
        assert done.returncode == 2
        assert is_one_sentence(done.stderr), done.stderr
        assert f"can't write to {out}" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that not even root can write")
@pytest.mark.parametrize("source", ["photograph", "plate"])
def test_a_folder_that_can_not_be_written_is_one_sentence(source: str, plate: Path) -> None:
    arguments = [] if source == "photograph" else [plate]
    done = m2fp("demo", *arguments, "--out", "/proc/self")
    assert done.returncode in (1, 2)
    assert is_one_sentence(done.stderr), done.stderr
    assert "/proc/self" in done.stderr
