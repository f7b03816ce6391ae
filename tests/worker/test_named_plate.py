"""Plates that a client only names: what may be read, and that nothing else can be."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from m2fp_host.errors import BadImage, PathDenied
from m2fp_server.worker.named_plate import copy_named_plate

CONTENT = bytes(range(256)) * 9000  # more than one block
LINKS = pytest.mark.skipif(sys.platform == "win32", reason="making links needs rights on Windows")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The allowed folder: ``shots/plate.exr`` in it, ``secret.exr`` beside it."""
    root = tmp_path / "root"
    (root / "shots").mkdir(parents=True)
    (root / "shots" / "plate.exr").write_bytes(CONTENT)
    (tmp_path / "secret.exr").write_bytes(b"secret")
    return root


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.exr"


def take(path: Path | str, root: Path | None, copy: Path, most: int = len(CONTENT)) -> str:
    return copy_named_plate(str(path), [] if root is None else [str(root)], str(copy), most)


def test_a_plate_below_a_root_is_copied_and_hashed(root: Path, copy: Path) -> None:
    assert take(root / "shots" / "plate.exr", root, copy) == hashlib.sha256(CONTENT).hexdigest()
    assert copy.read_bytes() == CONTENT


def test_any_of_several_roots_will_do(root: Path, copy: Path, tmp_path: Path) -> None:
    roots = [str(tmp_path / "gone"), str(root)]
    copy_named_plate(str(root / "shots" / "plate.exr"), roots, str(copy), len(CONTENT))
    assert copy.read_bytes() == CONTENT


def test_dots_that_stay_below_the_root_are_harmless(root: Path, copy: Path) -> None:
    take(f"{root}/shots/../shots/./plate.exr", root, copy)
    assert copy.read_bytes() == CONTENT


@LINKS
def test_a_link_within_the_root_is_followed(root: Path, copy: Path) -> None:
    (root / "latest.exr").symlink_to("shots/plate.exr")
    (root / "current").symlink_to("shots")
    for name in ("latest.exr", "current/plate.exr"):
        take(root / name, root, copy)
        assert copy.read_bytes() == CONTENT


@LINKS
def test_the_root_may_be_a_link_itself(root: Path, copy: Path, tmp_path: Path) -> None:
    (tmp_path / "mounted").symlink_to(root)
    for said in (tmp_path / "mounted", root):
        take(said / "shots" / "plate.exr", tmp_path / "mounted", copy)
        assert copy.read_bytes() == CONTENT


def outside(root: Path) -> str:
    return str(root.parent / "secret.exr")


def dots(root: Path) -> str:
    return f"{root}/shots/../../secret.exr"


def relative(root: Path) -> str:
    return os.path.relpath(root / "shots" / "plate.exr")


def link_to_outside(root: Path) -> str:
    (root / "link.exr").symlink_to(root.parent / "secret.exr")
    return str(root / "link.exr")


def folder_link_to_outside(root: Path) -> str:
    (root / "up").symlink_to(root.parent)
    return str(root / "up" / "secret.exr")


def links_in_a_circle(root: Path) -> str:
    (root / "a.exr").symlink_to("b.exr")
    (root / "b.exr").symlink_to("a.exr")
    return str(root / "a.exr")


def link_to_nothing(root: Path) -> str:
    (root / "dangling.exr").symlink_to("gone.exr")
    return str(root / "dangling.exr")


def folder(root: Path) -> str:
    return str(root / "shots")


def the_root(root: Path) -> str:
    return str(root)


def fifo(root: Path) -> str:
    os.mkfifo(root / "pipe.exr")  # nobody writes: opening it the usual way would wait for ever
    return str(root / "pipe.exr")


def absent(root: Path) -> str:
    return str(root / "gone.exr")


def below_a_file(root: Path) -> str:
    return str(root / "shots" / "plate.exr" / "plate.exr")


def sibling_with_the_roots_name_in_front(root: Path) -> str:
    sibling = root.with_name(root.name + "_secret")
    sibling.mkdir()
    (sibling / "plate.exr").write_bytes(b"secret")
    return str(sibling / "plate.exr")


def no_file_name(root: Path) -> str:
    return f"{root}/plate\0.exr"


def characters_of_no_file_name(root: Path) -> str:
    return f"{root}/\ud800.exr"


def endless_name(root: Path) -> str:
    return f"{root}/{'x' * 5000}.exr"


def nothing(root: Path) -> str:
    return ""


@pytest.mark.parametrize(
    "make",
    [
        outside,
        dots,
        relative,
        pytest.param(link_to_outside, marks=LINKS),
        pytest.param(folder_link_to_outside, marks=LINKS),
        pytest.param(links_in_a_circle, marks=LINKS),
        pytest.param(link_to_nothing, marks=LINKS),
        folder,
        the_root,
        pytest.param(fifo, marks=pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")),
        absent,
        below_a_file,
        sibling_with_the_roots_name_in_front,
        no_file_name,
        characters_of_no_file_name,
        endless_name,
        nothing,
    ],
)
def test_everything_else_is_denied_in_the_same_words(
    make: Callable[[Path], str], root: Path, copy: Path
) -> None:
    path = make(root)
    with pytest.raises(PathDenied) as caught:
        take(path, root, copy)
    assert caught.value.message == f"the daemon can't read {path}"
    assert caught.value.hint == "allow its folder with --root, or send the bytes"
    assert not copy.exists()


def test_without_roots_nothing_may_be_read(root: Path, copy: Path) -> None:
    with pytest.raises(PathDenied):
        take(root / "shots" / "plate.exr", None, copy)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads files whatever their mode"
)
def test_a_plate_without_read_permission_is_denied(root: Path, copy: Path) -> None:
    (root / "shots" / "plate.exr").chmod(0)
    with pytest.raises(PathDenied):
        take(root / "shots" / "plate.exr", root, copy)


def test_a_plate_longer_than_announced_is_told(root: Path, copy: Path) -> None:
    with pytest.raises(BadImage, match=f"more than the {len(CONTENT) - 1} bytes announced"):
        take(root / "shots" / "plate.exr", root, copy, len(CONTENT) - 1)
