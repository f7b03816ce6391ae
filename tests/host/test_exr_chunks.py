"""Whether a scanline EXR is all there, by its chunk table."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from images.handmade import header, rgb, scanline_file, start
from m2fp_host.errors import BadImage
from m2fp_host.exr_chunks import LINES, ChunkTable, has_chunk_table, whole
from m2fp_host.exr_header import open_exr, parse_header, read_header

COMPRESSIONS = [
    OpenEXR.NO_COMPRESSION,
    OpenEXR.RLE_COMPRESSION,
    OpenEXR.ZIPS_COMPRESSION,
    OpenEXR.ZIP_COMPRESSION,
    OpenEXR.PIZ_COMPRESSION,
    OpenEXR.PXR24_COMPRESSION,
    OpenEXR.B44_COMPRESSION,
    OpenEXR.B44A_COMPRESSION,
    OpenEXR.DWAA_COMPRESSION,
    OpenEXR.DWAB_COMPRESSION,
    OpenEXR.HTJ2K256_COMPRESSION,
    OpenEXR.HTJ2K32_COMPRESSION,
]


def write(path: Path, height: int = 300, **more: object) -> Path:
    """``height`` x 24 of noise, by the OpenEXR package."""
    pixels = np.random.default_rng(3).random((height, 24, 3)).astype(np.float16)
    with OpenEXR.File({"type": OpenEXR.scanlineimage, **more}, {"RGB": pixels}) as file:
        file.write(str(path))
    return path


@pytest.mark.parametrize("order", [OpenEXR.INCREASING_Y, OpenEXR.DECREASING_Y], ids=["down", "up"])
@pytest.mark.parametrize("compression", COMPRESSIONS, ids=lambda each: str(each).partition(".")[2])
def test_the_table_of_every_compression(compression: object, order: object, tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", compression=compression, lineOrder=order)
    assert whole(path)
    with open_exr(path) as file:
        head = parse_header(file, "a.exr")
        table = ChunkTable.read(file, head)
        assert table.lines == LINES[COMPRESSIONS.index(compression)]
        assert table.count == len(table.offsets) == -(-300 // table.lines)
        for index, offset in enumerate(table.offsets):
            file.seek(offset)
            assert struct.unpack("<i", file.read(4)) == (index * table.lines,)
    path.write_bytes(path.read_bytes()[:-1])
    assert not whole(path)


def test_a_file_cut_anywhere_is_not_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", 40)
    data = path.read_bytes()
    end_of_header = read_header(path).length
    for length in range(end_of_header, len(data), 7):
        path.write_bytes(data[:length])
        assert not whole(path)
    path.write_bytes(data[: end_of_header - 1])
    with pytest.raises(BadImage, match="ends within"):
        whole(path)


def test_a_file_whose_writer_never_finished_is_not_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", 40)
    data = bytearray(path.read_bytes())
    at = read_header(path).length
    data[at + 8 : at + 16] = bytes(8)
    path.write_bytes(data)
    assert not whole(path)


@pytest.mark.parametrize("offset", [0, 1, 2**31, 2**63, 2**64 - 1])
def test_a_table_that_leads_nowhere(offset: int, tmp_path: Path) -> None:
    data = bytearray(scanline_file(rgb(4, 4), (0, 0, 3, 3)))
    path = tmp_path / "a.exr"
    path.write_bytes(data)
    at = read_header(path).length
    data[at : at + 8] = struct.pack("<Q", offset)
    path.write_bytes(data)
    assert not whole(path)


def test_a_chunk_of_a_negative_length(tmp_path: Path) -> None:
    data = bytearray(scanline_file(rgb(4, 1), (0, 0, 3, 0)))
    path = tmp_path / "a.exr"
    path.write_bytes(data)
    data[-28:-24] = struct.pack("<i", -1)
    assert whole(path)
    path.write_bytes(data)
    assert not whole(path)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(start(0x200) + header(), "no single-part scanline EXR", id="tiled"),
        pytest.param(start(0x1000) + header(), "no single-part scanline EXR", id="multi-part"),
        pytest.param(start() + header(compression=77), "no single-part scanline EXR", id="compression"),
        pytest.param(start() + header(without="compression"), "no usable 'compression'", id="none"),
        pytest.param(start() + header(without="dataWindow"), "no usable data window", id="no window"),
        pytest.param(start() + header(data=(0, 5, 3, 4)), "no usable data window", id="empty window"),
        pytest.param(start() + header(data=(0, -(2**31), 3, 2**31 - 1)), "4,294,967,296 lines", id="tall"),
    ],
)
def test_what_can_not_be_told(data: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.exr"
    path.write_bytes(data)
    with pytest.raises(BadImage, match=reason) as caught:
        whole(path)
    assert str(path) in caught.value.message


def test_a_compression_from_the_future_has_no_table_that_we_know(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", compression=OpenEXR.ZSTD_COMPRESSION)
    assert not has_chunk_table(read_header(path))
