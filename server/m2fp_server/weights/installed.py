"""Weights that are installed: which they are, and their values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from m2fp_host.errors import WeightsMissing
from m2fp_host.installation import command

from .description import Description, description_of, sha256_of
from .published import PUBLISHED

if TYPE_CHECKING:
    from torch import Tensor

SHORT = 16
"""Characters of the sha256 that a file's name holds."""


@dataclass(frozen=True)
class Installed:
    """Weights in a store.

    ``model``: ``multiple`` (CIHP, 21 classes: 20 labels and a person as a whole) or ``single`` (LIP, 20).
    ``path``: the safetensors file of ``bytes`` bytes with this ``sha256``. ``labels``: our names of its
    classes in order, background first, without a person as a whole. ``source``: an id on the hub, or the name
    of what was imported. ``licence``: in short. ``original_sha256``: of the checkpoint it was made from.
    """

    model: str
    path: Path
    sha256: str
    labels: tuple[str, ...]
    source: str
    revision: str
    licence: str
    original_sha256: str
    bytes: int

    def load(self) -> dict[str, Tensor]:
        """All 928 entries, float32 (``num_batches_tracked`` int64), after checking the hash and each of them.

        The file is read once. The values are views of one buffer: copy what you keep longer than the rest.

        :raises WeightsMissing: the file is gone, can't be read, or is not the one that was installed.
        """
        from ..network.entries import misfits
        from .checkpoint import listed
        from .tensor_file import read

        try:
            file = read(self.path)
        except FileNotFoundError:
            raise self._unusable("is gone") from None
        except OSError as fault:
            raise self._unusable(f"can't be read ({fault.strerror})") from None
        except ValueError as fault:
            raise self._unusable(f"is damaged: {fault}") from None
        if file.sha256 != self.sha256:
            raise self._unusable(f"is damaged: its sha256 is {file.sha256}, not {self.sha256}")
        if faults := misfits(file.entries, PUBLISHED[self.model].classes):
            raise self._unusable(f"does not fit the network: {listed(faults)}")
        return file.entries

    def _unusable(self, why: str) -> WeightsMissing:
        return WeightsMissing(
            f"the weights {self.path.name} in {self.path.parent} {why}", how_to_get(self.model)
        )


def how_to_get(model: str) -> str:
    """What to do about weights that are not there."""
    m2fp = command()
    return f"run {m2fp} weights fetch {model}, or {m2fp} weights import FILE where there is no network"


def file_name(model: str, sha256: str) -> str:
    """How a store calls the file of a model."""
    return f"{model}-{sha256[:SHORT]}.safetensors"


def metadata_of(description: Description) -> dict[str, str]:
    """``description`` as the metadata of a safetensors file, from which it can be imported elsewhere."""
    return {**vars(description), "labels": json.dumps(description.labels)}


def from_metadata(metadata: Mapping[str, str]) -> Description:
    """The description in the untrusted metadata of a safetensors file.

    :raises ValueError: there is none.
    """
    try:
        labels = json.loads(metadata.get("labels", ""))
    except (ValueError, RecursionError):
        raise ValueError("its metadata name no labels") from None
    return description_of({**metadata, "labels": labels})


def record_of(installed: Installed) -> str:
    """``installed`` as the JSON that a store keeps beside its file."""
    fields = {**vars(installed), "file": installed.path.name}
    del fields["path"]
    return json.dumps(fields, indent=2) + "\n"


def from_record(text: bytes, folder: Path, model: str) -> Installed:
    """What the untrusted record of ``model`` in ``folder`` says is installed.

    :raises ValueError: it is no such record.
    """
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(fields, dict):
        raise ValueError("it is no object")
    description = description_of(fields)
    if description.model != model:
        raise ValueError(f"it is of the model {description.model}")
    sha256, size = sha256_of(fields, "sha256"), fields.get("bytes")
    if fields.get("file") != file_name(model, sha256):
        raise ValueError("its file is not named after its model and sha256")
    if type(size) is not int or size < 1:
        raise ValueError("its bytes are no number")
    return Installed(**vars(description), path=folder / file_name(model, sha256), sha256=sha256, bytes=size)
