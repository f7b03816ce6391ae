"""Nuke's plug-in in the folder that Nuke reads: put there whole, brought up to date, taken away again.

    DIR/init.py     the user's; one line of ours, see ``init_file``
    DIR/m2fp/       ours, told by ``installed.json`` in it; replaced as a whole, never written into

A running Nuke, and one that starts after an install was killed, never sees half a plug-in: for the moment in
which the new one takes the former one's place there is none, and an install that was killed right then is put
right by the next.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Iterable, Sequence

from . import SettingUpError, wheels
from .init_file import InitFile, Traces
from .wheels import Pip, Wheel

PYTHONS = ("3.7", "3.9", "3.10", "3.11")
"""Of Nuke 13, 14, 15, and 16 with 17."""

PLATFORMS = ("linux_x86_64", "win_amd64", "macosx_universal2")
"""What Nuke is sold for."""

_PRODUCT = "M2FP Bridge"
_RECORD = "installed.json"
_DRAFT, _OLD, _GONE = ".m2fp.new", ".m2fp.old", ".m2fp.gone"
"""Beside the plug-in's folder: one being made, the former one while the two change places, what is to go."""


@dataclass(frozen=True)
class Installed:
    """What ``installed.json`` in the plug-in's folder says.

    ``checkout``: where ``install.py`` is. ``wheels``: Python and platform of each pyzmq. ``made_folder``:
    DIR itself was not there before. ``traces``: what our line in ``init.py`` brought about.
    """

    version: str
    checkout: str
    wheels: tuple[tuple[str, str], ...]
    made_folder: bool
    traces: Traces


def wanted(pythons: Sequence[str], platforms: Sequence[str]) -> list[Wheel]:
    """The wheels for these Pythons and platforms: Nuke's, and this machine's, where none are named.

    ``all`` among the platforms stands for Nuke's.

    :raises SettingUpError: there is none for one of them.
    """
    named = [each for name in platforms for each in (PLATFORMS if name == "all" else (name,))]
    return [
        wheels.wheel_for(python, platform)
        for platform in dict.fromkeys(named or [wheels.this_platform()])
        for python in dict.fromkeys(pythons or PYTHONS)
    ]


