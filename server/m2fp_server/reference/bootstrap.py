"""The first file that runs in the reference environment: it borrows a few packages, then starts the runner.

    python -I bootstrap.py BORROWED MODEL_FOLDER THREADS

``BORROWED`` is a JSON object: top-level names of packages, each with the folder to import it from. torch
comes from our own environment so: it need not be on the disk twice, and it is the very same that our network
runs on. With that folder on the path everything else in it would come along, in other versions.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


class Borrowed(importlib.metadata.DistributionFinder):
    """Finds the packages named, and nothing else, in folders that are not on the path."""

    def __init__(self, folders: Mapping[str, str]) -> None:
        self._folders = folders

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A package's own modules are found by its path, as ever: only whole packages are asked for here."""
        folder = self._folders.get(name)
        return PathFinder.find_spec(name, [folder], target) if folder else None

    def find_distributions(
        self, context: importlib.metadata.DistributionFinder.Context | None = None
    ) -> Iterable[importlib.metadata.Distribution]:
        """The version of a borrowed package, for those who ask."""
        name = context.name if context else None
        folder = self._folders.get(name) if name else None
        return importlib.metadata.distributions(name=name, path=[folder]) if folder else ()


if __name__ == "__main__":
    sys.meta_path.append(Borrowed(json.loads(sys.argv[1])))
    from m2fp_server.reference.module_runner import main

    main(sys.argv[2], int(sys.argv[3]))
