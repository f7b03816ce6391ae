"""The host package on the hosts' own Pythons: it compiles, imports quickly, and talks to a real daemon."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

import m2fp_host
from m2fp_server.cli.private_daemon import PrivateDaemon
from support.interpreters import VERSIONS, find_python

PACKAGE = Path(m2fp_host.__file__).parent
PYZMQ = {"3.7": "26.2.1"}
"""The last pyzmq with wheels for an old Python; the newest for the others."""

SESSION = """
import json, sys, threading, time
import m2fp_host
imported_zmq = "zmq" in sys.modules
endpoint, plate, out = sys.argv[1:]
stages = []
with m2fp_host.Client(endpoint, timeout=60) as client:
    tell = lambda stage, fraction: stages.append(stage)
    by_path = client.parse(plate, out=out, layers=["hair", "person"], on_progress=tell)
    with open(plate, "rb") as file:
        in_memory = client.parse(file.read(), layers=["hair", "person"])
    status = client.status()
    try:
        client.parse(b"no EXR", layers=["hair"])
        refused = ""
    except m2fp_host.M2FPError as error:
        refused = error.code
with open(out, "rb") as file:
    same = file.read() == in_memory.data
print(json.dumps({"zmq": imported_zmq, "same": same, "stages": stages, "refused": refused,
                  "ready": status.ready, "channels": by_path.report["channels"]}))
"""


@pytest.fixture(scope="module", params=VERSIONS)
def python(request: pytest.FixtureRequest) -> list[str]:
    """The command of an interpreter that can import pyzmq (kept in the user's cache between runs)."""
    version = request.param
    found = find_python(version)
    if not found:
        pytest.skip(f"no Python {version} on this machine: its hosts are not tested here")
    wanted = PYZMQ.get(version, "27.3.0")
    vendor = platformdirs.user_cache_path("m2fp-bridge") / "tests" / f"pyzmq-{wanted}-py{version}"
    if not (vendor / "zmq").is_dir():
        pip = [found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command = [*pip, "--no-warn-script-location", "--target", str(vendor), f"pyzmq=={wanted}"]
        subprocess.run(command, check=True, timeout=110)
    program = "import sys; sys.path[:0] = sys.argv[1:3]; del sys.argv[1:3]; exec(sys.argv.pop(1))"
    return [found, "-W", "error", "-c", program, str(PACKAGE.parent), str(vendor)]


def test_every_interpreter_that_ci_has_is_found() -> None:
    """Whatever else is missing, the Python that runs the tests is there."""
    assert find_python(f"{sys.version_info.major}.{sys.version_info.minor}")


def test_compiles(python: list[str]) -> None:
    program = (
        "import pathlib, sys\n"
        "for path in pathlib.Path(sys.argv[1]).rglob('*.py'):\n"
        "    compile(path.read_bytes(), str(path), 'exec')"
    )
    subprocess.run([*python, program, str(PACKAGE)], check=True, timeout=60)


def test_a_session(python: list[str], daemon: PrivateDaemon, plate: Path, tmp_path: Path) -> None:
    out = tmp_path / "masks.exr"
    command = [*python, SESSION, daemon.endpoint, str(plate), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["same"]
    assert told["ready"]
    assert not told["zmq"], "importing m2fp_host must not import zmq"
    assert told["refused"] == "bad_image"
    assert told["channels"] == ["hair.A", "person.A"]
    assert told["stages"][-1] == "done"
    assert {"send", "network", "write"} <= set(told["stages"])
    assert hashlib.sha256(out.read_bytes()).hexdigest()
