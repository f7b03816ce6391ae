"""Builds ``deformable_sampling.cpp`` with the machine's own C++ compiler, once, and loads it.

The result lies in the user's cache folder under a name that says what it was made from and for; it knows
nothing of picture sizes, so there is nothing to build again. Without a compiler, or when anything goes wrong
on the way, ``sampling.py`` does without. ``M2FP_COMPILER`` names the compiler; empty, it forbids compiling.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from platformdirs import user_cache_path
from torch import Tensor

from .geometry import Geometry

SOURCE = Path(__file__).with_name("deformable_sampling.cpp")
COMPILERS = ("g++", "clang++", "c++")
FLAGS = ("-O3", "-march=native", "-std=c++17", "-shared", "-fPIC")
BUILD_SECONDS = 60.0
CHUNKS_PER_THREAD = 4
"""Queries differ in what they cost (places outside are free), so threads take small helpings."""

_PROCESSOR = ("model name", "flags", "CPU implementer", "CPU part", "Features")
"""What /proc/cpuinfo says of a processor's kind: two lines on x86, three on ARM."""

Sampling = Callable[[Tensor, Tensor, Tensor, Geometry], Tensor]


@dataclass(frozen=True)
class Native:
    """What became of it: the loaded function, or ``None`` and why, in words."""

    function: Sampling | None
    words: str


def native_sampling() -> Sampling | None:
    """The compiled function, built and loaded at the first call; ``None`` where that can't be."""
    return native().function


@cache
def native() -> Native:
    """Build or find the compiled function."""
    compiler = find_compiler()
    if compiler is None:
        chosen = os.environ.get("M2FP_COMPILER")
        return Native(None, f"M2FP_COMPILER names no program: {chosen!r}" if chosen else "no C++ compiler")
    try:
        library = build(compiler)
        return Native(_bound(library), f"built by {compiler}")
    except subprocess.TimeoutExpired:
        return Native(None, f"{compiler} took more than {BUILD_SECONDS:.0f} s")
    except subprocess.CalledProcessError as fault:
        said = fault.stderr.decode(errors="replace").strip().splitlines()
        first = "".join(each if each.isprintable() else " " for each in said[0]) if said else ""
        return Native(None, f"{compiler} failed: {first or f'status {fault.returncode}'}")
    except (OSError, AttributeError) as fault:
        return Native(None, f"{compiler} was of no use: {fault}")


def find_compiler() -> str | None:
    """The full path of the compiler to use."""
    chosen = os.environ.get("M2FP_COMPILER")
    names = COMPILERS if chosen is None else (chosen,)
    return next((path for name in names if name and (path := shutil.which(name))), None)


def build(compiler: str, folder: Path | None = None) -> Path:
    """The library for this source, compiler and processor, built unless it lies in ``folder`` already.

    :raises OSError: the folder can't be written, is not ours alone, or the user has no home to keep it in.
    :raises subprocess.SubprocessError: the compiler failed or took too long.
    """
    folder = _default_folder() if folder is None else folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    library = folder / f"deformable_sampling-{_fingerprint(compiler)}.so"
    if not library.exists():
        with tempfile.TemporaryDirectory(dir=folder, prefix="build-") as scratch:
            made = Path(scratch) / "built.so"
            subprocess.run(
                [compiler, *FLAGS, "-o", str(made), str(SOURCE)],
                check=True,
                stdin=subprocess.DEVNULL,  # ours is the pipe that a worker's jobs come through
                capture_output=True,
                timeout=BUILD_SECONDS,
            )
            made.chmod(0o700)  # whatever the umask: see _ours_alone
            with open(made, "rb+") as file:
                os.fsync(file.fileno())  # half a library, after a power cut, would kill whoever loads it
            os.replace(made, library)
    for each in (folder, library):
        _ours_alone(each)
    return library


def _default_folder() -> Path:
    try:
        return user_cache_path("m2fp-bridge") / "native"
    except RuntimeError:
        raise OSError("the home folder, to keep what it builds, is unknown: set XDG_CACHE_HOME") from None


def _fingerprint(compiler: str) -> str:
    """A short hash of all that decides what is built. A cache folder may be shared by unlike machines."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        processor = "\n".join(line for line in lines if line.startswith(_PROCESSOR))
    except OSError:
        processor = platform.processor()
    status = os.stat(compiler)
    made_of = [platform.machine(), processor, compiler, status.st_size, status.st_mtime_ns, *FLAGS]
    digest = hashlib.sha256(SOURCE.read_bytes())
    digest.update(os.fsencode("\0".join(map(str, made_of))))
    return digest.hexdigest()[:16]


def _ours_alone(path: Path) -> None:
    """Code is only loaded from where nobody else can write."""
    status = os.stat(path)
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o022):
        raise OSError(f"{path} belongs to or can be written by others")


def _bound(library: Path) -> Sampling:
    function = ctypes.CDLL(str(library)).deformable_sampling
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    function.argtypes = (*[pointer] * 4, *[number] * 2, *[pointer] * 2, *[number] * 2)
    function.restype = None
    threads = torch.get_num_threads()
    # ctypes lets go of the interpreter's lock, so plain threads do; OpenMP would come with a second run-time.
    pool = ThreadPoolExecutor(threads, "deformable-sampling")

    def sampling(values: Tensor, offsets: Tensor, weights: Tensor, geometry: Geometry) -> Tensor:
        count = len(values)
        values = values.contiguous()
        shapes = torch.tensor(geometry.shapes, dtype=torch.int64)
        seen = torch.empty_like(values)
        chunks = threads * CHUNKS_PER_THREAD

        def work(chunk: int) -> None:
            function(
                values.data_ptr(),
                geometry.centres.data_ptr(),
                offsets.data_ptr(),
                weights.data_ptr(),
                offsets.stride(0),
                weights.stride(0),
                shapes.data_ptr(),
                seen.data_ptr(),
                count * chunk // chunks,
                count * (chunk + 1) // chunks,
            )

        for _ in pool.map(work, range(chunks)):
            pass
        return seen

    return sampling
