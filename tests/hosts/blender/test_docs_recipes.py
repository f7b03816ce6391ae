"""What docs/blender.md says to do, done."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from m2fp_host import Client
from support.command import m2fp

from .shot import Shot

DOCS = Path(__file__).parents[3] / "docs" / "blender.md"

FOUR = ("scene.compositing_node_group  # 4.x: scene.node_tree", "scene.node_tree")
"""A name of Blender 5 in the documentation's Python with its remark, and Blender 4's."""

pytestmark = pytest.mark.timeout(300)


def test_masks_made_without_blender_are_up_to_date(shot: Shot) -> None:
    found = re.search(r"^m2fp (parse .*)$", DOCS.read_text("utf-8"), re.MULTILINE)
    assert found
    line = shlex.split(found[1].replace("1-100", "1-3"))
    shot.mask(1).parent.mkdir()
    done = m2fp(*line, "--endpoint", shot.endpoint, cwd=shot.folder)
    assert done.returncode == 0, done
    assert shot.make("parse_range")["said"][0]["status"] == "frames 1-3 up to date"


def test_the_lines_of_python_work(shot: Shot) -> None:
    found = re.search(r"^```python\n(.*?)^```", DOCS.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    assert FOUR[0] in found[1]
    code = found[1]
    for documented, here in (
        ("/shots/sh010/plate.1001.exr", str(shot.plate(1))),
        ("/shots/sh010/", f"{shot.folder}/"),
        ("= 1001, 1100", "= 1, 3"),
        ("frame_set(1001)", "frame_set(1)"),
        ("bpy.ops.m2fp.update", f"settings.endpoint = {shot.endpoint!r}; bpy.ops.m2fp.update"),
    ):
        assert documented in code
        code = code.replace(documented, here)
    run = shot.run("from_docs.py", code=code, code_of_4=code.replace(*FOUR))
    assert run.found["status"].startswith("frames 2-3 parsed; frame 1 up to date")


def test_a_second_part_of_one_group_stays(shot: Shot, client: Client) -> None:
    run = shot.run("second_output.py", image=str(shot.plate(1)), endpoint=shot.endpoint)
    assert run.found["faults"] == ["", ""]
    np.testing.assert_array_equal(shot.alpha(1), shot.expected(client, 1, "face"))
