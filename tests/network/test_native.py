"""Building the compiled form: done once, for us alone, and done without where it can't be."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from m2fp_server.network import native
from m2fp_server.network.entries import CHANNELS, PIXEL_DECODER, expected_entries
from m2fp_server.network.geometry import geometry
from m2fp_server.network.pixel_decoder import PixelDecoder
from m2fp_server.network.values import Values

REAL = native.find_compiler()
TO_THE_OUTPUT = 'while [ "$1" != -o ]; do shift; done; '
"""For a script that stands for a compiler: ``$2`` is then the file to make."""

ASK = (
    "from m2fp_server.network.native import native; told = native(); print(told.function is None, told.words)"
)
PATIENCE = 60

needs_compiler = pytest.mark.skipif(REAL is None, reason="no C++ compiler")

Compiler = Callable[[str], Path]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache folder, and nothing built or loaded yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    native.native.cache_clear()
    yield tmp_path / "cache" / "m2fp-bridge" / "native"
    native.native.cache_clear()


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compiler:
    """Makes a shell script the compiler; ``runs`` beside it gets a line each time."""

    def make(lines: str) -> Path:
        script = tmp_path / "compiler"
        script.write_text(f'#!/bin/sh\necho run >> "{tmp_path}/runs"\n{lines}\n')
        script.chmod(0o755)
        monkeypatch.setenv("M2FP_COMPILER", str(script))
        return script

    return make


def runs(script: Path) -> int:
    return len(script.with_name("runs").read_text().splitlines())


def asked() -> subprocess.Popen[str]:
    """A process of its own that says what became of the compiled form."""
    return subprocess.Popen(
        [sys.executable, "-c", ASK], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@needs_compiler
def test_it_is_built_where_only_we_can_write(cache: Path) -> None:
    told = native.native()
    assert told.function is not None
    assert told.words == f"built by {REAL}"
    (library,) = cache.iterdir()
    assert library.suffix == ".so"
    assert cache.stat().st_mode & 0o077 == 0
    assert library.stat().st_mode & 0o022 == 0


@needs_compiler
def test_it_is_built_where_new_files_are_open_to_a_group(cache: Path) -> None:
    """The usual setting of several distributions: umask 002."""
    before = os.umask(0o002)
    try:
        assert native.native().words == f"built by {REAL}"
    finally:
        os.umask(before)


@needs_compiler
def test_it_is_built_once(cache: Path, compiler: Compiler) -> None:
    script = compiler(f'exec {REAL} "$@"')
    for _ in range(3):
        assert native.native_sampling() is not None
        native.native.cache_clear()
    assert runs(script) == 1


@needs_compiler
@pytest.mark.parametrize("change", ["compiler", "flags", "source"])
def test_what_it_is_made_from_decides_what_is_made_again(
    cache: Path, compiler: Compiler, change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = compiler(f'exec {REAL} "$@"')
    first = native.build(str(script))
    if change == "compiler":
        compiler(f'# another version\nexec {REAL} "$@"')
    elif change == "flags":
        monkeypatch.setattr(native, "FLAGS", (*native.FLAGS, "-g"))
    else:
        source = tmp_path / "edited.cpp"
        source.write_bytes(native.SOURCE.read_bytes() + b"\n")
        monkeypatch.setattr(native, "SOURCE", source)
    assert native.build(str(script)) != first
    assert runs(script) == 2
    assert first.exists()


@needs_compiler
def test_two_processes_build_at_once(cache: Path, compiler: Compiler, tmp_path: Path) -> None:
    """Each compiler waits until the other runs too; both processes load what the last one put there."""
    ran = f'[ $(wc -l < "{tmp_path}/runs") -ge 2 ]'
    waits = f"n=0; until {ran} || [ $n -ge 300 ]; do sleep 0.1; n=$((n+1)); done"
    script = compiler(f'{waits}\nexec {REAL} "$@"')
    both = [asked(), asked()]
    said = [each.communicate(timeout=PATIENCE) for each in both]
    assert said == [(f"False built by {script}\n", "")] * 2
    assert runs(script) == 2
    assert [each.suffix for each in cache.iterdir()] == [".so"]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [("", "no C++ compiler"), ("no-such-compiler", "M2FP_COMPILER names no program: 'no-such-compiler'")],
)
def test_without_a_compiler(cache: Path, monkeypatch: pytest.MonkeyPatch, chosen: str, words: str) -> None:
    monkeypatch.setenv("M2FP_COMPILER", chosen)
    assert native.native() == native.Native(None, words)
    assert native.native_sampling() is None
    assert not cache.exists()


def test_the_usual_compilers_are_looked_for_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("M2FP_COMPILER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert native.find_compiler() is None
    for name in ("c++", "clang++", "g++"):
        (tmp_path / name).touch(0o755)
        assert native.find_compiler() == str(tmp_path / name)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (
            "echo 'x.cpp:1: error: no such luck' >&2; echo more >&2; exit 3",
            "failed: x.cpp:1: error: no such luck",
        ),
        ("exit 3", "failed: status 3"),
        ("printf '\\377\\n' >&2; exit 1", "failed: \N{REPLACEMENT CHARACTER}"),
        ("printf '\\033[2J\\n' >&2; exit 1", "failed:  [2J"),
        ("kill -9 $$", "failed: status -9"),
        (TO_THE_OUTPUT + 'echo rubbish > "$2"', "was of no use: "),
        (TO_THE_OUTPUT + ': > "$2"', "was of no use: "),
        (TO_THE_OUTPUT + 'mkdir "$2"', "was of no use: "),
        ("exit 0", "was of no use: "),
    ],
    ids=[
        "fails",
        "fails silently",
        "no text",
        "moves the cursor",
        "is killed",
        "rubbish",
        "empty",
        "a folder",
        "nothing",
    ],
)
def test_a_compiler_that_is_no_good_is_done_without(
    cache: Path, compiler: Compiler, lines: str, words: str
) -> None:
    script = compiler(lines)
    told = native.native()
    assert told.function is None
    assert told.words.startswith(f"{script} {words}")
    assert "\n" not in told.words
    assert not list(cache.glob("build-*"))


def test_what_can_not_be_started_is_done_without(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "compiler").write_bytes(b"\x7fELF no program")
    (tmp_path / "compiler").chmod(0o755)
    monkeypatch.setenv("M2FP_COMPILER", str(tmp_path / "compiler"))
    assert native.native().function is None
    assert "compiler" in native.native().words


@pytest.mark.timeout(30)
def test_a_compiler_that_hangs_is_ended(
    cache: Path, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = compiler("exec sleep 600")
    monkeypatch.setattr(native, "BUILD_SECONDS", 1.0)
    assert native.native() == native.Native(None, f"{script} took more than 1 s")
    assert list(cache.iterdir()) == []


@needs_compiler
def test_the_compiler_does_not_read_what_is_meant_for_us(cache: Path, compiler: Compiler) -> None:
    """A worker's jobs come through its standard input."""
    script = compiler(f'cat > /dev/null\nexec {REAL} "$@"')
    read, write = os.pipe()
    try:
        asking = subprocess.Popen([sys.executable, "-c", ASK], stdin=read, stdout=subprocess.PIPE, text=True)
        assert asking.communicate(timeout=PATIENCE)[0] == f"False built by {script}\n"
    finally:
        os.close(read)
        os.close(write)


