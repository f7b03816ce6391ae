"""What Reads remember: a file as it was when it was first looked at."""

from __future__ import annotations

from .exr_file import PictureFile
from .faults import EvaluationError

_OPEN = 200  # files; systems allow a process some hundreds


class ReadCache:
    """Files by path and the Read's ``version``; the same key gives the same answer for ever.

    So bytes that change under one name are not seen until the version changes, and neither is a file that
    appears where there was none: what is known of Nuke leaves that open, and this is the harsher reading.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], PictureFile | Exception] = {}
        self._open: list[PictureFile] = []

    def file(self, path: str, version: str) -> PictureFile:
        """:raises FileNotFoundError: there was none. :raises EvaluationError: it could not be read."""
        key = path, version
        if key not in self._known:
            self._known[key] = self._opened(path)
        known = self._known[key]
        if isinstance(known, Exception):
            raise known.with_traceback(None)
        return known

    def _opened(self, path: str) -> PictureFile | Exception:
        try:
            file = PictureFile(path)
        except (OSError, EvaluationError) as fault:
            return fault
        self._open.append(file)
        if len(self._open) > _OPEN:
            self._open.pop(0).close()
        return file
