"""The worker's own function, from plate to masks, in this process; read back by the OpenEXR package."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from m2fp_host.errors import (
    BadImage,
    BadRequest,
    Cancelled,
    EngineUnavailable,
    M2FPError,
    PathDenied,
)
from m2fp_host.parameters import Parameters
from m2fp_server import __version__
from m2fp_server.engines.builtin.engine import LABELS
from m2fp_server.engines.registry import Engines
from m2fp_server.images.exr_reader import read_plate
from m2fp_server.worker.messages import Done, Run
from m2fp_server.worker.pipeline import STAGES, Pipeline
from support.exr import Box, read_masks, write_pixels
from support.plates import gradient, write_plate

PARTS = LABELS[1:]
EVERYTHING = {f"{name}.A" for name in (*PARTS, "person")}
PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """One thread: several would wait for each other wherever another process has the cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield Pipeline(Engines())
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def portrait_pixels(portrait: Path) -> NDArray[np.float32]:
    """``(512, 512, 3)``, scene-linear."""
    return read_plate(portrait).pixels


def job(plate: Path, masks: Path, **parameters: Any) -> Run:
    sha256 = hashlib.sha256(plate.read_bytes()).hexdigest()
    return Run(1, str(plate), plate.name, str(masks), sha256, parameters=parameters)


def quietly(stage: str, fraction: float) -> None:
    """Nobody watches."""


def run(pipeline: Pipeline, plate: Path, masks: Path, **parameters: Any) -> Done:
    return pipeline.run(job(plate, masks, **parameters), quietly)


def test_masks_hold_every_part_and_person_unless_told_otherwise(
    pipeline: Pipeline, portrait: Path, tmp_path: Path
) -> None:
    done = run(pipeline, portrait, tmp_path / "masks.exr")
    masks = read_masks(tmp_path / "masks.exr")
    assert set(masks.channels) == EVERYTHING
    assert done.report["warnings"] == []
    assert all(pixels.dtype == np.float16 for pixels in masks.channels.values())
    parts = np.stack([masks.channels[f"{name}.A"] for name in PARTS]).astype(np.float64)
    assert parts.min() >= 0
    assert parts.sum(0).max() <= 1
    # Her face is where a face is, and it is a face.
    assert PARTS[int(parts[:, 150, 225].argmax())] == "face"
    assert masks.channels["person.A"][150, 225] > 0.9
    assert masks.channels["person.A"][5, 256] < 0.1


def test_channels_are_exactly_those_asked_for_in_that_order(
    pipeline: Pipeline, plate: Path, tmp_path: Path
) -> None:
    done = run(pipeline, plate, tmp_path / "masks.exr", layers=["person", "hair", "left_arm", "hair"])
    assert done.report["channels"] == ["person.A", "hair.A", "left_arm.A"]
    assert set(read_masks(tmp_path / "masks.exr").channels) == set(done.report["channels"])


def test_a_layer_that_can_not_be_had_is_0_with_a_warning(
    pipeline: Pipeline, portrait: Path, tmp_path: Path
) -> None:
    layers = ["beard", "p1_hair", "hair"]
    done = run(pipeline, portrait, tmp_path / "masks.exr", layers=layers)
    channels = read_masks(tmp_path / "masks.exr").channels
    assert list(done.report["channels"]) == [f"{name}.A" for name in layers]
    assert [float(channels[f"{name}.A"].max()) > 0 for name in layers] == [False, False, True]
    said = " ".join(done.report["warnings"])
    assert "no label for beard" in said
    assert "can't tell people apart" in said


def test_people_apart_adds_all_their_layers(pipeline: Pipeline, plate: Path, tmp_path: Path) -> None:
    run(pipeline, plate, tmp_path / "masks.exr", layers=["hair"], people="apart")
    expected = {"hair.A", *(f"p{number}_hair.A" for number in range(1, 9))}
    assert set(read_masks(tmp_path / "masks.exr").channels) == expected


