"""What the plug-in learns from Nuke's command line."""

from __future__ import annotations

import pytest

from .fake_nuke import application


@pytest.mark.parametrize(
    ("line", "frames"),
    [
        ("-x shot.nk", []),
        ("-F 1-3 -x shot.nk", [1, 2, 3]),
        ("-F 1-9x4 -F7 -F 2 -X Write1 shot.nk", [1, 5, 9, 7, 2]),
        ("-F 1,3 -x shot.nk", [1, 2, 3]),
        ("-x shot.nk 4 8-9", [4, 8, 9]),
        ("-F 1 -x shot.nk look=2 3,5", [1, 3, 4, 5]),
        ("-F 9-1 -x shot.nk", None),
        ("-F often -x shot.nk", None),
        ("-x render.py 1-3", None),
        ("-V 2 -t client.py -x -F 1-3", None),
        ("shot.nk", None),
    ],
)
def test_the_frames_that_are_rendered(line: str, frames: list[int] | None) -> None:
    with application.running() as running:
        from m2fp_nuke.command_line import frames_asked_for

        running.raw_arguments[:] = ["Nuke", *line.split()]
        assert frames_asked_for() == frames


def test_with_a_gui_nobody_can_tell() -> None:
    with application.running(gui=True) as running:
        from m2fp_nuke.command_line import frames_asked_for

        running.raw_arguments[:] = ["Nuke", "-x", "shot.nk"]
        assert frames_asked_for() is None


def test_the_views_that_are_rendered() -> None:
    with application.running() as running:
        from m2fp_nuke.command_line import views_asked_for

        running.raw_arguments[:] = ["Nuke", "--view", "left,right", "--view=main", "-x", "shot.nk"]
        assert views_asked_for() == ["left", "right", "main"]
        running.raw_arguments[:] = ["Nuke", "-x", "shot.nk"]
        assert views_asked_for() == []
