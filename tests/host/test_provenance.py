"""What made a masks file: read back from real ones, and compared with what is wanted now."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from m2fp_host import Client, MatteSettings, Parameters
from m2fp_host.errors import BadImage
from m2fp_host.exr_chunks import whole
from m2fp_host.provenance import Provenance
from m2fp_server.images.layered_exr import write_layered
from m2fp_server.images.window import Window
from support.plates import write_plate

SOURCE = "ab" * 32
ASKED = Parameters(layers=("hair", "face"), exposure=0.1)


def write_masks(path: Path, **changes: Any) -> Path:
    """Masks as the daemon writes them; of ``changes`` those that are ``None`` are left out."""
    told: dict[str, Any] = {
        "engine": "builtin",
        "weights": "cd" * 32,
        "licence": "Apache-2.0",
        "version": "0.1.0",
        "parameters": json.dumps(ASKED.pixel_fields()),
        "source": SOURCE,
        "exposure": 0.1,
        **changes,
    }
    window = Window(0, 0, 8, 4)
    write_layered(
        path,
        ["hair.A"],
        [np.zeros((4, 8, 1), np.float16)],
        data_window=window,
        display_window=window,
        pixel_aspect=1.0,
        metadata={f"m2fp/{name}": value for name, value in told.items() if value is not None},
    )
    return path


def test_all_of_it(tmp_path: Path) -> None:
    found = Provenance.read(write_masks(tmp_path / "masks.exr"))
    assert found == Provenance(
        engine="builtin",
        weights="cd" * 32,
        licence="Apache-2.0",
        version="0.1.0",
        source=SOURCE,
        parameters=ASKED,
        exposure=float(np.float32(0.1)),
    )
    assert found.differs(SOURCE, ASKED) == ""


@pytest.mark.parametrize(
    "asked", [{"exposure": "auto"}, {"layers": ["face", "person"], "people": "apart"}, {}]
)
def test_masks_of_a_real_daemon(asked: dict[str, Any], client: Client, tmp_path: Path) -> None:
    plate = write_plate(tmp_path / "plate.exr")
    report = client.parse(plate, out=tmp_path / "masks.exr", user="ada", **asked).report
    found = Provenance.read(tmp_path / "masks.exr")
    source = hashlib.sha256(plate.read_bytes()).hexdigest()
    wanted = Parameters.from_keywords(asked)
    assert whole(tmp_path / "masks.exr")
    assert found.differs(source, wanted) == ""
    assert found.differs(source, replace(wanted, priority="batch", user="bob", deadline=9.0)) == ""
    assert found.differs(source, replace(wanted, exposure=report["exposure"])) == ""
    assert found.differs(source, replace(wanted, exposure=report["exposure"] + 0.001)).startswith("exposure")
    assert (found.engine, found.weights, found.source) == ("builtin", report["weights"], report["source"])


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ({"engine": "m2fp"}, "engine was auto, is m2fp now"),
        ({"layers": ("hair",)}, "layers were face, hair, are hair now"),
        ({"layers": ()}, "layers were face, hair, are all parts now"),
        ({"layers": ("a", "b", "c", "d", "e", "f")}, "layers were face, hair, are a, b, c, d and 2 more now"),
        ({"people": "apart"}, "people were together, are apart now"),
        ({"colour_space": "ACEScg"}, "colour space was by evidence, is ACEScg now"),
        ({"plate_layer": "a\nb"}, r"plate layer was by evidence, is 'a\nb' now"),
        ({"unpremult": True}, "unpremult was off, is on now"),
        ({"resolution": 1.5}, "resolution was 1, is 1.5 now"),
        ({"exposure": 0.2}, "exposure was 0.1, is 0.2 now"),
        ({"exposure": "auto"}, "exposure was 0.1, is auto now"),
        ({"mattes": MatteSettings(choke=2)}, "choke was 0, is 2 now"),
        ({"mattes": MatteSettings(levels=(0.1, 0.9))}, "levels were 0 to 1, are 0.1 to 0.9 now"),
    ],
)
def test_why_a_file_is_not_up_to_date(now: dict[str, Any], reason: str, tmp_path: Path) -> None:
    found = Provenance.read(write_masks(tmp_path / "masks.exr"))
    assert found.differs(SOURCE, replace(ASKED, **now)) == reason


def test_another_plate(tmp_path: Path) -> None:
    found = Provenance.read(write_masks(tmp_path / "masks.exr"))
    assert found.differs("00" * 32, replace(ASKED, engine="m2fp")) == "the plate changed"


def test_the_order_of_layers_is_nothing(tmp_path: Path) -> None:
    found = Provenance.read(write_masks(tmp_path / "masks.exr"))
    assert found.differs(SOURCE, replace(ASKED, layers=("face", "hair", "face"))) == ""


@pytest.mark.parametrize(
    ("asked", "used", "wanted", "same"),
    [
        (0.1, 0.1, 0.1, True),
        (0.1, None, float(np.float32(0.1)), True),
        (0.1, 0.1, "auto", False),
        ("auto", 1.347, 1.347, True),
        ("auto", 1.347, float(np.float32(1.347)), True),
        ("auto", 1.347, 1.348, False),
        ("auto", 1.347, "auto", True),
        ("auto", None, "auto", True),
        ("auto", None, 0.0, False),
        ("auto", float("nan"), 0.0, False),
    ],
)
def test_exposure(asked: Any, used: float | None, wanted: Any, same: bool, tmp_path: Path) -> None:
    parameters = json.dumps(replace(ASKED, exposure=asked).pixel_fields())
    path = write_masks(tmp_path / "masks.exr", parameters=parameters, exposure=used)
    reason = Provenance.read(path).differs(SOURCE, replace(ASKED, exposure=wanted))
    assert bool(reason) is not same
    assert reason.startswith("exposure was ") is not same


def test_parameters_that_a_file_does_not_have_were_at_their_default(tmp_path: Path) -> None:
    """An older daemon did not know them; a newer one's that are unknown here are ignored, as on the wire."""
    parameters = json.dumps({"layers": ["face", "hair"], "exposure": 0.1, "hologram": 3})
    found = Provenance.read(write_masks(tmp_path / "masks.exr", parameters=parameters))
    assert found.differs(SOURCE, ASKED) == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"engine": None}, "M2FP did not make this file (there is no m2fp/engine in it)"),
        ({"source": None}, "there is no m2fp/source"),
        ({"source": 1.5}, "'m2fp/source' is stored as 4 bytes of 'float'"),
        ({"exposure": "auto"}, "'m2fp/exposure' is stored as"),
        ({"parameters": "{"}, "m2fp/parameters can't be read"),
        ({"parameters": "[]"}, "m2fp/parameters can't be read (no JSON object)"),
        ({"parameters": '{"exposure": NaN}'}, "m2fp/parameters can't be read (exposure is nan)"),
        ({"parameters": "[" * 60000}, "m2fp/parameters can't be read"),
        ({"parameters": '{"a": ' + "1" * 70000 + "}"}, "m2fp/parameters has 70,007 characters"),
    ],
)
def test_what_is_no_provenance(changes: dict[str, Any], reason: str, tmp_path: Path) -> None:
    path = write_masks(tmp_path / "masks.exr", **changes)
    with pytest.raises(BadImage) as caught:
        Provenance.read(path)
    assert reason in caught.value.message
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_a_plate_is_no_masks_file(plate: Path) -> None:
    with pytest.raises(BadImage, match="M2FP did not make this file"):
        Provenance.read(plate)