def test_the_same_job_gives_the_same_bytes(pipeline: Pipeline, portrait: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    first = run(pipeline, portrait, tmp_path / "one.exr", user="me", priority="batch")
    again = run(Pipeline(Engines()), portrait, tmp_path / "elsewhere" / "two.exr", user="you")
    assert first.sha256 == again.sha256
    written = (tmp_path / "one.exr").read_bytes()
    assert written == (tmp_path / "elsewhere" / "two.exr").read_bytes()
    assert (first.bytes, first.sha256) == (len(written), hashlib.sha256(written).hexdigest())


@pytest.mark.parametrize(
    ("at", "display", "union"),
    [
        pytest.param((0, 0), (0, 0, 96, 64), (0, 0, 96, 64), id="the same"),
        pytest.param((-10, -20), (0, 0, 50, 30), (-10, -20, 96, 64), id="overscan"),
        pytest.param((30, 20), (0, 0, 200, 150), (0, 0, 200, 150), id="inside"),
        pytest.param((-40, 100), (0, 0, 200, 150), (-40, 0, 240, 164), id="partly outside"),
        pytest.param((300, 10), (100, 5, 50, 40), (100, 5, 296, 69), id="beside it"),
    ],
)
def test_mattes_lie_where_the_data_lies_in_a_frame_that_holds_both_windows(
    pipeline: Pipeline, tmp_path: Path, at: tuple[int, int], display: Box, union: Box
) -> None:
    pixels = gradient(96, 64)
    alone = write_pixels(tmp_path / "alone.exr", pixels)
    run(pipeline, alone, tmp_path / "expected.exr")
    expected = read_masks(tmp_path / "expected.exr").channels
    placed = write_pixels(tmp_path / "placed.exr", pixels, at=at, display=display)
    run(pipeline, placed, tmp_path / "masks.exr")
    masks = read_masks(tmp_path / "masks.exr")
    assert (masks.data, masks.display) == (union, display)
    assert masks.header["pixelAspectRatio"] == 1
    there = masks.over((*at, 96, 64))
    for name, values in expected.items():
        np.testing.assert_array_equal(there[name], values, err_msg=name)
        there[name][:] = 0
        assert masks.channels[name].max() == 0, f"{name} outside the data"


def test_an_anamorphic_plate_gives_the_parts_of_its_unsqueezed_version(
    pipeline: Pipeline, portrait_pixels: NDArray[np.float32], tmp_path: Path
) -> None:
    squeezed = np.asarray(cv2.resize(portrait_pixels, (256, 512), interpolation=cv2.INTER_AREA), np.float32)
    plate = write_pixels(tmp_path / "squeezed.exr", squeezed, pixel_aspect=2.0)
    assert run(pipeline, plate, tmp_path / "masks.exr").report["picture"] == [320, 320]
    masks = read_masks(tmp_path / "masks.exr")
    assert masks.header["pixelAspectRatio"] == 2
    run(pipeline, write_pixels(tmp_path / "wide.exr", squeezed.repeat(2, axis=1)), tmp_path / "straight.exr")
    straight = winners(read_masks(tmp_path / "straight.exr").channels)
    # 0.97; with the aspect ignored it is 0.82.
    assert (winners(masks.channels) == straight[:, ::2]).mean() > 0.95


def winners(channels: dict[str, NDArray[Any]]) -> NDArray[np.intp]:
    """Which part is largest at each pixel, 0 for background."""
    parts = np.stack([channels[f"{name}.A"] for name in PARTS]).astype(np.float32)
    winning: NDArray[np.intp] = np.concatenate((1 - parts.sum(0, keepdims=True), parts)).argmax(axis=0)
    return winning


def test_beauty_copies_the_plate_beside_the_mattes(pipeline: Pipeline, tmp_path: Path) -> None:
    pixels = np.random.default_rng(4).normal(0.5, 1, (40, 60, 4)).astype(np.float16)
    plate = write_pixels(tmp_path / "plate.exr", pixels, at=(-3, -2), display=(0, 0, 70, 30))
    done = run(pipeline, plate, tmp_path / "masks.exr", layers=["hair"], beauty=True)
    assert done.report["channels"] == ["R", "G", "B", "A", "hair.A"]
    masks = read_masks(tmp_path / "masks.exr")
    for index, name in enumerate("RGBA"):
        np.testing.assert_array_equal(masks.over((-3, -2, 60, 40))[name], pixels[..., index])


def test_beauty_of_a_plate_without_alpha_is_solid(pipeline: Pipeline, plate: Path, tmp_path: Path) -> None:
    run(pipeline, plate, tmp_path / "masks.exr", layers=["hair"], beauty=True)
    channels = read_masks(tmp_path / "masks.exr").channels
    assert channels["A"].min() == channels["A"].max() == 1


def test_the_file_says_what_made_it_and_nothing_of_who_asked(
    pipeline: Pipeline, plate: Path, tmp_path: Path
) -> None:
    asked: dict[str, Any] = {"layers": ["hair"], "exposure": 0.5, "user": "anna", "priority": "batch"}
    done = run(pipeline, plate, tmp_path / "masks.exr", **asked)
    header = read_masks(tmp_path / "masks.exr").header
    parameters = json.loads(header["m2fp/parameters"])
    assert {key: value for key, value in header.items() if key.startswith("m2fp/")} == {
        "m2fp/engine": "builtin",
        "m2fp/weights": done.report["weights"],
        "m2fp/licence": "Apache-2.0",
        "m2fp/version": __version__,
        "m2fp/parameters": header["m2fp/parameters"],
        "m2fp/source": hashlib.sha256(plate.read_bytes()).hexdigest(),
        "m2fp/exposure": 0.5,
    }
    assert header["colorInteropID"] == "data"
    assert Parameters.from_keywords(parameters) == Parameters(layers=("hair",), exposure=0.5)
    assert not {"user", "priority", "deadline"} & set(parameters)
    assert b"anna" not in (tmp_path / "masks.exr").read_bytes()


def test_the_report_has_every_key_of_the_protocols_page(
    pipeline: Pipeline, plate: Path, tmp_path: Path
) -> None:
    report = run(pipeline, plate, tmp_path / "masks.exr").report
    page = PROTOCOL.read_text(encoding="utf-8")
    section = page.partition("## The report of `result`")[2].partition("\n## ")[0]
    documented = set(re.findall(r"`(\w+)`", section))
    assert set(report) | set(report["stages"]) | {"queue"} == documented  # the daemon adds the queue
    assert set(report["stages"]) == set(STAGES)
    assert all(seconds >= 0 for seconds in report["stages"].values())
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert (report["width"], report["height"], report["picture"]) == (96, 64, [320, 224])
    assert (report["people"], report["scores"], report["exposure"]) == (None, [], 0.0)
    assert report["source"] == hashlib.sha256(plate.read_bytes()).hexdigest()


def test_progress_goes_through_the_stages_and_ends_at_1(pipeline: Pipeline, tmp_path: Path) -> None:
    plate = write_plate(tmp_path / "plate.exr", 64, 400)
    said: list[tuple[str, float]] = []
    pipeline.run(job(plate, tmp_path / "masks.exr"), lambda *each: said.append(each))
    assert list(dict.fromkeys(stage for stage, _ in said)) == list(STAGES)
    fractions = [fraction for _, fraction in said]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)
    assert len(said) > len(STAGES) + 1  # a large frame tells more than its stages


