"""Requests to the fake Nuke's evaluator, made by hand as its graph would make them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hosts.nuke.fake_nuke.pixels.client import Ops, Pixels

PLATE = ("R", "G", "B", "A")


def op(id_: int, class_: str, *inputs: int | None, view: str = "main", **knobs: Any) -> dict[str, Any]:
    """One operator. A knob whose name is a keyword of Python is written with a ``_`` behind it."""
    return {
        "id": id_,
        "class": class_,
        "knobs": {name.rstrip("_"): value for name, value in knobs.items()},
        "inputs": list(inputs),
        "view": view,
    }


def read(id_: int, path: Path | str, **knobs: Any) -> dict[str, Any]:
    """A Read of data, as masks and raw plates are read."""
    return op(id_, "Read", file=str(path), **{"raw": True, **knobs})


def planes(
    pixels: Pixels, ops: Ops, channels: list[str], folder: Path, window: str = "format"
) -> dict[str, NDArray[np.float32]]:
    """The ``channels`` of the last of ``ops``, ``(H, W)``, top row first; ``folder`` takes a file for it."""
    path = folder / "dumped.npz"
    pixels.dump(ops, channels, str(path), window)
    with np.load(path) as stored:
        return {name: stored[name] for name in channels}
