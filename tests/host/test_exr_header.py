"""The host's reader of EXR headers, on real files, on files that lie, and on noise."""

from __future__ import annotations

import contextlib
import io
import os
import struct
from pathlib import Path

import numpy as np
import OpenEXR
import OpenImageIO
import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.handmade import MAGIC, attribute, header, start
from m2fp_host.errors import BadImage
from m2fp_host.exr_header import (
    HALF,
    LONGEST_NAME,
    MOST_ATTRIBUTES,
    MOST_BYTES,
    Attribute,
    Box,
    Channel,
    ExrHeader,
    parse_header,
    read_header,
)
from support.exr import write_pixels
from support.plates import write_plate

HEAD = start() + header(extra=attribute("m2fp/engine", "string", b"builtin"))


class Counted(io.BytesIO):
    """Counts what is read of it; after its bytes come zeros, for ever."""

    amount = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size > 0
        self.amount += size
        return super().read(size).ljust(size, b"\0")


def parse(data: bytes) -> ExrHeader:
    return parse_header(io.BytesIO(data), "plate.exr")


def test_a_file_of_openimageio(tmp_path: Path) -> None:
    pixels = np.zeros((20, 30, 4), np.float32)
    path = write_pixels(tmp_path / "a.exr", pixels, at=(-5, 3), display=(0, 0, 64, 48), pixel_aspect=2.0)
    found = read_header(path)
    assert found.path == str(path)
    assert found.scanline
    assert not found.multi_part
    assert found.box("dataWindow") == Box(-5, 3, 24, 22)
    assert found.box("displayWindow") == Box(0, 0, 63, 47)
    assert found.real("pixelAspectRatio") == 2.0
    assert found.channels() == tuple(Channel(name, HALF, 1, 1) for name in "ABGR")
    assert found.attributes["compression"] == Attribute("compression", b"\x03")


def test_a_file_of_openexr(tmp_path: Path) -> None:
    path = tmp_path / "a.exr"
    written = {"type": OpenEXR.scanlineimage, "owner": "Ada Lovelace ©", "take": 7, "gain": 0.5}
    with OpenEXR.File(written, {"RGB": np.zeros((8, 8, 3), np.float16)}) as file:
        file.write(str(path))
    found = read_header(str(path))
    assert found.string("owner") == "Ada Lovelace ©"
    assert found.integer("take") == 7
    assert found.real("gain") == 0.5
    assert found.scanline
    assert path.read_bytes()[found.length - 1] == 0


def test_what_is_not_there_is_none(tmp_path: Path) -> None:
    found = read_header(write_plate(tmp_path / "a.exr"))
    for access in (found.string, found.integer, found.real, found.box, found.channels):
        assert access("no such thing") is None


def test_another_type_or_size_is_damage() -> None:
    odd = attribute("take", "int", b"123") + attribute("look", "float", b"1234")
    found = parse(start() + header(extra=odd))
    with pytest.raises(BadImage, match=r"plate\.exr: 'take' is stored as 3 bytes of 'int', not as 'int'"):
        found.integer("take")
    with pytest.raises(BadImage, match="stored as 4 bytes of 'float', not as 'string'"):
        found.string("look")
    with pytest.raises(BadImage, match="not as 'box2i'"):
        found.box("look")
    with pytest.raises(BadImage, match="not as 'chlist'"):
        found.channels("look")


