"""``python path/to/pixels/__main__.py``: the evaluator as a program, wherever this folder lies.

The folder is loaded as the package ``pixels`` by its path, so that neither ``PYTHONPATH`` nor the fake's own
package (which is written for another Python) is needed.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent


def _main() -> None:
    spec = importlib.util.spec_from_file_location(
        "pixels", _FOLDER / "__init__.py", submodule_search_locations=[str(_FOLDER)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"there is no package at {_FOLDER}")
    package = importlib.util.module_from_spec(spec)
    sys.modules["pixels"] = package
    spec.loader.exec_module(package)
    importlib.import_module("pixels.evaluator").main()


if __name__ == "__main__":
    _main()