@pytest.mark.parametrize("beyond", [*STAGES.values(), 0.7])
def test_a_cancelled_job_leaves_what_was_there_before(
    pipeline: Pipeline, tmp_path: Path, beyond: float
) -> None:
    plate = write_plate(tmp_path / "plate.exr", 64, 400)
    masks = tmp_path / "masks.exr"
    masks.write_bytes(b"of the job before")

    def cancel(stage: str, fraction: float) -> None:
        if fraction >= beyond:
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        pipeline.run(job(plate, masks), cancel)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["masks.exr", "plate.exr"]
    assert masks.read_bytes() == b"of the job before"


@pytest.mark.parametrize(
    ("parameters", "error", "said"),
    [
        ({"colour_space": "rec907"}, BadRequest, "colour_space is 'rec907'"),
        ({"engine": "m3fp"}, EngineUnavailable, "no engine 'm3fp'"),
        ({"plate_layer": "fg"}, BadRequest, "no layer 'fg'"),
        ({"resolution": 3}, BadRequest, "resolution is 3"),
        ({"layers": ["x" * 60], "people": "apart"}, BadRequest, "63 characters"),
        ({"layers": [f"part_{n}" for n in range(29)], "people": "apart"}, BadRequest, "261 channels"),
        ({"layers": [f"part_{n}" for n in range(28)], "people": "apart", "beauty": True}, None, ""),
    ],
)
def test_what_can_not_be_done_is_refused_and_leaves_no_file(
    pipeline: Pipeline,
    plate: Path,
    tmp_path: Path,
    parameters: dict[str, Any],
    error: type[M2FPError] | None,
    said: str,
) -> None:
    if error is None:  # the most that fits
        assert len(run(pipeline, plate, tmp_path / "masks.exr", **parameters).report["channels"]) == 256
        return
    with pytest.raises(error, match=said) as caught:
        run(pipeline, plate, tmp_path / "masks.exr", **parameters)
    assert caught.value.hint
    assert [each.name for each in tmp_path.iterdir()] == ["plate.exr"]


def test_a_damaged_plate_is_called_by_the_clients_name_for_it(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "00000001.plate.exr").write_bytes(b"no EXR at all")
    spooled = Run(1, str(tmp_path / "00000001.plate.exr"), "sh010.1001.exr", str(tmp_path / "masks.exr"))
    with pytest.raises(BadImage, match=r"sh010\.1001\.exr") as caught:
        pipeline.run(spooled, quietly)
    assert "00000001" not in str(caught.value)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"mattes": {"edges": "best"}}, "matte settings"),
        ({"mattes": {"choke": 2}}, "matte settings"),
        ({"cryptomatte": True}, "cryptomatte"),
    ],
)
def test_what_this_version_leaves_out_is_said(
    pipeline: Pipeline, plate: Path, tmp_path: Path, parameters: dict[str, Any], said: str
) -> None:
    report = run(pipeline, plate, tmp_path / "masks.exr", layers=["hair"], **parameters).report
    (warning,) = report["warnings"]
    assert warning.startswith("this version does not do")
    assert said in warning