@needs_compiler
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are text")
def test_a_compiler_whose_path_is_no_text(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = os.fsencode(tmp_path) + b"/\xff"
    os.mkdir(folder)
    os.symlink(os.fsencode(str(REAL)), folder + b"/g++")
    monkeypatch.setenv("M2FP_COMPILER", os.fsdecode(folder + b"/g++"))
    assert native.native().function is not None


@needs_compiler
def test_without_a_home(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container may run as a user whom nobody knows."""

    def unknown(*_: object) -> Path:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(native, "user_cache_path", unknown)
    told = native.native()
    assert told.function is None
    assert told.words.endswith("is unknown: set XDG_CACHE_HOME")


@needs_compiler
def test_a_library_without_the_function_is_done_without(cache: Path, compiler: Compiler) -> None:
    script = compiler(f'{TO_THE_OUTPUT} echo | {REAL} -x c++ -shared -fPIC -o "$2" -')
    told = native.native()
    assert told.function is None
    assert told.words.startswith(f"{script} was of no use: ")
    assert "deformable_sampling" in told.words


@needs_compiler
@pytest.mark.parametrize("open_to", [0o020, 0o002])
@pytest.mark.parametrize("what", ["folder", "library"])
def test_what_others_can_write_is_not_loaded(cache: Path, what: str, open_to: int) -> None:
    assert REAL is not None
    library = native.build(REAL)
    path = cache if what == "folder" else library
    path.chmod(path.stat().st_mode | open_to)
    told = native.native()
    assert told.function is None
    assert f"{path} belongs to or can be written by others" in told.words


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write anywhere")
def test_a_cache_that_can_not_be_written_is_said(cache: Path, compiler: Compiler) -> None:
    compiler("exit 0")
    cache.mkdir(parents=True)
    cache.chmod(0o500)
    told = native.native()
    assert told.function is None
    assert str(cache) in told.words


def test_a_cache_that_is_no_folder_is_said(cache: Path, compiler: Compiler) -> None:
    compiler("exit 0")
    cache.parent.mkdir(parents=True)
    cache.touch()
    told = native.native()
    assert told.function is None
    assert str(cache) in told.words


@needs_compiler
def test_without_the_compiled_form_the_features_are_the_same(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pixel decoder is the one part of the network that samples; what follows sees its features alone."""
    generator = torch.Generator().manual_seed(1)

    def noise(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator)

    entries = {
        name: noise(*shape) / math.sqrt(math.prod(shape[1:]))
        for name, shape in expected_entries(21).items()
        if name.startswith(PIXEL_DECODER)
    }
    decoder = PixelDecoder(Values(entries, torch.float32).below(PIXEL_DECODER.rstrip(".")))
    features = [
        noise(1, channels, 96 // stride, 160 // stride)
        for channels, stride in zip(CHANNELS.values(), (4, 8, 16, 32), strict=True)
    ]

    def decoded() -> list[Tensor]:
        with torch.inference_mode():
            found = decoder(features, geometry(96, 160))
        return [*found.levels, found.finest]

    with_it = decoded()
    monkeypatch.setenv("M2FP_COMPILER", "")
    native.native.cache_clear()
    without = decoded()
    assert native.native().function is None
    for one, other in zip(with_it, without, strict=True):
        assert float(one.std()) > 0.3
        torch.testing.assert_close(one, other, atol=2e-5, rtol=0)
