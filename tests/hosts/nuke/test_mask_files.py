"""Where the masks of a node lie."""

from __future__ import annotations

from pathlib import Path

import pytest
from m2fp_nuke.mask_files import check_pattern, mask_file

from m2fp_host.errors import BadRequest
from m2fp_host.frames.job import make_folder


@pytest.mark.parametrize(
    ("pattern", "frame", "path"),
    [
        ("/m/a.####.exr", 7, "/m/a.0007.exr"),
        ("/m/a.#.exr", 1234, "/m/a.1234.exr"),
        ("/m/a.%04d.exr", 7, "/m/a.0007.exr"),
        ("/m/a.%d.exr", 7, "/m/a.7.exr"),
        ("/m/%V/a.%v.####.exr", 7, "/m/left/a.l.0007.exr"),
        ("/m/a.####.exr", -5, "/m/a.-005.exr"),
    ],
)
def test_a_pattern_names_a_file(pattern: str, frame: int, path: str) -> None:
    assert mask_file(pattern, frame, "left") == path


@pytest.mark.parametrize(
    ("pattern", "views", "reason"),
    [
        ("/m/a.exr", ("main",), "every frame would be written to the same file"),
        ("/m.####/a.exr", ("main",), "every frame would be written to the same file"),
        ("a.####.exr", ("main",), "no full path"),
        ("/m/a.####.png", ("main",), "no full path of an EXR"),
        ("", ("main",), "no full path"),
        ("/m/a.####.exr", ("left", "right"), "the views left, right would be written to the same file"),
    ],
)
def test_what_would_lose_masks_is_refused(pattern: str, views: tuple[str, ...], reason: str) -> None:
    with pytest.raises(BadRequest, match=reason):
        check_pattern(pattern, views)


def test_views_may_have_files_of_their_own() -> None:
    check_pattern("/m/%V/a.####.exr", ("left", "right"))
    check_pattern("/m/a_%v.%04d.exr", ("left", "right"))


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    make_folder(str(tmp_path / "a" / "b" / "c.exr"))
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadRequest, match="can't make the folder"):
        make_folder(str(tmp_path / "file" / "c.exr"))
