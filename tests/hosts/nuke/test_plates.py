"""What a frame is computed from, in a fake Nuke of this process, with plates on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from m2fp_host.errors import BadImage, BadRequest
from m2fp_host.frames.plates import ToRender

from .desk import GIZMOS, write_noise
from .fake_nuke import api as nuke
from .fake_nuke import application


@pytest.fixture(autouse=True)
def running(tmp_path: Path) -> Iterator[None]:
    """A Nuke in a terminal with the gizmo, a script that has a name, and plates 1 to 3."""
    for frame in (1, 2, 3):
        write_noise(tmp_path / f"plate.{frame:04d}.exr", seed=frame)
    with application.running() as one:
        one.session.plugin_path.append(str(GIZMOS))
        nuke.root()["name"].setValue(str(tmp_path / "shot.nk"))
        yield


@pytest.fixture
def read(tmp_path: Path) -> Any:
    return nuke.nodes.Read(file=f"{tmp_path}/plate.####.exr", first=1, last=3, name="R")


def m2fp(above: Any, **knobs: Any) -> Any:
    return nuke.nodes.M2FP(inputs=[above], **knobs)


def plate(node: Any, frame: int = 2, view: str = "main") -> Any:
    from m2fp_nuke import plates
    from m2fp_nuke.settings import settings_of

    found = plates.plate_of(node, settings_of(node), frame, view)
    return found.reason if isinstance(found, ToRender) else (found.path, found.colour_space)


def test_the_file_itself(read: Any, tmp_path: Path) -> None:
    assert plate(m2fp(read)) == (f"{tmp_path}/plate.0002.exr", "")
    assert plate(m2fp(read, colour_space="ACEScg")) == (f"{tmp_path}/plate.0002.exr", "ACEScg")
    late = nuke.nodes.TimeOffset(inputs=[read], time_offset=-1)
    assert plate(m2fp(late)) == (f"{tmp_path}/plate.0003.exr", "")
    held = nuke.nodes.FrameHold(inputs=[read], firstFrame=1)
    assert plate(m2fp(held)) == (f"{tmp_path}/plate.0001.exr", "")


def test_beyond_the_reads_range(read: Any, tmp_path: Path) -> None:
    assert plate(m2fp(read), 9) == (f"{tmp_path}/plate.0003.exr", "")
    read["after"].setValue("black")
    assert plate(m2fp(read), 9) == "R does not say which file it shows"


def test_a_plate_that_is_not_there(read: Any, tmp_path: Path) -> None:
    (tmp_path / "plate.0003.exr").unlink()
    late = nuke.nodes.TimeOffset(inputs=[read], time_offset=-1)
    with pytest.raises(BadImage, match=r"plate\.0003\.exr is not there: check R$"):
        plate(m2fp(late))
    read["on_error"].setValue("black")  # the artist knows: what Nuke shows is what is looked at
    assert plate(m2fp(late)) == "R does not say which file it shows"


def test_a_plate_that_nuke_cannot_read_is_for_the_daemon_to_judge(read: Any, tmp_path: Path) -> None:
    (tmp_path / "plate.0002.exr").write_bytes(b"no EXR at all")
    assert plate(m2fp(read)) == (f"{tmp_path}/plate.0002.exr", "")


def test_behind_another_node_whose_masks_are_missing(read: Any, tmp_path: Path) -> None:
    first = m2fp(read, name="First")
    assert plate(m2fp(nuke.nodes.Dot(inputs=[first]))) == (f"{tmp_path}/plate.0002.exr", "")


def test_in_a_group(read: Any, tmp_path: Path) -> None:
    group = nuke.nodes.Group()
    with group:
        node = m2fp(nuke.nodes.Input())
        nuke.nodes.Output(inputs=[node])
    group.setInput(0, read)
    assert plate(node) == (f"{tmp_path}/plate.0002.exr", "")


def test_source(read: Any, tmp_path: Path) -> None:
    assert plate(m2fp(read, source="render the input")) == "its source knob says so"
    grade = nuke.nodes.Grade(inputs=[read], name="G")
    assert plate(m2fp(grade)) == "G changes the picture"
    with pytest.raises(BadRequest, match="its source is the plate's file, but G changes the picture"):
        plate(m2fp(grade, source="plate file"))
    with pytest.raises(BadRequest, match="nothing is connected"):
        plate(m2fp(None))


def test_a_file_that_is_no_exr(read: Any, tmp_path: Path) -> None:
    for frame in (1, 2, 3):
        (tmp_path / f"plate.{frame:04d}.exr").rename(tmp_path / f"plate.{frame:04d}.png")
    read["file"].setValue(f"{tmp_path}/plate.####.png")
    assert plate(m2fp(read)) == "plate.0002.png is no EXR"


def test_proxy_mode_is_back_afterwards(read: Any, tmp_path: Path) -> None:
    read["proxy"].setValue(f"{tmp_path}/small.####.exr")
    nuke.root().setProxy(True)
    assert plate(m2fp(read)) == (f"{tmp_path}/plate.0002.exr", "")
    assert nuke.root().proxy()


def test_a_relative_name_begins_at_the_project(
    read: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    read["file"].setValue("plate.####.exr")
    assert plate(m2fp(read)) == (f"{tmp_path}/plate.0002.exr", "")
    nuke.root()["project_directory"].setValue("/nowhere")
    with pytest.raises(BadImage, match=r"the plate /nowhere/plate\.0002\.exr is not there"):
        plate(m2fp(read))


def test_views(read: Any, tmp_path: Path) -> None:
    nuke.root()["views"].setValue("left\nright")
    path = f"{tmp_path}/m.%V.####.exr"
    assert plate(m2fp(read, mask_path=path), 2, "right") == "R may hold several views in one file"
    write_noise(tmp_path / "right.0002.exr")
    read["file"].setValue(f"{tmp_path}/%V.####.exr")
    assert plate(m2fp(read, mask_path=path), 2, "right") == (f"{tmp_path}/right.0002.exr", "")
