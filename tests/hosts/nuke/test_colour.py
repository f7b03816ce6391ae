"""The colour space that is said of a plate, in a fake Nuke of this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .fake_nuke import api as nuke
from .fake_nuke import application


@pytest.fixture(autouse=True)
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("OCIO", raising=False)
    with application.running():
        yield


def of_read(colorspace: str, *, raw: bool = False) -> str:
    from m2fp_nuke import colour

    read = nuke.nodes.Read(raw=raw)
    read["colorspace"].setValue(colorspace)
    return colour.of_read(read)


def working_space() -> str:
    from m2fp_nuke import colour

    return colour.working_space()


def ocio(configuration: str, working: str = "scene_linear", custom: str = "") -> None:
    for knob, value in (
        ("colorManagement", "OCIO"),
        ("OCIO_config", configuration),
        ("customOCIOConfigPath", custom),
        ("workingSpaceLUT", working),
    ):
        nuke.root()[knob].setValue(value)


@pytest.mark.parametrize(
    ("colorspace", "said"),
    [
        ("default", ""),
        ("default (linear)", ""),
        ("linear", ""),
        ("AlexaV3LogC", "AlexaV3LogC"),
        ("default (AlexaV3LogC)", "AlexaV3LogC"),
        ("ACES - ACEScg\tACES/ACES - ACEScg", "ACES - ACEScg"),
    ],
)
def test_what_the_read_says(colorspace: str, said: str) -> None:
    assert of_read(colorspace) == said


def test_the_scripts_default_for_float_files() -> None:
    nuke.root()["floatLut"].setValue("AlexaV3LogC")
    assert of_read("default") == "AlexaV3LogC"
    assert of_read("linear") == ""


def test_a_raw_read_is_in_the_working_space() -> None:
    assert of_read("sRGB", raw=True) == working_space() == "linear"


@pytest.mark.parametrize(
    ("configuration", "custom", "said"),
    [
        ("nuke-default", "", "linear"),
        ("aces_1.2", "", "ACEScg"),
        ("fn-nuke_cg-config-v1.0.0_aces-v1.3_ocio-v2.1", "", "ACEScg"),
        ("custom", "/studio/ocio/aces_1.3/config.ocio", "ACEScg"),
        ("custom", "/mnt/places/show/config.ocio", "scene_linear"),
        ("nuke-default", "/left/over/aces/config.ocio", "linear"),
    ],
)
def test_a_bare_role_is_told_by_the_name_of_the_configuration(
    configuration: str, custom: str, said: str
) -> None:
    ocio(configuration, custom=custom)
    assert working_space() == said
    assert of_read("scene_linear") == said
    nuke.root()["floatLut"].setValue("scene_linear")
    assert of_read("default") == said


def test_the_environment_overrides_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    ocio("aces_1.2")
    monkeypatch.setenv("OCIO", "/apps/nuke/plugins/OCIOConfigs/configs/nuke-default/config.ocio")
    assert working_space() == "linear"
    monkeypatch.setenv("OCIO", "ocio://studio-config-v2.1.0_aces-v1.3_ocio-v2.3")
    assert working_space() == "ACEScg"


def test_a_working_space_with_a_name_of_its_own() -> None:
    ocio("aces_1.2", "ACES - ACES2065-1\tsomething")
    assert working_space() == "ACES - ACES2065-1"
