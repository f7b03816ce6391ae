"""Writes to render, in a Nuke of this process and in scripts for one of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .fake_nuke import api as nuke

SCRIPT = """
Root {{
 first_frame 1
 last_frame 2
}}
Constant {{
 inputs 0
 color 0.5
 name Grey
}}
set N0 [stack 0]
Write {{
 file {folder}/a.####.exr
 file_type exr
 name A
 render_order 1
}}
push $N0
Write {{
 file {folder}/b.####.exr
 file_type exr
 render_order 2
 name B
}}
push $N0
Write {{
 file {folder}/off.####.exr
 file_type exr
 disable true
 name Off
}}
push $N0
Group {{
 name Inside
}}
 Input {{
  inputs 0
  name Input1
 }}
 Write {{
  file {folder}/inner.####.exr
  file_type exr
  name Inner
 }}
end_group
"""
"""Two Writes that are active, one that is off, one in a group; ``folder`` is theirs."""

REPORT_ORDER = """
import nuke
nuke.addBeforeFrameRender(lambda: nuke.tprint('%s %d' % (nuke.thisNode().name(), nuke.frame())))
"""
"""An ``init.py`` that prints each frame that is rendered."""


def make_write(folder: Path, name: str = "Write1") -> Any:
    """A Write of a grey picture to ``folder``/NAME.####.exr."""
    grey = nuke.nodes.Constant(color=0.5)
    node = nuke.nodes.Write(inputs=[grey], name=name)
    node["file"].setValue(f"{folder.as_posix()}/{name}.####.exr")
    node["file_type"].setValue("exr")
    return node


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
