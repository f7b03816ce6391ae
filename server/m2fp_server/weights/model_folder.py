"""A model's folder as ModelScope lays it out: ``configuration.json`` and ``pytorch_model.pt``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from m2fp_host.errors import WeightsMissing

from .regular_file import open_regular

CONFIGURATION = "configuration.json"
CHECKPOINT = "pytorch_model.pt"

LONGEST_CONFIGURATION = 1 << 20
"""Bytes; the published ones have some 2,000."""

KIND = "m2fp"


@dataclass(frozen=True)
class ModelFolder:
    """``classes``: the configuration's names of the classes, untrusted; ``None`` if it has none."""

    checkpoint: Path
    classes: object


def open_folder(folder: Path) -> ModelFolder:
    """Look into a model's folder.

    :raises WeightsMissing: a file is missing or lies elsewhere, or the configuration is not M2FP's.
    """
    configuration, checkpoint = _member(folder, CONFIGURATION), _member(folder, CHECKPOINT)
    try:
        with open_regular(configuration, LONGEST_CONFIGURATION) as file:
            fields = json.load(file)
    except OSError as fault:
        raise WeightsMissing(f"can't read {configuration} ({fault.strerror})", "check its rights") from None
    except (ValueError, RecursionError) as fault:
        why = "it is not JSON" if isinstance(fault, (json.JSONDecodeError, RecursionError)) else str(fault)
        raise WeightsMissing(f"can't use {configuration}: {why}", "download the folder again") from None
    model = fields.get("model") if isinstance(fields, dict) else None
    if not isinstance(model, dict) or model.get("type") != KIND:
        raise WeightsMissing(
            f"{configuration} is not of an M2FP model: its model's type is not {KIND!r}",
            "give the folder of one of the two models that m2fp weights fetch knows",
        )
    return ModelFolder(checkpoint, model.get("classes"))


def _member(folder: Path, name: str) -> Path:
    """A file of the folder itself, and not one that a link in it leads to elsewhere."""
    path = folder / name
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: links in a circle
        raise WeightsMissing(
            f"{folder} is no model's folder: {name} is missing",
            f"give a folder with {CONFIGURATION} and {CHECKPOINT}, or a file",
        ) from None
    if not real.is_relative_to(folder.resolve()):
        raise WeightsMissing(f"{path} leads to {real}, outside its folder", "copy the file into the folder")
    return path
