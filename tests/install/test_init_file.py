"""The line in the user's init.py: nothing else of the file changes, and all of it comes back."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from setting_up import SettingUpError
from setting_up.init_file import LINE, InitFile, Traces

STUDIO = b"import nuke\nnuke.pluginAddPath('./gizmos')\n"
FILES = {
    "lf": STUDIO,
    "crlf": STUDIO.replace(b"\n", b"\r\n"),
    "cr": STUDIO.replace(b"\n", b"\r"),
    "no final line end": STUDIO.rstrip(b"\n"),
    "crlf, no final line end": STUDIO.replace(b"\n", b"\r\n")[:-2],
    "one line without an end": b"import nuke",
    "latin-1": b"# -*- coding: latin-1 -*-\nARTIST = 'Ren\xe9'\n",
    "utf-8 with a mark": b"\xef\xbb\xbfimport nuke\n",
    "empty": b"",
    "blank lines at the end": STUDIO + b"\n\n",
    "indented end": b"if True:\n    pass",
    "ours, commented out": b"# " + LINE + b"\n",
}


def install(path: Path) -> Traces:
    init = InitFile(path)
    init.check()
    traces = init.traces()
    init.add()
    return traces


@pytest.mark.parametrize("content", FILES.values(), ids=FILES.keys())
def test_a_file_of_the_users_is_added_to_once_and_restored(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "init.py"
    path.write_bytes(content)
    traces = install(path)
    added = path.read_bytes()
    assert added.startswith(content)
    assert added[len(content) :].strip() == LINE
    assert {line.strip() for line in added.splitlines()} == {*map(bytes.strip, content.splitlines()), LINE}
    compile(added, "init.py", "exec")
    install(path)
    assert path.read_bytes() == added
    InitFile(path).remove(traces)
    assert path.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["init.py"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_line_ends_as_the_others_do(end: bytes, tmp_path: Path) -> None:
    (tmp_path / "init.py").write_bytes(b"import nuke" + end)
    install(tmp_path / "init.py")
    assert (tmp_path / "init.py").read_bytes() == b"import nuke" + end + LINE + end


def test_the_line_runs_where_nuke_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    paths: list[str] = []
    monkeypatch.setitem(sys.modules, "nuke", SimpleNamespace(pluginAddPath=paths.append))
    exec(LINE, {})  # noqa: S102 - as Nuke does
    assert paths == ["./m2fp"]


def test_a_file_that_we_made_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "init.py"
    traces = install(path)
    assert path.read_bytes() == LINE + b"\n"
    InitFile(path).remove(traces)
    assert not path.exists()


def test_what_the_user_wrote_into_a_file_that_we_made_stays(tmp_path: Path) -> None:
    path = tmp_path / "init.py"
    traces = install(path)
    with path.open("ab") as file:
        file.write(b"import studio\n")
    InitFile(path).remove(traces)
    assert path.read_bytes() == b"import studio\n"


def test_what_the_user_wrote_after_our_line_stays_a_line(tmp_path: Path) -> None:
    path = tmp_path / "init.py"
    path.write_bytes(b"import nuke")
    traces = install(path)
    with path.open("ab") as file:
        file.write(b"import studio\n")
    InitFile(path).remove(traces)
    assert path.read_bytes() == b"import nuke\nimport studio\n"


@pytest.mark.parametrize(
    "line", [b"nuke.pluginAddPath('./m2fp')", b'import nuke; nuke.pluginAddPath( "m2fp" )  # by me']
)
def test_a_line_by_hand_is_enough_and_stays(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "init.py"
    path.write_bytes(b"import nuke\n" + line + b"\n")
    traces = install(path)
    InitFile(path).remove(traces)
    assert path.read_bytes() == b"import nuke\n" + line + b"\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few users make links")
@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_stays_a_link(dangling: bool, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "nuke init.py"
    target.parent.mkdir()
    if not dangling:
        target.write_bytes(STUDIO)
    path = tmp_path / "init.py"
    path.symlink_to(target)
    traces = install(path)
    assert path.is_symlink()
    assert target.read_bytes() == (b"" if dangling else STUDIO) + LINE + b"\n"
    InitFile(path).remove(traces)
    assert path.is_symlink()
    assert target.exists() != dangling
    assert dangling or target.read_bytes() == STUDIO


def test_the_mode_stays(tmp_path: Path) -> None:
    path = tmp_path / "init.py"
    path.write_bytes(STUDIO)
    path.chmod(0o640)
    before = path.stat().st_mode
    traces = install(path)
    assert path.stat().st_mode == before
    InitFile(path).remove(traces)
    assert path.stat().st_mode == before


def test_a_read_only_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "init.py"
    path.write_bytes(STUDIO)
    path.chmod(stat.S_IREAD)
    with pytest.raises(SettingUpError, match=r"read-only.*add this line.*pluginAddPath\('\./m2fp'\)$"):
        InitFile(path).check()
    path.chmod(stat.S_IREAD | stat.S_IWRITE)
    traces = install(path)
    path.chmod(stat.S_IREAD)
    InitFile(path).check()  # there is nothing to add
    with pytest.raises(SettingUpError, match="read-only"):
        InitFile(path).remove(traces)
    assert path.read_bytes() == STUDIO + LINE + b"\n"


def test_a_line_that_the_user_guarded_leaves_a_whole_file(tmp_path: Path) -> None:
    """Taken out of its block it would leave a file that Nuke can't read."""
    path = tmp_path / "init.py"
    path.write_bytes(b"if True:\n    " + LINE + b"\n")
    InitFile(path).remove(Traces())
    assert path.read_bytes() == b"if True:\n    pass\n"


def test_a_guarded_line_by_hand_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "init.py"
    content = b"import nuke\nif nuke.NUKE_VERSION_MAJOR >= 13:\n    nuke.pluginAddPath('./m2fp')\n"
    path.write_bytes(content)
    install(path)
    assert path.read_bytes() == content


def test_what_is_no_utf_8_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "init.py"
    path.write_bytes("import nuke\n".encode("utf-16"))
    with pytest.raises(SettingUpError, match="is no UTF-8 text"):
        install(path)


def test_a_full_disk_leaves_the_file_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "init.py"
    path.write_bytes(STUDIO)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        install(path)
    assert [each.name for each in tmp_path.iterdir()] == ["init.py"]
    assert path.read_bytes() == STUDIO