def install(
    folder: Path, asked: Iterable[Wheel], checkout: Path, version: str, pip: Pip, wheelhouse: Path | None
) -> Installed:
    """Put the plug-in and the wheels asked for into ``folder``, beside the wheels of former installs.

    Nothing changes there until all that it takes has been fetched.

    :raises SettingUpError: ``m2fp`` in it is not of our making, or its ``init.py`` may not be changed.
    """
    _recover(folder)
    plugin = folder / "m2fp"
    former = _read(plugin)
    init = InitFile(folder / "init.py")
    init.check()
    earlier = [wheels.wheel_for(*each) for each in former.wheels] if former else []
    all_wheels = tuple(dict.fromkeys([*earlier, *asked]))
    known_line = former.traces if former else Traces()
    record = Installed(
        version=version,
        checkout=str(checkout),
        wheels=tuple((wheel.python, wheel.platform) for wheel in all_wheels),
        made_folder=former.made_folder if former else not folder.exists(),
        traces=known_line if init.has_ours else init.traces(),
    )
    by_folder = {wheel.folder: wheel for wheel in all_wheels}
    with tempfile.TemporaryDirectory(prefix="m2fp-wheels-") as scratch:
        fetched = {}
        for name, wheel in by_folder.items():
            if not wheels.intact(plugin / "vendor" / name, wheel.version):
                wheels.download(wheel, Path(scratch, name), pip, wheelhouse)
                (fetched[name],) = Path(scratch, name).glob("*.whl")
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / _DRAFT
        try:
            _copy(checkout / "host_plugins" / "nuke", draft)
            _copy(checkout / "host_plugins" / "m2fp_host", draft / "m2fp_host")
            shutil.copyfile(checkout / "gizmos" / "M2FP.gizmo", draft / "M2FP.gizmo")
            for name in by_folder:
                if name in fetched:
                    wheels.unpack(fetched[name], draft / "vendor" / name)
                else:
                    _copy(plugin / "vendor" / name, draft / "vendor" / name)
            (draft / _RECORD).write_text(json.dumps({"product": _PRODUCT, **asdict(record)}, indent=2) + "\n")
            _swap(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    init.add()
    return record


def uninstall(folder: Path, checkout: Path | None = None) -> str:
    """Take the plug-in out of ``folder`` and our line out of its ``init.py``; say what was done.

    :param checkout: leave a plug-in that another checkout put there.
    :raises SettingUpError: ``m2fp`` in it is not of our making, or its ``init.py`` may not be changed.
    """
    _recover(folder)
    plugin = folder / "m2fp"
    former = _read(plugin)
    if former and checkout and former.checkout != str(checkout):
        return f"Left {plugin}: the copy of M2FP Bridge in {former.checkout} put it there."
    init = InitFile(folder / "init.py")
    if former is None:
        init.remove(Traces())
        return f"There is no plug-in in {folder}."
    _move_aside(folder)
    try:
        init.remove(former.traces)
    except (SettingUpError, OSError):
        _recover(folder)
        raise
    _discard(folder)
    if former.made_folder and not any(folder.iterdir()):
        folder.rmdir()
    return f"Removed {plugin}"


def remember(notes: Path, folder: Path) -> None:
    """Note that a plug-in is in ``folder``, for a later uninstall that is told of no folder."""
    _write_notes(notes, dict.fromkeys([*remembered(notes), folder]))


def forget(notes: Path, folder: Path) -> None:
    """Take ``folder`` out of the notes if no plug-in is left in it; remove the notes with the last one."""
    noted = remembered(notes)
    left = [each for each in noted if each != folder or (each / "m2fp").exists()]
    if left:
        _write_notes(notes, left)
    elif noted:
        notes.unlink()
        with contextlib.suppress(OSError):  # other settings may lie there
            notes.parent.rmdir()


def remembered(notes: Path) -> list[Path]:
    """The folders that plug-ins were put into."""
    try:
        return [Path(each) for each in json.loads(notes.read_text("utf-8"))["folders"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError):  # damaged: --dir still finds a plug-in
        return []


def _write_notes(notes: Path, folders: Iterable[Path]) -> None:
    notes.parent.mkdir(parents=True, exist_ok=True)
    draft = notes.with_name(f"{notes.name}.{os.getpid()}")
    draft.write_text(json.dumps({"folders": [str(each) for each in folders]}, indent=2) + "\n", "utf-8")
    os.replace(draft, notes)


def _read(plugin: Path) -> Installed | None:
    """The record of the plug-in; ``None`` where there is no such folder."""
    if not os.path.lexists(plugin):
        return None
    stranger = SettingUpError(
        f"{plugin} was not put there by install.py and is left alone: rename it, or choose another folder "
        "with --dir DIR."
    )
    if plugin.is_symlink():
        raise stranger
    try:
        fields = json.loads((plugin / _RECORD).read_text("utf-8"))
        if fields["product"] != _PRODUCT:
            raise stranger
        return Installed(
            version=fields["version"],
            checkout=fields["checkout"],
            wheels=tuple((python, platform) for python, platform in fields["wheels"]),
            made_folder=fields["made_folder"],
            traces=Traces(**fields["traces"]),
        )
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError) as fault:
        raise stranger from fault


def _copy(source: Path, target: Path) -> None:
    """Copy a folder without compiled Python, with the modes that new files have: the source may be locked."""
    target.mkdir(parents=True, exist_ok=True)
    for child in sorted(source.iterdir()):
        if child.name == "__pycache__":
            continue
        if child.is_dir():
            _copy(child, target / child.name)
        else:
            shutil.copyfile(child, target / child.name)


def _swap(folder: Path) -> None:
    """Put the draft in the plug-in's place; where that fails, the former plug-in stays."""
    if (folder / "m2fp").exists():
        _move_aside(folder)
    try:
        os.rename(folder / _DRAFT, folder / "m2fp")
    except OSError:
        _recover(folder)
        raise
    _discard(folder)


def _move_aside(folder: Path) -> None:
    try:
        os.rename(folder / "m2fp", folder / _OLD)
    except PermissionError as fault:
        raise SettingUpError(
            f"{folder / 'm2fp'} stays as it is ({fault.strerror}): quit every Nuke that uses it (Windows "
            "holds what is in use), see that you may write there, and run this again."
        ) from fault


def _recover(folder: Path) -> None:
    """Put right what an install that was killed left: a former plug-in out of its place, drafts."""
    if (folder / _OLD).exists() and not (folder / "m2fp").exists():
        os.rename(folder / _OLD, folder / "m2fp")
    _discard(folder)


def _discard(folder: Path) -> None:
    """Remove what is no longer of use; where files of it are in use, the next install does."""
    if (folder / _OLD).exists():  # renamed first: what _recover puts back is always whole
        os.rename(folder / _OLD, folder / f"{_GONE}-{os.getpid()}")
    for left in (folder / _DRAFT, *folder.glob(f"{_GONE}-*")):
        shutil.rmtree(left, ignore_errors=True)
