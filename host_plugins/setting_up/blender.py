"""Blender's extension on this machine: put there by Blender itself or into its folder, and taken out again.

    DIR/user_default/m2fp_bridge/  ours, told by its manifest; replaced as a whole, never written into

DIR is Blender's folder of extensions. Where a Blender is to be had it does the work, for then it also notes
in its preferences that the extension is switched on.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Iterable, Mapping

from . import SettingUpError
from .extension import ID, MANIFEST

OLDEST = (4, 2)
"""The first Blender that has extensions."""

REPOSITORY = "user_default"
"""What Blender calls the user's own extensions: ``User Default`` in its preferences."""

_RESOURCES = "BLENDER_USER_RESOURCES"

_PATIENCE = 300.0
"""Seconds for a Blender to start and do one thing: it may lie on a slow share."""


@dataclass(frozen=True)
class Blender:
    """A Blender that runs: its full path and version."""

    path: str
    version: tuple[int, int]

    @property
    def label(self) -> str:
        return f"Blender {self.version[0]}.{self.version[1]} ({self.path})"

    @property
    def takes_extensions(self) -> bool:
        return self.version >= OLDEST


@dataclass(frozen=True)
class Place:
    """Where the extension is.

    ``folder``: the repository's. ``blender``: the one that put it there; empty where none did. ``checkout``:
    where the ``install.py`` is that had it done. ``resources``: ``BLENDER_USER_RESOURCES`` as it was then, by
    which Blender finds its preferences and what it has unpacked.
    """

    folder: str
    blender: str
    checkout: str
    resources: str = ""


def find(named: Path | None) -> Blender | None:
    """The Blender named, or the one on the PATH.

    :raises SettingUpError: the one named does not run, or knows no extensions.
    """
    path = str(named) if named else shutil.which("blender")
    blender = _probe(path) if path else None
    if named and blender is None:
        raise SettingUpError(f"{named} does not run as a Blender: give the full path of its program.")
    if named and blender and not blender.takes_extensions:
        raise SettingUpError(f"{blender.label} is too old: the extension needs Blender 4.2 or newer.")
    return blender


def install_by_blender(blender: Blender, archive: Path, place: Place) -> None:
    """Let Blender check the archive, install it in its place and switch it on.

    :raises SettingUpError: Blender does not take it.
    """
    _command(blender, "validate", str(archive))
    _command(blender, "install-file", "--repo", REPOSITORY, "--enable", str(archive))
    if not Path(place.folder, ID, MANIFEST).is_file():  # some refusals leave Blender's exit status at 0
        raise SettingUpError(
            f"{blender.label} did not put the extension into {place.folder}: install {archive} from "
            "disk in its preferences, where it says why not."
        )


