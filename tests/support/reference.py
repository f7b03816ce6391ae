"""modelscope's own M2FP, for tests to compare with."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from torch import Tensor

from m2fp_server.reference.environment import make_environment
from m2fp_server.reference.module import ReferenceModule

from .checkpoints import write_modelscope_folder

FIRST_TIME = 1800.0
"""Seconds that a test may take in which the environment has to be made: 170 MB from the package index."""


@functools.cache
def reference_python() -> Path:
    """The reference environment's Python. What is made the first time is there for all later sessions."""
    return make_environment(print)


@contextmanager
def reference_module(entries: Mapping[str, Tensor], classes: int) -> Iterator[ReferenceModule]:
    """A running module with these weights."""
    with tempfile.TemporaryDirectory() as name:
        folder = write_modelscope_folder(Path(name), classes, entries)
        with ReferenceModule(reference_python(), folder, threads=2) as module:
            yield module
