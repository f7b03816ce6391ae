"""Weights from files at hand: a model's folder, a checkpoint alone, or a file that another store holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from m2fp_host.errors import BadRequest, WeightsMissing

from .checkpoint import check_hash, hashed, read_checkpoint, whose
from .description import LONGEST_TEXT, Description
from .installed import Installed, from_metadata
from .labels import labels_of
from .model_folder import CONFIGURATION, open_folder
from .store import Store

if TYPE_CHECKING:
    from torch import Tensor

Say = Callable[[str], None]

SAFETENSORS = ".safetensors"


def import_weights(store: Store, path: Path, sha256: str = "", say: Say = lambda sentence: None) -> Installed:
    """Install what is at ``path``: a folder in ModelScope's layout, ``pytorch_model.pt``, or our own file.

    ``sha256``, unless empty, is what the file (in a folder: its checkpoint) must have. ``say`` is told what
    there is to know meanwhile.

    :raises BadRequest: there is nothing at ``path``, or ``sha256`` is none.
    :raises WeightsMissing: it can't be used.
    :raises Internal, Busy, Timeout: the store can't be written, is held by another; reading takes too long.
    """
    check_sha256(sha256)
    if not path.exists():
        raise BadRequest(f"there is no file or folder {path}", "check the path")
    with store.changing(say) as work:
        if path.is_dir():
            entries, description = from_folder(path, work, sha256, say)
        elif path.suffix == SAFETENSORS:
            entries, description = _from_own_file(path, sha256)
        else:
            original = hashed(path, sha256)
            entries = read_checkpoint(path, work)
            model = whose(entries, str(path))
            source = _source(path)
            description = Description(model.model, model.labels, source, "", model.licence, original)
        return store.install(entries, description, work)


def from_folder(
    folder: Path, work: Path, sha256: str, say: Say, source: str = "", revision: str = ""
) -> tuple[dict[str, Tensor], Description]:
    """The sound entries in a model's folder, and what to tell of them; raises as :func:`import_weights`."""
    found = open_folder(folder)
    original = hashed(found.checkpoint, sha256)
    entries = read_checkpoint(found.checkpoint, work)
    model = whose(entries, str(found.checkpoint))
    labels = model.labels
    if found.classes is not None:
        try:
            labels, warnings = labels_of(found.classes, model.classes, model)
        except ValueError as fault:
            raise WeightsMissing(
                f"can't use {folder / CONFIGURATION}: {fault}",
                "correct its model.classes, or import the .pt alone",
            ) from None
        for warning in warnings:
            say(warning)
    source = source or _source(folder)
    return entries, Description(model.model, labels, source, revision, model.licence, original)


def check_sha256(text: str) -> None:
    """:raises BadRequest: neither empty nor 64 hexadecimal digits."""
    if not re.fullmatch("([0-9a-fA-F]{64})?", text):
        raise BadRequest(f"{text[:80]!r} is no sha256", "give its 64 hexadecimal digits")


def _from_own_file(path: Path, sha256: str) -> tuple[dict[str, Tensor], Description]:
    from .tensor_file import read

    try:
        file = read(path)
        check_hash(path, file.sha256, sha256)
        description = from_metadata(file.metadata)
    except OSError as fault:
        raise WeightsMissing(f"can't read {path} ({fault.strerror})", "check its rights") from None
    except ValueError as fault:
        raise WeightsMissing(
            f"can't use {path}: {fault}", "give a file of another M2FP Bridge's store, or pytorch_model.pt"
        ) from None
    model = whose(file.entries, str(path))
    if model.model != description.model:
        raise WeightsMissing(
            f"{path} says it is {description.model} and has the classes of {model.model}",
            "import the original",
        )
    return file.entries, description


def _source(path: Path) -> str:
    name = path.absolute().name
    return f"file:{name}" if name.isprintable() and len(name) < LONGEST_TEXT - 5 else "file"