def test_a_precision_that_the_engine_does_not_have_is_said(
    pipeline: Pipeline, plate: Path, tmp_path: Path
) -> None:
    report = run(pipeline, plate, tmp_path / "masks.exr", layers=["hair"], precision="bf16").report
    assert report["warnings"] == ["the engine builtin computes in fp32 here, not in bf16"]


def test_exposure_found_once_gives_the_same_mattes_when_sent_back(
    pipeline: Pipeline, portrait_pixels: NDArray[np.float32], tmp_path: Path
) -> None:
    dark = write_pixels(tmp_path / "dark.exr", portrait_pixels / 8)
    stops = run(pipeline, dark, tmp_path / "found.exr", exposure="auto").report["exposure"]
    assert stops > 1
    assert run(pipeline, dark, tmp_path / "held.exr", exposure=stops).report["exposure"] == stops
    found, held = (read_masks(tmp_path / name).channels for name in ("found.exr", "held.exr"))
    for name, values in found.items():
        np.testing.assert_array_equal(held[name], values, err_msg=name)


def test_resolution_scales_what_the_engine_sees_and_not_the_masks(
    pipeline: Pipeline, plate: Path, tmp_path: Path
) -> None:
    report = run(pipeline, plate, tmp_path / "masks.exr", layers=["hair"], resolution=0.5).report
    assert report["picture"] == [160, 96]
    assert read_masks(tmp_path / "masks.exr").data == (0, 0, 96, 64)


@pytest.mark.parametrize(
    ("pixels", "warned"),
    [
        pytest.param(np.full((48, 64, 3), np.nan), "NaN", id="all NaN"),
        pytest.param(np.full((48, 64, 3), np.inf), "infinite", id="all infinite"),
        pytest.param(np.zeros((48, 64, 3)), "", id="black"),
        pytest.param(np.full((48, 64, 3), 65504.0), "", id="as bright as half can be"),
        pytest.param(np.full((48, 64, 3), -10.0), "", id="negative"),
        pytest.param(np.full((1, 1, 3), 0.18), "", id="1x1"),
        pytest.param(np.full((5000, 1, 3), 0.18), "", id="1x5000"),
        pytest.param(np.full((1, 5000, 3), 0.18), "", id="5000x1"),
    ],
)
@pytest.mark.parametrize("exposure", [0.0, "auto"])
def test_a_strange_plate_gives_all_layers_and_sane_values(
    pipeline: Pipeline, tmp_path: Path, pixels: NDArray[Any], warned: str, exposure: float | str
) -> None:
    plate = write_pixels(tmp_path / "plate.exr", pixels)
    report = run(pipeline, plate, tmp_path / "masks.exr", exposure=exposure).report
    masks = read_masks(tmp_path / "masks.exr")
    assert set(masks.channels) == EVERYTHING
    assert masks.data == (0, 0, pixels.shape[1], pixels.shape[0])
    values = np.stack(list(masks.channels.values()))
    assert np.isfinite(values).all()
    assert values.min() >= 0
    assert values.max() <= 1
    assert len(report["warnings"]) == bool(warned)
    assert warned in " ".join(report["warnings"])
    json.dumps(report, allow_nan=False)


def test_a_named_plate_is_copied_first_and_known_by_its_hash(
    pipeline: Pipeline, plate: Path, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    named = Run(
        job=1,
        plate=str(plate),
        name="plate.exr",
        masks=str(spool / "masks.exr"),
        roots=[str(plate.parent)],
        scratch=str(spool / "plate.exr"),
        plate_bytes=plate.stat().st_size,
        parameters={"layers": ["hair"]},
    )
    done = pipeline.run(named, quietly)
    sha256 = hashlib.sha256(plate.read_bytes()).hexdigest()
    assert done.report["source"] == sha256
    assert read_masks(spool / "masks.exr").header["m2fp/source"] == sha256
    assert (spool / "plate.exr").read_bytes() == plate.read_bytes()
    sent = run(pipeline, plate, tmp_path / "sent.exr", layers=["hair"])
    assert sent.sha256 == done.sha256  # however the plate came


def test_a_named_plate_outside_the_roots_is_denied(pipeline: Pipeline, plate: Path, tmp_path: Path) -> None:
    named = Run(
        1, str(plate), "plate.exr", str(tmp_path / "masks.exr"), roots=[], scratch=str(tmp_path / "c")
    )
    with pytest.raises(PathDenied):
        pipeline.run(named, quietly)
    assert [each.name for each in tmp_path.iterdir()] == ["plate.exr"]
