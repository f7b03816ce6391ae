"""What we write, read back by the OpenEXR package: a reader that shares no code with our writer."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import OpenImageIO
import pytest
from numpy.typing import NDArray

from m2fp_host.errors import Internal
from m2fp_server.images import limits
from m2fp_server.images.exr_reader import read_plate
from m2fp_server.images.layered_exr import write_layered
from m2fp_server.images.window import Window

CHANNELS = ("zebra.A", "hair.A", "R", "G", "B", "A", "p1_hair.A", "fg.R", "fg.G", "fg.B")
DATA, DISPLAY = Window(-7, -13, 61, 47), Window(0, 0, 48, 30)
METADATA = {
    "m2fp/engine": "builtin",
    "m2fp/parameters": '{"layers": ["hair"]}',
    "m2fp/licence": "Apache-2.0 ©",
}


def picture(channels: int = len(CHANNELS)) -> NDArray[np.float16]:
    rng = np.random.default_rng(7)
    return rng.random((DATA.height, DATA.width, channels)).astype(np.float16)


def bands(pixels: NDArray[np.float16], rows: int = 16) -> Iterator[NDArray[np.float16]]:
    return (pixels[start : start + rows] for start in range(0, len(pixels), rows))


def write(path: Path, pixels: NDArray[np.float16], **changes: Any) -> None:
    arguments: dict[str, Any] = {
        "channels": CHANNELS,
        "bands": bands(pixels),
        "data_window": DATA,
        "display_window": DISPLAY,
        "pixel_aspect": 2.0,
        "metadata": METADATA,
    }
    write_layered(path, **(arguments | changes))


def test_every_channel_lands_under_its_own_name(tmp_path: Path) -> None:
    pixels = picture()
    write(tmp_path / "out.exr", pixels)
    stored = OpenEXR.File(str(tmp_path / "out.exr"), separate_channels=True).channels()
    assert sorted(stored) == sorted(CHANNELS)
    for index, name in enumerate(CHANNELS):
        assert stored[name].pixels.dtype == np.float16
        np.testing.assert_array_equal(stored[name].pixels, pixels[..., index], err_msg=name)


def test_the_header_holds_the_contract_and_nothing_that_varies(tmp_path: Path) -> None:
    write(tmp_path / "out.exr", picture())
    with OpenEXR.File(str(tmp_path / "out.exr"), separate_channels=True) as file:
        header = dict(file.header())
        assert len(file.parts) == 1
    assert {key: header.pop(key) for key in METADATA} == METADATA
    assert header.pop("colorInteropID") == "data"
    assert header.pop("compression") == OpenEXR.ZIPS_COMPRESSION
    assert header.pop("type") == OpenEXR.scanlineimage
    assert header.pop("pixelAspectRatio") == 2.0
    for key, window in (("dataWindow", DATA), ("displayWindow", DISPLAY)):
        low, high = header.pop(key)
        assert Window.from_corners(*low, *high) == window
    assert {channel.name for channel in header.pop("channels")} == set(CHANNELS)
    assert set(header) == {"lineOrder", "screenWindowCenter", "screenWindowWidth"}


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    pixels = picture()
    write(tmp_path / "one.exr", pixels)
    write(tmp_path / "two.exr", pixels, bands=bands(pixels, rows=5))
    assert (tmp_path / "one.exr").read_bytes() == (tmp_path / "two.exr").read_bytes()


def test_our_own_reader_agrees(tmp_path: Path) -> None:
    pixels = picture()
    write(tmp_path / "out.exr", pixels)
    plate = read_plate(tmp_path / "out.exr", layer="fg")
    np.testing.assert_array_equal(plate.pixels, pixels[..., 7:10])
    assert (plate.data_window, plate.display_window, plate.pixel_aspect) == (DATA, DISPLAY, 2.0)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda a: a[:, :, :3], id="channels missing"),
        pytest.param(lambda a: a[:, 1:], id="too narrow"),
        pytest.param(lambda a: a.astype(np.float32), id="not half"),
        pytest.param(lambda a: a[::-1], id="not contiguous"),
        pytest.param(lambda a: np.concatenate([a, a]), id="too many rows"),
        pytest.param(lambda a: a[:10], id="too few rows"),
    ],
)
def test_bands_that_do_not_fit_leave_no_file(tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(Internal):
        write(tmp_path / "out.exr", picture(), bands=[wrong(picture())])
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_the_bands_passes_through_and_leaves_the_old_file(tmp_path: Path) -> None:
    write(tmp_path / "out.exr", picture())
    before = (tmp_path / "out.exr").read_bytes()

    def failing() -> Iterator[NDArray[np.float16]]:
        yield picture()[:10]
        raise KeyError("engine")

    with pytest.raises(KeyError):
        write(tmp_path / "out.exr", picture(), bands=failing())
    assert [path.name for path in tmp_path.iterdir()] == ["out.exr"]
    assert (tmp_path / "out.exr").read_bytes() == before


def test_a_result_may_be_larger_than_a_plate_may(tmp_path: Path) -> None:
    """All layers of eight people at UHD are 2.8 GB unpacked, and plates may have 2 GB."""
    limits.apply(limits.Limits(imagesize_mb=1))
    try:
        pixels = np.zeros((512, 512, len(CHANNELS)), np.float16)
        assert pixels.nbytes > 1 << 20
        window = Window(0, 0, 512, 512)
        write(tmp_path / "out.exr", pixels, bands=bands(pixels), data_window=window, display_window=window)
        assert OpenImageIO.get_int_attribute("limits:imagesize_MB") == 1
    finally:
        limits.apply(limits.Limits())
    assert (tmp_path / "out.exr").exists()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Internal, match=r"nowhere.out\.exr: can't be written: .*No such file"):
        write(tmp_path / "nowhere" / "out.exr", picture())


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
@pytest.mark.parametrize("room", [0.02, 0.5, 0.999], ids=["header", "pixels", "last block"])
def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path: Path, room: float) -> None:
    """A limit on the size of files stands for the disk: write() fails in the same place."""
    write(tmp_path / "whole.exr", picture())
    size = (tmp_path / "whole.exr").stat().st_size
    (tmp_path / "full").mkdir()
    script = textwrap.dedent(
        f"""
        import resource, signal
        from pathlib import Path
        from images.test_layered_exr import picture, write
        from m2fp_host.errors import Internal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, ({int(size * room)}, {int(size * room)}))
        try:
            write(Path({str(tmp_path / "full" / "out.exr")!r}), picture())
        except Internal as error:
            print(error.message)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert "out.exr: can't be written: " in done.stdout, done.stdout + done.stderr
    assert list((tmp_path / "full").iterdir()) == []
