"""What the fake's Writes write: frames, folders, views, proxies, and what stops them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import OpenImageIO
import pytest

from .fake_nuke import api as nuke
from .fake_nuke import application
from .fake_nuke.application import Application
from .writes import files, make_write


@pytest.fixture
def running() -> Iterator[Application]:
    """A Nuke with its GUI."""
    with application.running(gui=True) as nuke_with_gui:
        yield nuke_with_gui


@pytest.fixture
def write(running: Application, tmp_path: Path) -> Any:
    return make_write(tmp_path)


def test_frames_are_written(write: Any, tmp_path: Path) -> None:
    nuke.execute(write, 1, 5, 2)
    nuke.execute("Write1", 8, 8)
    assert files(tmp_path) == [f"Write1.000{frame}.exr" for frame in (1, 3, 5, 8)]


def test_frame_ranges_are_executed(write: Any, tmp_path: Path) -> None:
    nuke.execute(write, nuke.FrameRanges("1-3x2 7"))
    nuke.execute(write, nuke.FrameRange("9"))
    assert files(tmp_path) == [f"Write1.000{frame}.exr" for frame in (1, 3, 7, 9)]


def test_a_limited_write_leaves_other_frames_out(write: Any, tmp_path: Path) -> None:
    write["use_limit"].setValue(True)
    write["first"].setValue(2)
    write["last"].setValue(3)
    nuke.execute(write, 1, 9)
    assert files(tmp_path) == ["Write1.0002.exr", "Write1.0003.exr"]


def test_a_missing_folder_fails_unless_it_may_be_made(write: Any, tmp_path: Path) -> None:
    write["file"].setValue(f"{tmp_path.as_posix()}/a/b/out.####.exr")
    with pytest.raises(RuntimeError, match=r"Write1: can't open .*/a/b/out.0001.exr"):
        nuke.execute(write, 1, 1)
    write["create_directories"].setValue(True)
    nuke.execute(write, 1, 1)
    assert (tmp_path / "a" / "b" / "out.0001.exr").exists()


def test_a_write_without_a_file_fails(write: Any) -> None:
    write["file"].setValue("")
    with pytest.raises(RuntimeError, match="Write1: no file name"):
        nuke.execute(write, 1, 1)


def size(path: Path) -> tuple[int, int]:
    spec = OpenImageIO.ImageBuf(str(path)).spec()
    return spec.full_width, spec.full_height


def test_proxy_mode_scales_what_is_written(write: Any, tmp_path: Path) -> None:
    nuke.execute(write, 1, 1)
    nuke.root()["proxy_scale"].setValue(0.5)
    nuke.root().setProxy(True)
    nuke.execute(write, 2, 2)
    nuke.root().setProxy(False)
    nuke.execute(write, 3, 3)
    full = size(tmp_path / "Write1.0001.exr")
    assert size(tmp_path / "Write1.0002.exr") == (full[0] // 2, full[1] // 2)
    assert size(tmp_path / "Write1.0003.exr") == full


def test_each_view_has_its_file(write: Any, tmp_path: Path, running: Application) -> None:
    nuke.root()["views"].setValue("left #ff0000\nright #00ff00")
    assert nuke.views() == ["left", "right"]
    with pytest.raises(RuntimeError, match="file of several views"):
        nuke.execute(write, 1, 1)
    write["file"].setValue(f"{tmp_path.as_posix()}/%V.####.exr")
    nuke.execute(write, 2, 2)
    nuke.execute(write, 3, 3, 1, ["right"])
    assert files(tmp_path)[1:] == ["left.0002.exr", "right.0002.exr", "right.0003.exr"]


def test_the_frame_shows_in_expressions(write: Any, tmp_path: Path) -> None:
    seen: list[Any] = []
    nuke.addBeforeFrameRender(
        lambda: seen.append((nuke.frame(), nuke.expression("frame"), nuke.tcl("frame")))
    )
    nuke.execute(write, 7, 7)
    assert seen == [(7, 7.0, "7")]


def read_of_masks(folder: Path) -> Any:
    """A Write of a Read of masks that are not there."""
    read = nuke.nodes.Read(name="masks")
    read["file"].setValue(f"{folder.as_posix()}/masks.####.exr")
    read["first"].setValue(1)
    read["last"].setValue(9)
    node = nuke.nodes.Write(inputs=[read], name="Write1")
    node["file"].setValue(f"{folder.as_posix()}/out.####.exr")
    return node


def make_picture(path: Path) -> None:
    picture = OpenImageIO.ImageBuf(OpenImageIO.ImageSpec(4, 4, 3, "half"))
    assert picture.write(str(path))


@pytest.mark.parametrize("harsh", [False, True])
@pytest.mark.parametrize("kind", ["BeforeRender", "BeforeFrameRender"])
def test_a_harsh_nuke_looks_at_reads_before_it_calls_anybody(tmp_path: Path, harsh: bool, kind: str) -> None:
    """A mask that a callback makes is in time for a kind Nuke, too late for a harsh one: never black."""
    called: list[int] = []

    def make_mask() -> None:
        called.append(nuke.frame())
        make_picture(tmp_path / f"masks.{nuke.frame():04d}.exr")

    with application.running(harsh=harsh):
        write = read_of_masks(tmp_path)
        getattr(nuke, f"add{kind}")(make_mask)
        if harsh:
            with pytest.raises(RuntimeError, match=r"masks\.0001\.exr"):
                nuke.execute(write, 1, 1)
            assert called == []
        else:
            nuke.execute(write, 1, 1)
            assert called == [1]
        assert (tmp_path / "out.0001.exr").exists() is not harsh


def test_a_missing_file_fails_the_render(tmp_path: Path) -> None:
    with application.running(), pytest.raises(RuntimeError, match=r"masks\.0001\.exr"):
        nuke.execute(read_of_masks(tmp_path), 1, 1)