def test_multi_part_tiled_and_deep_files_are_told(tmp_path: Path) -> None:
    pixels = np.zeros((8, 8, 3), np.float16)
    parts = [OpenEXR.Part({"type": OpenEXR.scanlineimage}, {"RGB": pixels}, name) for name in ("one", "two")]
    with OpenEXR.File(parts) as file:
        file.write(str(tmp_path / "parts.exr"))
    found = read_header(tmp_path / "parts.exr")
    assert found.multi_part
    assert not found.scanline
    assert found.string("name") == "one"
    spec = OpenImageIO.ImageSpec(64, 64, 3, OpenImageIO.HALF)
    spec.tile_width = spec.tile_height = 32
    image = OpenImageIO.ImageOutput.create("openexr")
    assert image is not None
    assert image.open(str(tmp_path / "tiled.exr"), spec)
    image.write_image(np.zeros((64, 64, 3), np.float32))
    image.close()
    assert not read_header(tmp_path / "tiled.exr").scanline
    assert not parse(start(0x800) + header()).scanline
    assert not parse(start() + header(extra=attribute("type", "string", b"deepscanline"))).scanline


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "ends within its first 8 bytes", id="empty"),
        pytest.param(MAGIC + b"\2", "ends within its first 8 bytes", id="short"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(99), "this is no EXR file", id="another kind"),
        pytest.param(MAGIC + b"\3\0\0\0", "EXR version 3", id="version"),
        pytest.param(HEAD[:-1], "ends within an attribute's name", id="no end mark"),
        pytest.param(HEAD[:-4], "ends within attribute 'm2fp/engine'", id="cut in a value"),
        pytest.param(start() + b"a\0string\0\1", "ends within the size of 'a'", id="cut in a size"),
        pytest.param(start() + b"a\0string", "ends within the type of 'a'", id="cut in a type"),
        pytest.param(
            start() + attribute("a", "string", b"", -1), "'a' claims -1 bytes", id="a negative size"
        ),
        pytest.param(
            start() + attribute("a", "string", b"", 2**31 - 1), "more than 1,048,576 bytes", id="a large size"
        ),
        pytest.param(
            start() + b"a" * (LONGEST_NAME + 1) + bytes(9), "name has more than 255 bytes", id="a long name"
        ),
        pytest.param(
            start() + b"a\0" + b"b" * (LONGEST_NAME + 1) + bytes(9), "type of 'a' has more", id="a long type"
        ),
        pytest.param(start() + attribute("a", "int", bytes(4)) * 2, "'a' stands there twice", id="twice"),
        pytest.param(
            start() + b"".join(attribute(f"a{n}", "int", bytes(4)) for n in range(MOST_ATTRIBUTES + 1)),
            "more than 1024 attributes",
            id="many attributes",
        ),
    ],
)
def test_what_is_wrong_is_said_with_the_files_name(data: bytes, reason: str) -> None:
    with pytest.raises(BadImage) as caught:
        parse(data)
    assert caught.value.message.startswith("plate.exr: ")
    assert reason in caught.value.message
    assert caught.value.hint


def test_the_longest_name_and_the_most_attributes_are_fine() -> None:
    extra = b"".join(attribute(f"a{n}", "int", bytes(4)) for n in range(MOST_ATTRIBUTES - 9))
    found = parse(start() + header(extra=extra + attribute("b" * LONGEST_NAME, "int", bytes(4))))
    assert len(found.attributes) == MOST_ATTRIBUTES
    assert found.integer("b" * LONGEST_NAME) == 0


@pytest.mark.parametrize("end", [b"R\0", b"R\0\1\0\0\0", b"R" * 300, b"R", b""], ids=repr)
def test_a_channel_list_that_is_cut_short(end: bytes) -> None:
    found = parse(start() + attribute("channels", "chlist", end) + b"\0")
    with pytest.raises(BadImage, match=r"plate\.exr: the channel list is cut short"):
        found.channels()


@pytest.mark.parametrize(("kind", "x", "y"), [(3, 1, 1), (-1, 1, 1), (1, 0, 1), (1, 1, -2)])
def test_a_channel_that_is_nonsense(kind: int, x: int, y: int) -> None:
    stored = b"R\0" + struct.pack("<iB3xii", kind, 0, x, y) + b"\0"
    with pytest.raises(BadImage, match="channel 'R' has a nonsense type or sampling"):
        parse(start() + attribute("channels", "chlist", stored) + b"\0").channels()


@pytest.mark.parametrize("head", [HEAD[:-1] + b"endless\0string\0\xff\xff\x0f\0", start() + b"a\0b\0"])
def test_no_more_than_a_header_is_read_of_an_endless_file(head: bytes) -> None:
    source = Counted(head)
    with contextlib.suppress(BadImage):
        parse_header(source, "endless")
    assert source.amount <= MOST_BYTES + 2**15


def test_pixels_are_not_read(tmp_path: Path) -> None:
    source = Counted(write_plate(tmp_path / "a.exr", 512, 512).read_bytes())
    parse_header(source, "a.exr")
    assert source.amount <= 2**15


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", tmp_path, tmp_path / "absent", "/dev/zero"):
        with pytest.raises(BadImage) as caught:
            read_header(path)
        assert str(path) in caught.value.message
    with pytest.raises(BadImage, match="can't read"):
        read_header("a\0b")


@given(st.data())
def test_noise_gives_a_header_or_a_bad_image(data: st.DataObject) -> None:
    raw = bytearray(HEAD)
    for _ in range(data.draw(st.integers(0, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(raw)), st.integers(0, len(raw))))
    noise = data.draw(st.binary(max_size=64))
    with contextlib.suppress(BadImage):
        found = parse(bytes(raw[:cut]) + noise)
        for name in found.attributes:
            for access in (found.string, found.integer, found.real, found.box, found.channels):
                with contextlib.suppress(BadImage):
                    access(name)
        assert found.scanline in (True, False)


@given(st.binary(max_size=300))
def test_pure_noise_behind_the_start(noise: bytes) -> None:
    with contextlib.suppress(BadImage):
        parse(start() + noise)
