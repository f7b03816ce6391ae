"""The fake Nuke as a program, under any Python from 3.7: ``launcher.py [switches] [script] [arguments]``.

Environment:

- ``FAKE_NUKE_ARTIST``: a Python program, the artist at a Nuke with its GUI; it finds ``artist`` and ``nuke``.
- ``FAKE_NUKE_HARSH=1``: Reads are validated before the render callbacks, and without ``--sro`` Writes are
  rendered against their order.
- ``FAKE_NUKE_PYTHON``: the interpreter that evaluates pixels.
- ``FAKE_NUKE_TIMEOUT``: seconds after which it prints where each thread stands, and dies; default 120.
"""

from __future__ import annotations

import importlib
import os
import sys


def _main() -> int:
    here = os.path.dirname(os.path.abspath(__file__))
    # Modules of this folder belong to its package; their bare names are for plug-ins to use.
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder or ".") != here]
    sys.path.insert(0, os.path.dirname(here))
    program = importlib.import_module(f"{os.path.basename(here)}.program")
    del sys.path[0]
    return int(program.main(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(_main())
