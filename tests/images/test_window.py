from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from m2fp_server.images.window import Window

windows = st.builds(
    Window, st.integers(-9000, 9000), st.integers(-9000, 9000), st.integers(1, 9000), st.integers(1, 9000)
)


@given(windows)
def test_corners_and_back(window: Window) -> None:
    assert Window.from_corners(*window.corners) == window


@given(windows, windows)
def test_the_union_is_the_smallest_window_that_holds_both(one: Window, other: Window) -> None:
    left, top, right, bottom = one.union(other).corners
    assert (left, top) == (min(one.x, other.x), min(one.y, other.y))
    assert right == max(one.corners[2], other.corners[2])
    assert bottom == max(one.corners[3], other.corners[3])
    assert one.union(other) == other.union(one)
    assert one.union(one) == one


def test_how_messages_name_it() -> None:
    assert str(Window(-8, 4, 1920, 1080)) == "1920x1080 at (-8, 4)"
    assert Window(-8, 4, 1920, 1080).pixels == 1920 * 1080
