"""What an artist does with the node, in a fake Nuke with its GUI and a real daemon."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from m2fp_host import Client

from .desk import Desk, layer
from .fake_nuke import api as nuke


def test_an_artist_picks_hair_and_renders(desk: Desk, portrait: Path, client: Client) -> None:
    _, node = desk.shot([1], str(portrait))
    status = desk.parse(node, "parse_frame")
    assert status.startswith("frame 1 parsed (engine builtin, Apache-2.0)"), status
    desk.artist.edit(node, "part", "hair")
    write = desk.artist.create("Write")
    write["file"].setValue(f"{desk.folder}/out.####.exr")
    write["channels"].setValue("rgba")
    nuke.execute(write, 1, 1)

    masks = client.parse(portrait, desk.folder / "expected.exr")
    expected = layer(masks.path, "hair.A")
    assert expected.max() > 0.3
    np.testing.assert_array_equal(layer(desk.folder / "out.0001.exr", "A"), expected)
    assert desk.mask(1).read_bytes() == Path(masks.path).read_bytes()

    node = desk.reopen()
    assert node["from0"].value() == "hair.alpha"
    np.testing.assert_array_equal(desk.planes(node, ["rgba.alpha"], 1)[0], expected)
