"""The evaluator's process as its client sees it: start, errors, death, end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hosts.nuke.fake_nuke.pixels import client
from hosts.nuke.fake_nuke.pixels.client import Pixels, PixelsError
from hosts.nuke.pixel_ops import op, read
from support.interpreters import VERSIONS, find_python

CONSTANT = op(1, "Constant", color=[0.25, 0.5, 0.75, 1], channels="rgba", format=[8, 4, 2])


def test_a_request_starts_the_evaluator_and_close_ends_it() -> None:
    with Pixels(sys.executable) as pixels:
        assert pixels.sample([CONSTANT], "rgba.green", 3.5, 1.5) == 0.5
        found = pixels.validate([CONSTANT])
    assert found["format"] == [8, 4, 2]
    assert found["bbox"] == [0, 0, 8, 4]
    assert found["channels"] == ["rgba.red", "rgba.green", "rgba.blue", "rgba.alpha"]


def test_closing_what_never_started_is_harmless() -> None:
    pixels = Pixels(sys.executable)
    pixels.close()
    pixels.close()


def test_a_missing_file_is_an_error_of_its_own(tmp_path: Path) -> None:
    with Pixels(sys.executable) as pixels:
        with pytest.raises(PixelsError, match=r"Read: Read error: No such file.*nowhere\.exr") as caught:
            pixels.validate([read(1, tmp_path / "nowhere.exr")])
        assert caught.value.missing
        with pytest.raises(PixelsError, match="class Blur can't be evaluated") as other:
            pixels.validate([CONSTANT, op(2, "Blur", 1)])
        assert not other.value.missing
        assert pixels.sample([CONSTANT], "rgba.red", 0, 0) == 0.25


@pytest.mark.parametrize(
    ("ops", "message"),
    [
        ([], "nothing to evaluate"),
        ([{"class": "Read"}], "no operator"),
        ([op(1, "NoOp", 7)], "input 7 does not come before it"),
        ([op(1, "Grade", None, multiply="much")], "multiply is 'much'"),
        ([op(1, "Constant", format="big")], "format is 'big'"),
    ],
)
def test_a_wrong_request_is_refused_in_words(ops: list[object], message: str) -> None:
    with Pixels(sys.executable) as pixels, pytest.raises(PixelsError, match=message):
        pixels.validate(ops)  # type: ignore[arg-type]


def test_a_dead_evaluator_says_why_and_the_next_request_starts_another() -> None:
    with Pixels(sys.executable) as pixels:
        with pytest.raises(RuntimeError, match=r"(?s)ended with status 1.*KeyError") as caught:
            pixels._ask({"do": "sample", "ops": [CONSTANT]})
        assert not isinstance(caught.value, PixelsError)
        assert pixels.sample([CONSTANT], "rgba.red", 0, 0) == 0.25


def test_an_evaluator_that_was_killed_is_an_error() -> None:
    with Pixels(sys.executable) as pixels:
        pixels.validate([CONSTANT])
        assert pixels._process is not None
        pixels._process.kill()
        pixels._process.wait(10)
        with pytest.raises(RuntimeError, match="ended with status"):
            pixels.validate([CONSTANT])


def test_a_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    with Pixels(str(tmp_path / "python")) as pixels, pytest.raises(RuntimeError, match="can't start"):
        pixels.validate([CONSTANT])


def test_an_answer_that_does_not_come_is_an_error(tmp_path: Path) -> None:
    """A Python that never answers: it sleeps, whatever its arguments are."""
    sleeper = tmp_path / "python"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    expected = pytest.raises(RuntimeError, match=r"did not answer within 0\.2 s")
    with Pixels(str(sleeper), timeout=0.2) as pixels, expected:
        pixels.validate([CONSTANT])


@pytest.mark.parametrize("version", VERSIONS[:-1])
def test_it_works_from_every_python_of_nuke(version: str, tmp_path: Path) -> None:
    python = find_python(version)
    if not python:
        pytest.skip(f"there is no Python {version} here")
    program = tmp_path / "host.py"
    program.write_text(
        f"""
import sys
sys.path.insert(0, {str(Path(client.__file__).parent)!r})
from client import Pixels
with Pixels({sys.executable!r}) as pixels:
    print(pixels.sample([{CONSTANT!r}], "rgba.blue", 0, 0))
"""
    )
    command = [python, "-W", "error", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0.75\n", "")