def unpack(files: Mapping[str, bytes], folder: Path) -> None:
    """Put the extension's files into a repository's folder, whole or not at all.

    :raises SettingUpError: what has its name there is not ours, or is in use.
    """
    target = folder / ID
    _refuse_stranger(target)
    draft = folder / f".{ID}.new"
    shutil.rmtree(draft, ignore_errors=True)
    try:
        for name, content in files.items():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).write_bytes(content)
        gone = _move_aside(target)
        try:
            os.rename(draft, target)
        except OSError:
            if gone:
                os.rename(gone, target)
            raise
        _discard(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def uninstall(place: Place) -> str:
    """Take the extension out of a place, by its Blender where that still runs; say what was done.

    :raises SettingUpError: what has its name there is not ours, or is in use.
    """
    target = Path(place.folder, ID)
    if not os.path.lexists(target):
        return f"There is no extension in {place.folder}."
    _refuse_stranger(target)
    blender = _probe(place.blender) if place.blender else None
    if blender and blender.takes_extensions:
        with contextlib.suppress(SettingUpError):  # then its folder is all that there is to remove
            _command(blender, "remove", f"{REPOSITORY}.{ID}", resources=place.resources)
    _move_aside(target)
    _discard(target.parent)
    return f"Removed {target}"


def place_of(blender: Blender, checkout: Path) -> Place:
    """Where this Blender keeps the extension."""
    resources = os.environ.get(_RESOURCES, "")
    return Place(str(_repository(blender)), blender.path, str(checkout), resources)


def remembered(notes: Path) -> list[Place]:
    """The places that extensions were put into."""
    try:
        return [Place(**each) for each in json.loads(notes.read_text("utf-8"))["places"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError):  # damaged: --extensions-dir still finds one
        return []


def remember(notes: Path, place: Place) -> None:
    """Note a place, for a later uninstall that is told of none."""
    others = [each for each in remembered(notes) if each.folder != place.folder]
    _write_notes(notes, [*others, place])


def forget(notes: Path, place: Place) -> None:
    """Take a place out of the notes if nothing is left in it; remove the notes with the last one."""
    noted = remembered(notes)
    left = [each for each in noted if each.folder != place.folder or Path(each.folder, ID).exists()]
    if left:
        _write_notes(notes, left)
    elif noted:
        notes.unlink()
        with contextlib.suppress(OSError):  # other settings may lie there
            notes.parent.rmdir()


def _write_notes(notes: Path, places: Iterable[Place]) -> None:
    notes.parent.mkdir(parents=True, exist_ok=True)
    draft = notes.with_name(f"{notes.name}.{os.getpid()}")
    draft.write_text(json.dumps({"places": [asdict(each) for each in places]}, indent=2) + "\n", "utf-8")
    os.replace(draft, notes)


def _probe(path: str) -> Blender | None:
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(rb"^Blender (\d+)\.(\d+)", done.stdout, re.MULTILINE)
    return Blender(path, (int(found[1]), int(found[2]))) if found else None


def _command(blender: Blender, *arguments: str, resources: str = "") -> str:
    """What ``blender --command extension`` says."""
    command = [blender.path, "--command", "extension", *arguments]
    try:
        done = subprocess.run(
            command,
            env=dict(os.environ, **{_RESOURCES: resources} if resources else {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as fault:
        raise SettingUpError(f"{blender.label} does not run ({fault}): start it by hand first.") from fault
    said = (done.stdout + done.stderr).decode(errors="replace")
    if done.returncode:
        tail = "\n".join(said.splitlines()[-8:])
        raise SettingUpError(f"{blender.label}, asked for `extension {arguments[0]}`, says:\n{tail}")
    return said


def _repository(blender: Blender) -> Path:
    listed = _command(blender, "repo-list")
    found = re.search(rf'^{REPOSITORY}:\n(?:    .*\n)*?    directory: "(.*)"', listed, re.MULTILINE)
    if not found:
        raise SettingUpError(
            f"{blender.label} has no repository {REPOSITORY}: add `User Default` in its preferences, "
            "under Get Extensions > Repositories."
        )
    return Path(found[1])


def _refuse_stranger(target: Path) -> None:
    if not os.path.lexists(target):
        return
    manifest = target / MANIFEST
    ours = not target.is_symlink() and manifest.is_file()
    if not ours or not re.search(rf'^id = "{ID}"', manifest.read_text("utf-8", "replace"), re.MULTILINE):
        raise SettingUpError(f"{target} is not of install.py's making and is left alone: rename it.")


def _move_aside(target: Path) -> Path | None:
    """Where the extension is until it is discarded, so that nobody ever sees half of one; if there is one."""
    if not target.exists():
        return None
    gone = target.with_name(f".{ID}.gone-{os.getpid()}")
    try:
        os.rename(target, gone)
    except PermissionError as fault:
        raise SettingUpError(
            f"{target} stays as it is ({fault.strerror}): quit every Blender that uses it (Windows holds "
            "what is in use), see that you may write there, and run this again."
        ) from fault
    return gone


def _discard(folder: Path) -> None:
    """Remove what is no longer of use; where files of it are in use, the next install does."""
    for left in folder.glob(f".{ID}.gone-*"):
        shutil.rmtree(left, ignore_errors=True)
