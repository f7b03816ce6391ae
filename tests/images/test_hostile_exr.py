"""Files made to hurt: refused by name, at once, in little memory; whatever comes, the process lives."""

from __future__ import annotations

import json
import os
import select
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from images.handmade import HALF, MAGIC, Plane, attribute, channel_list, header, rgb, scanline_file, start

READER = Path(__file__).with_name("read_and_report.py")
TILED, DEEP, MULTI_PART = 0x200, 0x800, 0x1000


class Reader:
    """The process of ``read_and_report.py``."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "plate.exr"
        self.process = subprocess.Popen(
            [sys.executable, str(READER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    def read(self, content: bytes) -> dict[str, Any]:
        """What reading ``content`` as a plate ends with; fails if the reader dies or hangs."""
        self.path.write_bytes(content)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{self.path}\n")
        self.process.stdin.flush()
        assert select.select([self.process.stdout], [], [], 20)[0], "the reader hangs"
        line = self.process.stdout.readline()
        assert line, f"the reader died: {self.process.wait()}"
        outcome: dict[str, Any] = json.loads(line)
        return outcome

    def close(self) -> None:
        self.process.communicate()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    reader = Reader(tmp_path_factory.mktemp("hostile"))
    try:
        yield reader
    finally:
        reader.close()


def tiles(across: int, down: int) -> bytes:
    return attribute("tiles", "tiledesc", struct.pack("<2IB", across, down, 0))


def text(name: str, value: str) -> bytes:
    return attribute(name, "string", value.encode())


def many(count: int) -> list[tuple[str, int, int]]:
    return [(f"c{index:05d}.Z", HALF, 1) for index in range(count)]


HUGE = 2**30 - 2
LATIN = b"".join(channel_list([(name, HALF, 1)])[:-1] for name in "BGR?").replace(b"?", b"\xe9") + b"\0"
CASES: dict[str, tuple[str, str, bytes]] = {
    "empty": ("BadImage", "the file is empty", b""),
    "magic alone": ("BadImage", "ends after 4 bytes", MAGIC),
    "text": ("BadImage", "no EXR file but text", b"hello, compositor\n"[:16]),
    "JPEG": ("BadImage", "no EXR file but a JPEG", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(99)),
    "PNG": ("BadImage", "no EXR file but a PNG", b"\x89PNG\r\n\x1a\n" + bytes(99)),
    "DPX": ("BadImage", "no EXR file but a DPX", b"SDPX" + bytes(99)),
    "version 3": ("BadImage", "EXR version 3", MAGIC + struct.pack("<I", 3)),
    "header cut": ("BadImage", "the header ends", (start() + header())[:100]),
    "no data window": ("BadImage", "'dataWindow'", start() + header(without="dataWindow")),
    "no channels": ("BadImage", "lists no channels", start() + header(without="channels")),
    "empty channel list": ("BadImage", "lists no channels", start() + header([])),
    "attribute of 2 GB": (
        "BadImage",
        "the header ends",
        start() + attribute("a", "string", b"x", 2**31 - 1) + header(),
    ),
    "attribute of -1 bytes": ("BadImage", "claims -1 bytes", start() + attribute("a", "string", b"", -1)),
    "endless name": ("BadImage", "more than 255 bytes", start() + b"x" * 5000),
    "100,000 attributes": (
        "BadImage",
        "more than 8,000 attributes",
        start() + attribute("a", "int", bytes(4)) * 100_000 + header(),
    ),
    "picture of a terapixel": ("TooLarge", "longest side", start() + header(data=(0, 0, 999_999, 999_999))),
    "long row": ("TooLarge", "longest side", start() + header(data=(0, 0, HUGE, 0))),
    "30,000 x 30,000": ("TooLarge", "MB are allowed", start() + header(data=(0, 0, 29_999, 29_999))),
    "display window of a terapixel": (
        "TooLarge",
        "the display window is",
        start() + header(display=(0, 0, 999_999, 999_999)),
    ),
    "windows far apart": (
        "TooLarge",
        "union of data and display window",
        start() + header(data=(900_000, 0, 900_015, 15), display=(0, 0, 15, 15)),
    ),
    "windows beyond 32 bits": (
        "BadImage",
        "nonsense as data window",
        start() + header(data=(-(2**31), -(2**31), 2**31 - 1, 2**31 - 1)),
    ),
    "inside out": ("BadImage", "nonsense as data window", start() + header(data=(9, 9, 0, 0))),
    "1,100 channels": ("TooLarge", "1,100 channels, 256", start() + header(many(1100))),
    "100,000 channels": ("TooLarge", "of channel names", start() + header(many(100_000))),
    "200 channels at 8K": (
        "TooLarge",
        "200 channels of 8192x8192",
        start() + header(many(200), (0, 0, 8191, 8191)),
    ),
    "channel list without its end": (
        "BadImage",
        "channel list is cut short",
        start() + header(without="channels", extra=attribute("channels", "chlist", b"R")),
    ),
    "channel of type 9": (
        "BadImage",
        "nonsense type or sampling",
        start()
        + header(without="channels", extra=attribute("channels", "chlist", channel_list([("R", 9, 1)]))),
    ),
    "channel named in Latin-1": (
        "BadImage",
        "not named in UTF-8",
        start() + header(without="channels", extra=attribute("channels", "chlist", LATIN)),
    ),
    "sampling 0": ("BadImage", "nonsense type or sampling", start() + header([("R", HALF, 0)])),
    "deep by its flag": ("BadImage", "a deep EXR", start(DEEP) + header()),
    "deep by its type": (
        "BadImage",
        "a deep EXR",
        start(MULTI_PART) + header(extra=text("type", "deepscanline") + text("name", "a")) + b"\0",
    ),
    "HTJ2K 256": ("BadImage", "HTJ2K", start() + header(compression=10)),
    "HTJ2K 32": ("BadImage", "HTJ2K", start() + header(compression=11)),
    "compression 200": ("BadImage", "number 200", start() + header(compression=200)),
    "tiles larger than the picture": (
        "BadImage",
        "tiles of",
        start(TILED) + header(extra=tiles(32768, 32768)),
    ),
    "large tiles of many channels for one pixel": (
        "BadImage",
        "tiles of 1024x1024",
        start(TILED) + header(many(250), (0, 0, 0, 0), extra=tiles(1024, 1024)),
    ),
    "tiles of 0": ("BadImage", "tiles of 0x0", start(TILED) + header(extra=tiles(0, 0))),
    "no parts": ("BadImage", "without parts", start(MULTI_PART) + b"\0"),
    "5,000 parts": (
        "TooLarge",
        "more than 32 parts",
        start(MULTI_PART) + header(extra=text("type", "scanlineimage")) * 5000 + b"\0",
    ),
    "offsets into nowhere": (
        "BadImage",
        "plate.exr: ",
        start() + header() + struct.pack("<16Q", *[2**63] * 16),
    ),
    "all chunks the same": ("BadImage", "plate.exr: ", start() + header() + struct.pack("<16Q", *[400] * 16)),
}


@pytest.mark.parametrize("case", CASES)
def test_refused_by_name_at_once_in_little_memory(reader: Reader, case: str) -> None:
    error, words, content = CASES[case]
    outcome = reader.read(content)
    assert outcome.get("error") == error, outcome
    assert words in outcome["message"]
    assert outcome["message"].startswith("plate.exr: ")
    assert outcome["hint"]
    assert outcome["mb"] < 100
    assert outcome["seconds"] < 0.5  # a loaded machine; alone it takes a few milliseconds


def test_real_deep_and_htj2k_files(reader: Reader, tmp_path: Path) -> None:
    pixels = np.zeros((32, 32, 3), np.float16)
    path = tmp_path / "h.exr"
    with OpenEXR.File(
        {"compression": OpenEXR.HTJ2K256_COMPRESSION, "type": OpenEXR.scanlineimage}, {"RGB": pixels}
    ) as file:
        file.write(str(path))
    assert "HTJ2K" in reader.read(path.read_bytes())["message"]


def test_a_lossless_bomb_within_the_limits_is_only_a_plate(reader: Reader) -> None:
    """A black 2K plate of some kilobytes is a normal render."""
    planes = [Plane(name, np.zeros((64, 2048), np.float16)) for name in "BGR"]
    assert reader.read(scanline_file(planes, (0, 0, 2047, 63)))["shape"] == [64, 2048, 3]


def seeds(folder: Path) -> Iterator[bytes]:
    """Small valid files of the kinds that differ in the decoder."""
    yield scanline_file(rgb(), (0, 0, 15, 15))
    chroma = [Plane(name, np.zeros((8, 8), np.float16), 2) for name in ("BY", "RY")]
    yield scanline_file([*chroma, Plane("Y", np.zeros((16, 16), np.float16))], (0, 0, 15, 15))
    noise = np.random.default_rng(0).random((20, 24, 4)).astype(np.float16)
    for compression in ("ZIPS", "ZIP", "PIZ", "PXR24", "B44", "DWAA", "RLE"):
        told = {
            "compression": getattr(OpenEXR, f"{compression}_COMPRESSION"),
            "type": OpenEXR.scanlineimage,
        }
        with OpenEXR.File(told, {"RGBA": noise}) as file:
            file.write(str(folder / "seed.exr"))
        yield (folder / "seed.exr").read_bytes()
    tiled = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.tiledimage,
        "tiles": OpenEXR.TileDescription(),
    }
    tiled["tiles"].xSize = tiled["tiles"].ySize = 16
    with OpenEXR.File(tiled, {"RGBA": noise}) as file:
        file.write(str(folder / "seed.exr"))
    yield (folder / "seed.exr").read_bytes()
    parts = [
        OpenEXR.Part({"type": OpenEXR.scanlineimage, "name": name}, {"RGB": noise[..., :3].copy()})
        for name in "ab"
    ]
    with OpenEXR.File(parts) as file:
        file.write(str(folder / "seed.exr"))
    yield (folder / "seed.exr").read_bytes()


@pytest.fixture(scope="module")
def valid_files(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return list(seeds(tmp_path_factory.mktemp("seeds")))


def flip(content: bytes, flips: list[tuple[int, int]]) -> bytes:
    changed = bytearray(content)
    for at, value in flips:
        changed[at % len(changed)] = value
    return bytes(changed)


def cut(content: bytes, at: int) -> bytes:
    return content[: at % len(content)]


damage: st.SearchStrategy[Callable[[bytes], bytes]] = st.one_of(
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=6).map(
        lambda flips: lambda content: flip(content, flips)
    ),
    # most of what matters stands in the header: aim there half of the time
    st.lists(
        st.tuples(st.integers(8, 330), st.sampled_from([0, 1, 127, 128, 255])), min_size=1, max_size=3
    ).map(lambda flips: lambda content: flip(content, flips)),
    st.integers(0, 4000).map(lambda at: lambda content: cut(content, at)),
)


@settings(max_examples=400, deadline=None)
@given(index=st.integers(0, 10), hurt=damage)
def test_damaged_files_give_a_plate_or_our_error(
    reader: Reader, valid_files: list[bytes], index: int, hurt: Callable[[bytes], bytes]
) -> None:
    """Anything else than a report (another exception, a crash, a hang) ends the reader and fails."""
    assert len(valid_files) == 11
    outcome = reader.read(hurt(valid_files[index]))
    assert outcome.get("error") in (None, "BadImage", "TooLarge"), outcome
    assert outcome["seconds"] < 5


def test_the_undamaged_files_are_read(reader: Reader, valid_files: list[bytes]) -> None:
    for content in valid_files:
        assert "shape" in reader.read(content)
