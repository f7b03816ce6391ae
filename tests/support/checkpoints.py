"""Checkpoints of M2FP's exact names, shapes and files, with random values."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from m2fp_server.network.entries import expected_entries
from m2fp_server.reference.layout import ONE, SEVERAL, class_names, configuration, write_model_folder
from m2fp_server.weights import Installed, Store
from m2fp_server.weights.description import Description
from m2fp_server.weights.published import MULTIPLE, Published

__all__ = [
    "ONE",
    "SEVERAL",
    "class_names",
    "configuration",
    "install",
    "random_entries",
    "write_modelscope_folder",
]


@functools.lru_cache
def random_entries(classes: int = SEVERAL) -> Mapping[str, Tensor]:
    """928 random values, the same in each session. Make a ``dict`` of it to change some."""
    generator = torch.Generator().manual_seed(classes)
    entries: dict[str, Tensor] = {}
    for name, shape in expected_entries(classes).items():
        if name.endswith("num_batches_tracked"):
            entries[name] = torch.tensor(1000)
        else:
            value = torch.empty(shape).normal_(0, 0.02, generator=generator)
            entries[name] = value.abs_().add_(0.5) if name.endswith("running_var") else value
    return entries


def write_modelscope_folder(
    folder: Path, classes: int = SEVERAL, entries: Mapping[str, Tensor] | None = None
) -> Path:
    """A model's folder as ModelScope lays it out, of 253 MB; random if no ``entries`` are given."""
    return write_model_folder(folder, random_entries(classes) if entries is None else entries, classes)


def install(
    store: Store, entries: Mapping[str, Tensor], model: Published = MULTIPLE, **more: str
) -> Installed:
    """Put ``entries``, sound or not, into a store."""
    fields = {"source": "test", "revision": "v1", "licence": "CC0", "original_sha256": "0" * 64, **more}
    with store.changing(print) as work:
        return store.install(entries, Description(model.model, model.labels, **fields), work)
