"""A zip archive of which the same files make the same bytes, on every machine.

Everything is stored as it is, for what zlib makes of it differs from one release to the next.
"""

from __future__ import annotations

import io
import zipfile
from typing import Mapping

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip archive can hold."""

_FILE_OF_UNIX = 3
_MODE = 0o100644


def pack(files: Mapping[str, bytes]) -> bytes:
    """The archive of ``files``, by their paths in it with forward slashes, in the order of their names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.create_system = _FILE_OF_UNIX
            entry.external_attr = _MODE << 16
            archive.writestr(entry, files[name])
    return content.getvalue()
