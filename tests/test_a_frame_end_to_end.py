"""The whole of it, as an artist would see it: pick a part, get its matte."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import cv2
import numpy as np
import OpenEXR
import pytest

from m2fp_host import Client, Masks
from m2fp_server.cli.demo import PHOTOGRAPH
from m2fp_server.images.photograph import plate_from_photograph

# Where things are in the portrait (512x512): boxes as left, top, right, bottom, in pixels.
HAIR = (190, 35, 255, 65)
FACE = (200, 100, 240, 150)
CLOTHES = (90, 330, 180, 480)
WALL = (330, 5, 370, 100)


def layers_of(path: Path) -> dict[str, np.ndarray]:
    """The mattes, read by a library that did not write them."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return {name: np.asarray(channel.pixels) for name, channel in file.channels().items()}


def mean(layer: np.ndarray, box: tuple[int, int, int, int]) -> float:
    left, top, right, bottom = box
    return float(layer[top:bottom, left:right].astype(np.float32).mean())


def test_an_artist_picks_hair_and_renders(client: Client, portrait: Path, tmp_path: Path) -> None:
    out = tmp_path / "masks.exr"
    masks = client.parse(portrait, out=out, layers=["hair"])
    assert masks.path == str(out)
    layers = layers_of(out)
    assert list(layers) == ["hair.A"]
    hair = layers["hair.A"]
    assert hair.dtype == np.float16
    assert hair.shape == (512, 512)
    assert mean(hair, HAIR) > 0.5
    assert mean(hair, FACE) < 0.1
    assert mean(hair, CLOTHES) < 0.05
    assert mean(hair, WALL) < 0.02


def test_all_parts_where_they_belong(client: Client, portrait: Path, tmp_path: Path) -> None:
    out = tmp_path / "masks.exr"
    report = client.parse(portrait, out=out, exposure="auto").report
    layers = layers_of(out)
    assert set(layers) == set(report["channels"])
    assert len(layers) == 20
    assert max(layers, key=lambda name: mean(layers[name], HAIR) * (name != "person.A")) == "hair.A"
    assert mean(layers["face.A"], FACE) > 0.9
    clothes = sum(mean(layers[f"{part}.A"], CLOTHES) for part in ("upper_clothes", "coat", "dress"))
    assert clothes > 0.4
    assert mean(layers["person.A"], CLOTHES) > 0.9
    assert mean(layers["person.A"], WALL) < 0.1
    parts = sum(pixels.astype(np.float64) for name, pixels in layers.items() if name != "person.A")
    assert isinstance(parts, np.ndarray)
    assert parts.max() <= 1
    assert min(pixels.min() for pixels in layers.values()) >= 0


def test_the_file_says_what_it_is(client: Client, portrait: Path, tmp_path: Path) -> None:
    out = tmp_path / "masks.exr"
    report = client.parse(portrait, out=out, layers=["face", "person"]).report
    with OpenEXR.File(str(out)) as file:
        header = dict(file.header())
    assert header["m2fp/engine"] == "builtin"
    assert header["m2fp/weights"] == report["weights"]
    assert header["m2fp/licence"] == "Apache-2.0"
    assert json.loads(header["m2fp/parameters"])["layers"] == ["face", "person"]
    assert header["m2fp/source"] == report["source"]
    assert header["colorInteropID"] == "data"
    assert header["compression"] == OpenEXR.ZIPS_COMPRESSION
    assert [edge.tolist() for edge in header["displayWindow"]] == [[0, 0], [511, 511]]
    assert [edge.tolist() for edge in header["dataWindow"]] == [[0, 0], [511, 511]]


def test_path_and_bytes_and_again_give_the_same_file(client: Client, root: Path, portrait: Path) -> None:
    below_root = root / "portrait.exr"
    below_root.write_bytes(portrait.read_bytes())
    by_path = client.parse(below_root, layers=["hair", "person"])
    by_bytes = client.parse(portrait.read_bytes(), layers=["hair", "person"])
    assert by_path.report["transfer"] == "path"
    assert by_bytes.report["transfer"] == "bytes"
    assert by_path.data == by_bytes.data == client.parse(portrait, layers=["hair", "person"]).data


def test_the_same_light_in_another_space_gives_the_same_parts(
    client: Client, portrait: Path, tmp_path: Path
) -> None:
    """A plate that arrives as sRGB numbers, named so, parses like its scene-linear form."""
    linear = client.parse(portrait, out=tmp_path / "linear.exr", layers=["person"], view="srgb")
    with OpenEXR.File(str(portrait)) as file:
        rgb = file.channels()["RGB"].pixels.astype(np.float32)
    encoded = np.where(rgb <= 0.0031308, rgb * 12.92, 1.055 * np.maximum(rgb, 0) ** (1 / 2.4) - 0.055)
    plate = tmp_path / "srgb.exr"
    with OpenEXR.File(
        {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage},
        {"RGB": encoded.astype(np.float16)},
    ) as file:
        file.write(str(plate))
    srgb = client.parse(plate, out=tmp_path / "encoded.exr", layers=["person"], colour_space="sRGB")
    assert "sRGB" in srgb.report["colour_space"]
    assert linear.report["colour_space"] != srgb.report["colour_space"]
    one, other = (layers_of(tmp_path / f"{name}.exr")["person.A"] for name in ("linear", "encoded"))
    assert ((one > 0.5) == (other > 0.5)).mean() > 0.99


def test_a_portrait_with_two_people_has_two_people(client: Client, portrait: Path, tmp_path: Path) -> None:
    """Several people in one picture: each gets hair and face, together in one layer."""
    with OpenEXR.File(str(portrait)) as file:
        rgb = file.channels()["RGB"].pixels
    pair = tmp_path / "pair.exr"
    with OpenEXR.File(
        {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage},
        {"RGB": np.concatenate((rgb, rgb[:, ::-1]), axis=1)},
    ) as file:
        file.write(str(pair))
    out = tmp_path / "masks.exr"
    client.parse(pair, out=out, layers=["face"])
    face = layers_of(out)["face.A"]
    assert mean(face, FACE) > 0.7
    assert mean(face[:, ::-1], FACE) > 0.7


def test_many_threads_share_a_client(client: Client, plate: Path) -> None:
    results: list[Masks] = []
    threads = [threading.Thread(target=lambda: results.append(client.parse(plate))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len({masks.data for masks in results}) == 1
    assert len(results) == 6


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_other_pictures_become_plates(suffix: str, client: Client, tmp_path: Path) -> None:
    picture = tmp_path / f"picture{suffix}"
    photograph = cv2.imread(str(PHOTOGRAPH))
    assert photograph is not None
    assert cv2.imwrite(str(picture), photograph)
    plate_from_photograph(picture, tmp_path / "plate.exr")
    out = tmp_path / "masks.exr"
    client.parse(tmp_path / "plate.exr", out=out, layers=["face"])
    assert mean(layers_of(out)["face.A"], FACE) > 0.9
