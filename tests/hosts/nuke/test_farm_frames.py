"""Route B: which frames of which masks a plain ``nuke -x`` needs, and no others."""

from __future__ import annotations

import numpy as np
import pytest

from m2fp_host import Client

from .farm import Farm, refused

SWITCH = "set N [stack 0]\nConstant {{\n inputs 0\n}}\npush $N\nSwitch {{\n inputs 2\n which {which}\n}}"
"""Between a picture without people (1) and the node (0)."""


@pytest.mark.parametrize(
    ("arguments", "frames"),
    [
        (["-F", "2", "-x", "{script}"], [2]),
        (["-F", "5-6", "-F", "1-3x2", "-x", "{script}"], [1, 3, 5, 6]),
        (["-x", "{script}", "2,3"], [2, 3]),
        (["-V", "2", "-X", "Write1", "{script}", "--", "4"], [4]),
    ],
)
def test_only_the_frames_of_the_command_line(farm: Farm, arguments: list[str], frames: list[int]) -> None:
    farm.shot(6)
    farm.nuke(*(word.format(script=farm.script) for word in arguments)).check()
    assert farm.rendered() == frames
    assert sorted(farm.masks()) == frames


def test_a_writes_limit_is_its_range(farm: Farm) -> None:
    farm.shot(6, write="use_limit true\n first 5\n last 6")
    farm.script.write_text(farm.script.read_text().replace("last_frame 6", "last_frame 5"))
    farm.script.write_text(farm.script.read_text().replace(" name M2FP1", " last 6\n name M2FP1"))
    farm.render().check()
    assert farm.rendered() == [5, 6]
    assert sorted(farm.masks()) == [5, 6]


def test_everything_in_groups(farm: Farm, client: Client) -> None:
    """The node in one group, a time offset in another, the Write in a third."""
    farm.shot(4)
    text = farm.script.read_text()
    start, end = text.index("M2FP {"), text.index("Write {")
    entry, leave = "Input {\n inputs 0\n name Input1\n}\n", "Output {\n name Output1\n}\nend_group\n"
    offset = "TimeOffset {\n time_offset 1\n name One\n}\n"
    decoy = f"Group {{\n name Writing\n}}\n{entry}{leave}"  # inside of the other one of that name
    parts = [
        text[:start],
        f"Group {{\n name Parsing\n}}\n{entry}{text[start:end]}{leave}",
        f"Group {{\n name Late\n}}\n{entry}{offset}{leave}",
        f"Group {{\n name Writing\n}}\n{entry}{decoy}{text[end:]}end_group\n",
    ]
    farm.script.write_text("".join(parts))
    farm.nuke("-X", "Writing.Write1", "-F", "3", farm.script).check()
    assert farm.rendered() == [3]
    np.testing.assert_array_equal(farm.matte(3), farm.expected(client, 2))
    assert sorted(farm.masks()) == [2]


@pytest.mark.parametrize(
    ("behind", "frames"),
    [
        ("TimeOffset {\n time_offset -2\n}", [3, 4]),
        ("FrameHold {\n firstFrame 4\n}", [4]),
        ("FrameHold {\n firstFrame 2\n increment 2\n}", [1, 2, 3, 4]),
        ("TimeOffset {\n time_offset {{frame}}\n}", [1, 2, 3, 4]),
        (SWITCH.format(which="1"), []),
        (SWITCH.format(which='{{"frame == 1"}}'), [2]),
    ],
)
def test_only_the_masks_that_the_frames_show(farm: Farm, behind: str, frames: list[int]) -> None:
    """Where nobody can tell from the knobs which these are, the whole range."""
    farm.shot(4, behind=behind)
    farm.render("-F", "1-2").check()
    assert farm.rendered() == [1, 2]
    assert sorted(farm.masks()) == frames


def test_a_node_that_is_off(farm: Farm) -> None:
    farm.shot(2, knobs='disable {{"frame == 1"}}')
    farm.render().check()
    assert sorted(farm.masks()) == [2]
    assert farm.rendered() == [1, 2]


def test_frames_outside_of_the_nodes_range(farm: Farm) -> None:
    farm.shot(knobs="last 2")
    sentence = refused(farm.render())
    assert sentence.startswith("M2FP1: frame 3: outside of its frame range 1-2")
    assert farm.masks() == {}
    assert farm.rendered() == []
    farm.script.write_text(farm.script.read_text().replace("last 2\n", "last 2\n missing black\n"))
    farm.render().check()
    assert sorted(farm.masks()) == [1, 2]
    assert farm.matte(3).max() == 0
    assert farm.matte(2).max() > 0


def test_a_script_in_python_instead_of_one_of_nodes(farm: Farm) -> None:
    """``nuke -x foo.py``: which frames it renders, nobody can tell before."""
    farm.shot()
    program = farm.folder / "render.py"
    program.write_text(
        f"import nuke\nnuke.scriptOpen({str(farm.script)!r})\nnuke.root()['last_frame'].setValue(2)\n"
    )
    farm.nuke("-x", program).check()
    assert farm.rendered() == [1, 2]
    assert sorted(farm.masks()) == [1, 2]


def test_only_the_views_that_are_rendered(farm: Farm) -> None:
    path = f"mask_path {farm.folder}/masks/%V.####.exr"
    farm.shot(1, knobs=path)
    farm.plate(1).rename(farm.folder / "plates" / "left.0001.exr")
    text = farm.script.read_text().replace(
        "last_frame 1", 'last_frame 1\n views "left #ff0000\nright #00ff00"'
    )
    farm.script.write_text(text.replace("plate.####", "%V.####").replace("out.####", "out.%V.####"))
    farm.nuke("--view", "left", "-x", farm.script).check()
    assert [path.name for path in (farm.folder / "masks").iterdir()] == ["left.0001.exr"]
    assert [path.name for path in farm.out.iterdir()] == ["out.left.0001.exr"]
    assert farm.render().status == 1  # there is no plate of the other one
