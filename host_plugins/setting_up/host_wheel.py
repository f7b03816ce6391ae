"""``m2fp_host`` as a wheel, for hosts that install wheels: Blender's extensions."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Mapping

from . import archive

_METADATA = """\
Metadata-Version: 2.1
Name: m2fp-host
Version: {version}
Summary: M2FP Bridge for hosts: the protocol and a client
License: Apache-2.0
Requires-Python: >=3.7
Requires-Dist: pyzmq>=22.3
"""

_WHEEL = """\
Wheel-Version: 1.0
Generator: m2fp-bridge (install.py)
Root-Is-Purelib: true
Tag: py3-none-any
"""


def build(checkout: Path, version: str) -> tuple[str, bytes]:
    """The wheel's file name and bytes, the same for the same sources.

    A hash of the sources is part of the version: Blender unpacks no wheel whose version is there already.
    """
    modules = source_files(checkout / "host_plugins" / "m2fp_host")
    files = {f"m2fp_host/{name}": content for name, content in modules.items()}
    full_version = f"{version}+{_fingerprint(files)}"
    info = f"m2fp_host-{full_version}.dist-info"
    files[f"{info}/METADATA"] = _METADATA.format(version=full_version).encode()
    files[f"{info}/WHEEL"] = _WHEEL.encode()
    for name in ("LICENSE", "NOTICE"):
        files[f"{info}/licenses/{name}"] = (checkout / name).read_bytes()
    lines = [f"{name},{_digest(files[name])},{len(files[name])}\n" for name in sorted(files)]
    files[f"{info}/RECORD"] = "".join([*lines, f"{info}/RECORD,,\n"]).encode()
    return f"m2fp_host-{full_version}-py3-none-any.whl", archive.pack(files)


def source_files(folder: Path) -> dict[str, bytes]:
    """What of a folder is ours to give out, by path: no compiled Python, nothing hidden."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        hidden = any(part == "__pycache__" or part.startswith(".") for part in name.parts)
        if path.is_file() and not hidden:
            found[name.as_posix()] = path.read_bytes()
    return found


def _fingerprint(files: Mapping[str, bytes]) -> str:
    found = hashlib.sha256()
    for name in sorted(files):
        found.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return found.hexdigest()[:12]


def _digest(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
