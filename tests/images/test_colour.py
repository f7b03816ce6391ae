from __future__ import annotations

import math
import os
import subprocess
import sys

import numpy as np
import OpenImageIO
import pytest
from numpy.typing import NDArray

from m2fp_server.images import ocio
from m2fp_server.images.colour import Exposure, View, to_display, view_for
from m2fp_server.images.colour_space import LINEAR_REC709, RAW, SRGB, ColourSpace

PICTURE = np.random.default_rng(5).random((40, 24, 3)).astype(np.float32)


def space(name: str) -> ColourSpace:
    return ColourSpace(name, "a test says so")


def grey(value: float) -> NDArray[np.float32]:
    return np.full((4, 4, 3), value, np.float32)


def srgb_curve(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """IEC 61966-2-1."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055).astype(
        np.float32
    )


@pytest.mark.parametrize(
    ("name", "view"),
    [
        (LINEAR_REC709, "srgb"),
        (SRGB, "srgb"),
        ("Camera Rec.709", "srgb"),
        ("Rec.1886 Rec.709 - Display", "srgb"),
        (RAW, "srgb"),
        ("ACEScg", "aces"),
        ("ACES2065-1", "aces"),
        ("ACEScct", "aces"),
        ("ARRI LogC4", "aces"),
        ("Linear Rec.2020", "aces"),
        ("Linear P3-D65", "aces"),
    ],
)
def test_the_automatic_view(name: str, view: str) -> None:
    assert view_for(space(name)) == view


@pytest.mark.parametrize("name", [SRGB, RAW])
@pytest.mark.parametrize("exposure", [0.0, "auto"])
def test_an_encoded_plate_comes_out_unchanged(name: str, exposure: Exposure) -> None:
    display, stops = to_display(PICTURE, space(name), exposure=exposure)
    np.testing.assert_allclose(display, PICTURE, atol=1e-3)
    assert stops == 0.0


def test_linear_rec709_gets_the_srgb_curve() -> None:
    display, _ = to_display(PICTURE, space(LINEAR_REC709))
    np.testing.assert_allclose(display, srgb_curve(PICTURE), atol=1e-4)


def test_a_gamut_is_converted() -> None:
    """The same light in ACEScg and in Rec.709 gives the same picture through the same view."""
    as_acescg = ocio.convert(PICTURE, LINEAR_REC709, "ACEScg")
    views: tuple[View, ...] = ("srgb", "aces")
    for view in views:
        one, _ = to_display(as_acescg, space("ACEScg"), view=view)
        other, _ = to_display(PICTURE, space(LINEAR_REC709), view=view)
        np.testing.assert_allclose(one, other, atol=2e-3)


def test_aces_view_is_the_configurations_own() -> None:
    display, _ = to_display(PICTURE, space("ACEScg"))
    reference = OpenImageIO.ImageBufAlgo.ociodisplay(
        OpenImageIO.ImageBuf(PICTURE),
        "sRGB - Display",
        "ACES 1.0 - SDR Video",
        "ACEScg",
        "",
        False,
        False,
        "",
        "",
        ocio.CONFIG,
    )
    np.testing.assert_allclose(
        display, np.clip(np.asarray(reference.get_pixels(), np.float32), 0, 1), atol=1e-5
    )


def test_camera_log_middle_grey_is_mid_tone() -> None:
    log = ocio.convert(grey(0.18), "ACEScg", "ARRI LogC4")
    display, _ = to_display(log, space("ARRI LogC4"))
    assert 0.3 < display.mean() < 0.45


@pytest.mark.parametrize(
    ("value", "stops"), [(0.18, 0.0), (0.09, 1.0), (0.72, -2.0), (1e-3, 4.0), (90.0, -4.0)]
)
@pytest.mark.parametrize("name", [LINEAR_REC709, "ACEScg"])
def test_automatic_exposure(name: str, value: float, stops: float) -> None:
    _, used = to_display(grey(value), space(name), exposure="auto")
    assert used == pytest.approx(stops, abs=1e-3)


def test_the_stops_sent_back_give_the_same_picture() -> None:
    for name in (LINEAR_REC709, "ACEScg", "ARRI LogC4"):
        automatic, stops = to_display(PICTURE * 0.3, space(name), exposure="auto")
        again, used = to_display(PICTURE * 0.3, space(name), exposure=stops)
        assert used == stops
        np.testing.assert_array_equal(automatic, again)


def test_black_borders_do_not_count() -> None:
    bordered = np.zeros((100, 100, 3), np.float32)
    bordered[40:60, 40:60] = 0.18
    assert to_display(bordered, space(LINEAR_REC709), exposure="auto")[1] == pytest.approx(0.0, abs=1e-3)


def test_a_black_plate_stays_black() -> None:
    for name in (LINEAR_REC709, "ACEScg"):
        display, stops = to_display(grey(0.0), space(name), exposure="auto")
        assert stops == 0.0
        assert display.max() < 0.01


def test_exposure_is_in_stops_of_scene_light() -> None:
    for name in (LINEAR_REC709, "ACEScg"):
        one, _ = to_display(grey(0.2), space(name), exposure=-1.0)
        other, _ = to_display(grey(0.1), space(name), exposure=0.0)
        np.testing.assert_allclose(one, other, atol=1e-5)
    brighter, _ = to_display(grey(0.5), space(SRGB), exposure=1.0)
    assert brighter.mean() > 0.6


@pytest.mark.parametrize("name", sorted(ocio.names()))
@pytest.mark.parametrize("view", ["srgb", "aces"])
def test_every_space_and_view_gives_a_picture(name: str, view: View) -> None:
    values = np.array([-65504, -1, -1e-3, 0, 0.18, 1, 16, 65504], np.float32)
    picture = np.stack([values, values[::-1], np.zeros_like(values)], -1)[np.newaxis]
    display, stops = to_display(picture, space(name), view=view, exposure="auto")
    assert display.dtype == np.float32
    assert display.shape == picture.shape
    assert np.isfinite(display).all()
    assert display.min() >= 0
    assert display.max() <= 1
    assert math.isfinite(stops)


@pytest.mark.parametrize("first", [False, True])
def test_the_studios_own_configuration_does_not_matter(first: bool) -> None:
    """``$OCIO`` of a studio is ignored and left alone, even if somebody has loaded it before us."""
    script = (
        "import os, numpy, OpenImageIO\n"
        + ("OpenImageIO.ColorConfig.default_colorconfig()\n" if first else "")
        + "from m2fp_server.images import ocio\n"
        "grey = numpy.full((1, 1, 3), 0.18, numpy.float32)\n"
        "print(ocio.aces_view(grey, 'ACEScg').mean(), ocio.convert(grey, 'ACEScg', 'ARRI LogC4').mean())\n"
        "print(os.environ['OCIO'])\n"
    )
    studio = "ocio://cg-config-v2.2.0_aces-v1.3_ocio-v2.4"  # has no camera logs
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OCIO": studio},
    )
    numbers, after = done.stdout.splitlines()
    view, log = map(float, numbers.split())
    assert view == pytest.approx(float(ocio.aces_view(grey(0.18), "ACEScg").mean()), abs=1e-5)
    assert log == pytest.approx(0.278, abs=2e-3)  # ARRI LogC4 specification: 18 % grey at code 0.2784
    assert after == studio


def test_threads_may_convert_from_the_start() -> None:
    """The first conversion sets OpenColorIO up, by way of the environment: threads must not meet there."""
    program = (
        "import threading, numpy as np\n"
        "from m2fp_server.images import ocio\n"
        "go = threading.Barrier(8)\n"
        "def work():\n"
        "    go.wait()\n"
        "    ocio.convert(np.zeros((1, 1, 3), np.float32), 'ACEScg', 'Linear Rec.709 (sRGB)')\n"
        "threads = [threading.Thread(target=work) for _ in range(8)]\n"
        "[each.start() for each in threads]\n"
        "[each.join() for each in threads]\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""
