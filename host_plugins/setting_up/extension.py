"""Blender's extension as files: the plug-in, a manifest of what it is built for, and its wheels.

    blender_manifest.toml   the plug-in's own, with ``platforms`` and ``wheels``
    *.py                    the plug-in
    wheels/                 m2fp_host, and pyzmq for Blender's Pythons on these platforms

Blender unpacks the wheels that fit it when the extension is switched on, into a folder of its own.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Iterable, Mapping, Sequence

from . import SettingUpError, archive, host_wheel, wheels
from .wheels import Pip, Wheel

ID = "m2fp_bridge"
MANIFEST = "blender_manifest.toml"

PYTHONS = ("3.11", "3.13")
"""Of Blender 4.2 to 5.0, and of 5.1 and newer."""

_BLENDERS_NAMES = {
    "linux_x86_64": ("linux-x64",),
    "linux_aarch64": ("linux-arm64",),
    "win_amd64": ("windows-x64",),
    "win_arm64": ("windows-arm64",),
    "macosx_universal2": ("macos-arm64", "macos-x64"),
}

PLATFORMS = tuple(_BLENDERS_NAMES)

_STABLE_ABI = ("cp312-abi3", "cp312.cp313.cp314-none")


def platforms(named: Sequence[str]) -> list[str]:
    """The platforms meant: this machine's where none is named; ``all`` stands for every one.

    :raises SettingUpError: a name is none of :data:`PLATFORMS`.
    """
    meant = [each for name in named for each in (PLATFORMS if name == "all" else (name,))]
    found = list(dict.fromkeys(meant or [wheels.this_platform()]))
    for platform in found:
        if platform not in PLATFORMS:
            raise SettingUpError(
                f"{platform} is no platform of Blender: --platform takes {', '.join(PLATFORMS)}, all."
            )
    return found


def this_platform() -> str:
    """This machine, as ``--platform`` names it."""
    return wheels.this_platform()


def wanted(named: Iterable[str]) -> list[Wheel]:
    """The wheels of pyzmq for these platforms."""
    return [wheels.wheel_for(python, platform) for platform in named for python in PYTHONS]


def fetch(asked: Iterable[Wheel], kept: Path, pip: Pip, wheelhouse: Path | None) -> dict[Wheel, Path]:
    """The file of each wheel, found whole in ``kept`` or put there by pip."""
    found = {}
    for wheel in asked:
        folder = kept / f"{wheel.folder}-{wheel.version}"
        files = list(folder.glob("*.whl"))
        if len(files) != 1 or not _whole(files[0]):
            for file in files:
                file.unlink()
            wheels.download(wheel, folder, pip, wheelhouse)
            files = list(folder.glob("*.whl"))
        found[wheel] = files[0]
    return found


def build(
    checkout: Path, version: str, named: Sequence[str], fetched: Mapping[Wheel, Path]
) -> dict[str, bytes]:
    """The extension's files for these platforms, by their paths; the same sources make the same bytes."""
    files = host_wheel.source_files(checkout / "host_plugins" / "blender")
    bundled = dict([host_wheel.build(checkout, version)])
    for wheel in wanted(named):
        bundled[_name_for_blender(fetched[wheel].name)] = fetched[wheel].read_bytes()
    paths = [f"./wheels/{name}" for name in sorted(bundled)]
    blenders = [name for platform in named for name in _BLENDERS_NAMES[platform]]
    files.update((f"wheels/{name}", content) for name, content in bundled.items())
    files[MANIFEST] = _manifest(files[MANIFEST], blenders, paths)
    return files


def file_name(version: str, platform: str) -> str:
    """The archive's name, as ``blender --command extension build --split-platforms`` gives it.

    macOS has one archive for both processors, because its wheels are for both.
    """
    blenders = _BLENDERS_NAMES[platform]
    name = blenders[0] if len(blenders) == 1 else "macos-universal"
    return f"{ID}-{version}-{name.replace('-', '_')}.zip"


def pack(files: Mapping[str, bytes]) -> bytes:
    """The archive that Blender installs."""
    return archive.pack(files)


def _name_for_blender(name: str) -> str:
    """The name that a wheel of pyzmq has in the extension; its bytes stay those of the package index.

    Blender reads nothing but the name. Of a stable ABI it takes the wheel to be for "Python 3", which another
    wheel for 3.11 then narrows to 3.11 alone: Blenders of Python 3.13 would refuse the extension.
    """
    return name.replace(*_STABLE_ABI)


def _manifest(content: bytes, blenders: Iterable[str], paths: Iterable[str]) -> bytes:
    """The manifest with both lists above its first table."""
    lists = _array("platforms", blenders) + _array("wheels", paths)
    text = content.decode("utf-8").replace("\r\n", "\n")
    return re.sub(r"^\[|\Z", lambda table: f"{lists}\n{table[0]}", text, count=1, flags=re.M).encode("utf-8")


def _array(key: str, values: Iterable[str]) -> str:
    return f"{key} = [\n" + "".join(f'  "{value}",\n' for value in values) + "]\n"


def _whole(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as wheel:
            return wheel.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False
