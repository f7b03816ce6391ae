"""pyzmq for the Pythons of hosts: which wheel each takes, how it is fetched, and how it is unpacked.

A host has no package installer, and its Python is seldom this one; so pip is asked for the wheel of another
Python and platform, and the wheel is unpacked where the plug-in finds it.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import platform as machine
import shutil
import sys
import sysconfig
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Callable

from . import SettingUpError

PLATFORMS = ("linux_x86_64", "linux_aarch64", "win_amd64", "win_arm64", "macosx_universal2")

# The newest pyzmq whose wheel runs where a host with that Python does: glibc 2.17 up to 3.11, 2.28 from 3.12.
# 3.7 ends with 26.2.1; 26.4.0 is the last with glibc 2.17 for 3.10 and 3.11. One column a platform.
_VERSIONS = {
    "3.7": ("26.2.1", "26.2.1", "26.2.1", "", "26.2.1"),
    "3.9": ("27.3.0", "26.4.0", "27.3.0", "27.3.0", "27.3.0"),
    "3.10": ("26.4.0", "26.4.0", "27.3.0", "27.3.0", "27.3.0"),
    "3.11": ("26.4.0", "26.4.0", "27.3.0", "27.3.0", "27.3.0"),
    "3.12": ("27.3.0", "27.3.0", "27.3.0", "27.3.0", "27.3.0"),
    "3.13": ("27.3.0", "27.3.0", "27.3.0", "27.3.0", "27.3.0"),
    "3.14": ("27.3.0", "27.3.0", "27.3.0", "27.3.0", "27.3.0"),
}
PYTHONS = tuple(_VERSIONS)
STABLE = (3, 12)
"""From this Python on pyzmq has one wheel for all, of the stable ABI (``cp312-abi3``)."""

_LARGEST = 64 * 1024 * 1024
"""Bytes of a wheel's contents; pyzmq has 4 million."""

Pip = Callable[..., None]
"""``pip(what, *arguments)`` runs pip, tells the user ``what`` it does, and raises where pip fails."""


@dataclass(frozen=True)
class Wheel:
    """pyzmq of ``version`` for one Python (``3.7``) on one of :data:`PLATFORMS`.

    ``tags``: pip's names of the platform. ``folder``: ``<abi>-<platform>``, under which a plug-in looks for
    it at run time; Pythons of the stable ABI share one.
    """

    python: str
    platform: str
    version: str
    tags: tuple[str, ...]
    folder: str


def wheel_for(python: str, platform: str) -> Wheel:
    """The wheel that a host with this Python takes on this platform.

    :raises SettingUpError: the Python or platform is none that is known, or pyzmq has no wheel for the two.
    """
    if python not in PYTHONS:
        raise SettingUpError(f"{python} is no Python of a host: --python takes {', '.join(PYTHONS)}.")
    if platform not in PLATFORMS:
        raise SettingUpError(f"{platform} is no platform of a host: --platform takes {', '.join(PLATFORMS)}.")
    version = _VERSIONS[python][PLATFORMS.index(platform)]
    if not version:
        raise SettingUpError(f"pyzmq has no wheel for Python {python} on {platform}: leave one of them out.")
    major, minor = python.split(".")
    stable = (int(major), int(minor)) >= STABLE
    tag = "cp312_abi3" if stable else f"cp{major}{minor}"
    system, _, processor = platform.partition("_")
    if system == "linux":
        glibcs = ("_2_28",) if stable else ("2014", "_2_17", "2010", "_2_12")
        tags = tuple(f"manylinux{glibc}_{processor}" for glibc in glibcs)
    elif platform == "macosx_universal2" and python == "3.7":  # which there is for Intel alone
        return Wheel(python, platform, version, ("macosx_10_9_x86_64",), f"{tag}-macosx_x86_64")
    elif platform == "macosx_universal2":
        tags = ("macosx_10_15_universal2",)
    else:
        tags = (platform,)
    return Wheel(python, platform, version, tags, f"{tag}-{platform}")


def this_platform() -> str:
    """This machine as :data:`PLATFORMS` names it; a name that is not among them where pyzmq has no wheels."""
    if sys.platform == "darwin":
        return "macosx_universal2"
    if sys.platform == "win32":
        return sysconfig.get_platform().replace("-", "_")
    return f"{sys.platform}_{machine.machine()}"


def download(wheel: Wheel, folder: Path, pip: Pip, wheelhouse: Path | None = None) -> None:
    """Let pip put the wheel's file into ``folder``, from its index, or from ``wheelhouse`` alone."""
    source = ["--no-index", "--find-links", str(wheelhouse)] if wheelhouse else []
    for tag in wheel.tags:
        source += ["--platform", tag]
    pip(
        f"Fetching pyzmq for Python {wheel.python} on {wheel.platform}",
        "download",
        *source,
        *("--only-binary", ":all:", "--implementation", "cp", "--python-version", wheel.python),
        *("--no-deps", "--dest", str(folder), f"pyzmq=={wheel.version}"),
    )


def unpack(file: Path, folder: Path) -> None:
    """Unpack a wheel, its licences too, into ``folder``, which comes to be whole or not at all.

    :raises SettingUpError: it is no wheel, is damaged, or names files outside of ``folder``.
    """
    draft = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        with zipfile.ZipFile(file) as archive:
            _refuse_traps(file, archive)
            archive.extractall(draft)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as fault:
        raise _damaged(file, str(fault)) from fault
    if not intact(draft):
        raise _damaged(file, "its files differ from its own list of them")
    os.rename(draft, folder)


def intact(folder: Path, version: str = "") -> bool:
    """Whether ``folder`` holds a pyzmq (of ``version``, where given) all of whose files are as it came."""
    lists = list(folder.glob(f"pyzmq-{version or '*'}.dist-info/RECORD"))
    if len(lists) != 1 or not (folder / "zmq" / "__init__.py").is_file():
        return False
    with lists[0].open(newline="", encoding="utf-8") as lines:
        return all(_as_listed(folder, row) for row in csv.reader(lines))


def _as_listed(folder: Path, row: list[str]) -> bool:
    name, digest = (*row, "", "")[:2]
    if not digest and name.endswith(".dist-info/RECORD"):  # the list itself
        return True
    path = folder / name
    if not path.is_file():
        return False
    found = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode().rstrip("=")
    return digest == f"sha256={found}"


def _refuse_traps(file: Path, archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > _LARGEST:
        raise _damaged(file, f"it would unpack to more than {_LARGEST >> 20} MB")
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.orig_filename or ":" in entry.filename:
            raise _damaged(file, f"it names a file outside of its folder, {entry.filename!r}")


def _damaged(file: Path, why: str) -> SettingUpError:
    return SettingUpError(f"{file.name} can't be used, {why}: remove it and fetch it again.")
