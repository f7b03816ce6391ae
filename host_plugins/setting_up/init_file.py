"""The one line of ours in the user's own ``init.py``, which Nuke reads in every mode.

All else in that file is the user's: its bytes, line ends, encoding and mode stay, and a symbolic link stays
a link.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from . import SettingUpError

_MARK = b"# M2FP Bridge: install.py nuke wrote this line"
LINE = b"import nuke; nuke.pluginAddPath('./m2fp')  " + _MARK
_BY_HAND = re.compile(rb"""^[^#\n]*\bnuke\.pluginAddPath\(\s*["'](\./)?m2fp/?["']""", re.MULTILINE)


@dataclass(frozen=True)
class Traces:
    """What our line brought about besides itself, for :meth:`InitFile.remove` to undo."""

    made_file: bool = False
    ended_last_line: bool = False


class InitFile:
    """The file at ``path`` as it is now; absent counts as empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._target = Path(os.path.realpath(path))
        self._exists = self._target.exists()
        self._content = self._target.read_bytes() if self._exists else b""

    @property
    def has_ours(self) -> bool:
        """Whether our line is there, neither changed nor commented out."""
        return any(map(_is_ours, self._content.splitlines()))

    def traces(self) -> Traces:
        """What :meth:`add` will bring about."""
        unended = bool(self._content) and not self._content.endswith((b"\n", b"\r"))
        return Traces(made_file=not self._exists, ended_last_line=unended)

    def check(self) -> None:
        """Make sure that the line is there already or may be added.

        :raises SettingUpError: the file is read-only, so the user does not want it changed; or it is no text
            that a line can be added to.
        """
        if b"\0" in self._content:
            raise SettingUpError(
                f"{self._path} is no UTF-8 text and is left alone: save it as UTF-8 and run this again."
            )
        if os.path.islink(self._path) and not self._target.parent.is_dir():
            raise SettingUpError(
                f"{self._path} is a link to {self._target}, whose folder is not there: mend the link."
            )
        if not self._loads_plugin and not self._writable:
            line = LINE.partition(b"  ")[0].decode()
            raise SettingUpError(
                f"{self._path} is read-only and is left alone: make it writable, or add this line to it and "
                f"run this again: {line}"
            )

    def add(self) -> None:
        """Append our line, unless the plug-in's folder is already added."""
        if self._loads_plugin:
            return
        end = self._line_end()
        before = end if self.traces().ended_last_line else b""
        self._write(self._content + before + LINE + end)

    def remove(self, traces: Traces) -> None:
        """Take our line away, and what it brought about where nothing was written after it.

        :raises SettingUpError: the file is read-only.
        """
        if not self.has_ours:
            return
        if not self._writable:
            raise SettingUpError(
                f"{self._path} is read-only and is left alone: make it writable and run this again."
            )
        lines = self._content.splitlines(keepends=True)
        ours_is_last = _is_ours(lines[-1].rstrip(b"\r\n"))
        content = b"".join(map(_without_ours, lines))
        if traces.ended_last_line and ours_is_last:
            content = content[:-2] if content.endswith(b"\r\n") else content[:-1]
        if traces.made_file and not content.strip():
            self._target.unlink()
        else:
            self._write(content)

    @property
    def _loads_plugin(self) -> bool:
        return self.has_ours or bool(_BY_HAND.search(self._content))

    @property
    def _writable(self) -> bool:
        # By the mode too: root may write what its owner has locked.
        if not self._exists:
            return True
        return bool(self._target.stat().st_mode & stat.S_IWUSR) and os.access(self._target, os.W_OK)

    def _line_end(self) -> bytes:
        for end in (b"\r\n", b"\n", b"\r"):
            if end in self._content:
                return end
        return b"\n"

    def _write(self, content: bytes) -> None:
        draft = self._target.with_name(f"{self._target.name}.m2fp")
        try:
            draft.write_bytes(content)
            if self._exists:
                shutil.copymode(self._target, draft)
                _keep_owner(self._target, draft)
            os.replace(draft, self._target)
        except OSError:
            draft.unlink(missing_ok=True)
            raise


def _keep_owner(target: Path, draft: Path) -> None:
    """An administrator may install for somebody else."""
    before = target.stat()
    if os.name != "nt" and (before.st_uid, before.st_gid) != (os.getuid(), os.getgid()):
        with contextlib.suppress(PermissionError):
            os.chown(draft, before.st_uid, before.st_gid)


def _without_ours(line: bytes) -> bytes:
    """Nothing of a line of ours; where the user has indented it, it may be all that a block has."""
    text = line.rstrip(b"\r\n")
    if not _is_ours(text):
        return line
    indent = text[: len(text) - len(text.lstrip())]
    return indent + b"pass" + line[len(text) :] if indent else b""


def _is_ours(line: bytes) -> bool:
    return line.endswith(_MARK) and not line.startswith(b"#")
