"""The folder where weights are installed, which machines may share: one file and one small record a model.

``<model>-<sha256>.safetensors`` is there first; ``<model>.json``, which names it, makes it the installed one.
Both appear by renaming, so that a reader sees the old weights or the new ones. Readers write nothing here.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import platformdirs

from m2fp_host.errors import Busy, Internal, WeightsMissing

from ..file_lock import HAS_LOCKS, try_lock
from .description import Description
from .installed import SHORT, Installed, file_name, from_record, how_to_get, metadata_of, record_of
from .published import PUBLISHED, published
from .regular_file import open_regular

if TYPE_CHECKING:
    from torch import Tensor

LONGEST_RECORD = 64 << 10
PATIENCE = 1800.0
"""Seconds to wait for another who changes the store: a download over a slow line."""

_LOCK = ".lock"
_WORK = ".importing-"


def default_folder() -> Path:
    """``M2FP_WEIGHTS``, else a folder of the user's (the one that ``install.py uninstall`` asks about).

    :raises WeightsMissing: the home folder that it lies in is unknown, as where a container has no ``HOME``.
    """
    named = os.environ.get("M2FP_WEIGHTS")
    try:
        if named:
            return Path(named).expanduser().absolute()
        return platformdirs.user_data_path("m2fp-bridge", appauthor=False) / "weights"
    except RuntimeError:
        where = f"in {named}, whose home" if named else "in your home, which"
        raise WeightsMissing(
            f"M2FP's weights would be {where} folder is unknown", "name a folder with M2FP_WEIGHTS"
        ) from None


class NotInstalled(WeightsMissing):
    """Nobody has installed these weights here: a choice, where anything else that is missing is a fault."""


class Store:
    """The weights in ``folder``, which need not exist."""

    def __init__(self, folder: Path | None = None) -> None:
        """``None``: :func:`default_folder`, which may raise WeightsMissing."""
        self.folder = default_folder() if folder is None else folder.absolute()

    def find(self, model: str) -> Installed:
        """The installed weights of ``model`` (``multiple`` or ``single``), without reading their values.

        :raises WeightsMissing: there are none, or what is there is damaged.
        :raises BadRequest: there is no such model.
        """
        published(model)
        found = self._recorded(model)
        try:
            size = found.path.stat().st_size
        except FileNotFoundError:
            newer = self._recorded(model)  # somebody may have replaced both since
            if newer == found:
                raise WeightsMissing(f"{found.path} is gone", how_to_get(model)) from None
            return newer
        except OSError as fault:
            raise WeightsMissing(f"can't read {found.path} ({fault.strerror})", how_to_get(model)) from None
        if size != found.bytes:
            raise WeightsMissing(
                f"{found.path} is damaged: it has {size} bytes, not {found.bytes}", how_to_get(model)
            )
        return found

    def recorded(self) -> list[str]:
        """The models that there is a record of, sound or not."""
        return [model for model in PUBLISHED if self._is_recorded(model)]

    def installed(self) -> list[Installed]:
        """All weights that :meth:`find` finds."""
        found = []
        for model in self.recorded():
            with contextlib.suppress(WeightsMissing):
                found.append(self.find(model))
        return found

    @contextmanager
    def changing(self, say: Callable[[str], None]) -> Iterator[Path]:
        """Keep others from changing the store meanwhile; a folder in it for what is on its way.

        The folder is gone afterwards. What somebody left who was killed is removed first. ``say`` is told
        when there is somebody to wait for.

        :raises Busy: somebody else still changes it after half an hour.
        :raises Internal: the store can't be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with open(self.folder / _LOCK, "ab") as lock:
                self._wait_for(lock, say)
                work = self._work_folder()
                try:
                    yield work
                finally:
                    shutil.rmtree(work, ignore_errors=True)
        except OSError as fault:
            raise Internal(
                f"can't write the weights' store {self.folder} ({fault.strerror or fault})",
                "check its rights, free 1 GB there, or name another with M2FP_WEIGHTS",
            ) from fault

    def install(self, entries: Mapping[str, Tensor], description: Description, work: Path) -> Installed:
        """Install ``entries``, which are known to be sound, within :meth:`changing`. Older weights go.

        :raises OSError: the disk does not take them; then nothing has changed.
        """
        from .tensor_file import write

        draft = work / "weights.safetensors"
        sha256 = write(draft, entries, metadata_of(description))
        path = self.folder / file_name(description.model, sha256)
        installed = Installed(**vars(description), path=path, sha256=sha256, bytes=draft.stat().st_size)
        record = work / "record.json"
        with open(record, "w", encoding="utf-8") as file:
            file.write(record_of(installed))
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        _to_disk(self.folder)
        os.replace(record, self._record(description.model))
        _to_disk(self.folder)
        self._clear(description.model, but=path.name)
        return installed

    def remove(self, model: str, say: Callable[[str], None]) -> None:
        """Remove the weights of ``model``, sound or not. Who has loaded them keeps them.

        :raises WeightsMissing: there are none.
        :raises BadRequest: there is no such model.
        :raises Busy, Internal: as :meth:`changing`.
        """
        published(model)
        if model not in self.recorded():
            raise WeightsMissing(f"no weights of {model} are in {self.folder}", "see m2fp weights list")
        with self.changing(say):
            self._record(model).unlink(missing_ok=True)
            _to_disk(self.folder)
            self._clear(model)

    def _is_recorded(self, model: str) -> bool:
        try:
            os.lstat(self._record(model))
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:  # a folder that we may not look into: whatever is there, finding it says so
            return True
        return True

    def _record(self, model: str) -> Path:
        return self.folder / f"{model}.json"

    def _recorded(self, model: str) -> Installed:
        record = self._record(model)
        try:
            with open_regular(record, LONGEST_RECORD) as file:
                return from_record(file.read(LONGEST_RECORD), self.folder, model)
        except FileNotFoundError:
            absent: type[WeightsMissing] = NotInstalled
            if os.environ.get("M2FP_WEIGHTS") and not self.folder.is_dir():
                absent = WeightsMissing  # it was meant to be there: a share that is not mounted
            raise absent(
                f"the weights of the M2FP model {model} are not in {self.folder}", how_to_get(model)
            ) from None
        except OSError as fault:
            raise WeightsMissing(f"can't read {record} ({fault.strerror})", "check its rights") from None
        except ValueError as fault:
            raise WeightsMissing(f"{record} is no record of weights: {fault}", how_to_get(model)) from None

    def _wait_for(self, lock: IO[bytes], say: Callable[[str], None]) -> None:
        if try_lock(lock):
            return
        say(f"waiting for another who changes {self.folder}")
        end = time.monotonic() + PATIENCE
        while not try_lock(lock):
            if time.monotonic() > end:
                raise Busy(
                    f"somebody still changes {self.folder} after {PATIENCE / 60:.0f} minutes", "try again"
                )
            time.sleep(0.2)

    def _work_folder(self) -> Path:
        if HAS_LOCKS:  # else it may be another's who is at work
            for left in self.folder.glob(f"{_WORK}*"):
                shutil.rmtree(left, ignore_errors=True)
        work = self.folder / f"{_WORK}{secrets.token_hex(8)}"
        work.mkdir(mode=0o700)
        return work

    def _clear(self, model: str, but: str = "") -> None:
        """Remove the model's files except one; what can't be removed now goes another time."""
        name = re.compile(rf"{model}-[0-9a-f]{{{SHORT}}}\.safetensors")
        for path in self.folder.iterdir():
            if name.fullmatch(path.name) and path.name != but:
                with contextlib.suppress(OSError):  # Windows keeps files that somebody reads
                    path.unlink()


def _to_disk(folder: Path) -> None:
    """Have the names in ``folder`` survive a power cut, where the system lets folders be opened."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
