"""Blender's own command line for extensions, where only its Python module is to be had.

``blender --command extension`` runs Python that comes with the module ``bpy`` too. The program made here runs
just that, and says its version as Blender does, so that ``install.py blender`` meets the real rules for
manifests, wheels and folders without a Blender.
"""

from __future__ import annotations

import sys
from pathlib import Path

_PROGRAM = """\
import sys
import bpy, addon_utils
if sys.argv[1:] == ["--version"]:
    print("Blender", bpy.app.version_string)
    sys.exit(0)
assert sys.argv[1:3] == ["--command", "extension"], sys.argv
addon_utils.enable("bl_pkg")
from bl_pkg import bl_extension_cli
sys.exit(bl_extension_cli.cli_extension_handler(sys.argv[3:]))
"""


def write_blender(folder: Path, python: Path | str = sys.executable) -> Path:
    """Write a program ``blender`` that works as that of the ``bpy`` of this Python."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "blender_command.py").write_text(_PROGRAM)
    program = folder / "blender"
    program.write_text(f'#!/bin/sh\nexec "{python}" "{folder / "blender_command.py"}" "$@"\n')
    program.chmod(0o755)
    return program
