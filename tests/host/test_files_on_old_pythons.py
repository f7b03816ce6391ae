"""What hosts need beside the client, on the hosts' own Pythons, with the standard library alone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import m2fp_host
from m2fp_host import Client
from m2fp_host.rendered_plate import canonical
from support.interpreters import VERSIONS, find_python
from support.plates import write_plate

PROGRAM = """
import hashlib, json, os, sys
sys.path.insert(0, sys.argv[1])
from m2fp_host import Parameters
from m2fp_host.errors import BadImage, M2FPError
from m2fp_host.exr_chunks import whole
from m2fp_host.exr_header import read_header
from m2fp_host.provenance import Provenance
from m2fp_host.rendered_plate import canonical
from m2fp_host.starting import start_daemon
_, _, masks, plate = sys.argv
sys.executable = "/nowhere/Nuke15.1"  # so that no m2fp lies beside it
made = Provenance.read(masks)
header = read_header(masks)
with open(plate, "rb") as file:
    source = hashlib.sha256(file.read()).hexdigest()
try:
    Provenance.read(plate)
    refused = ""
except BadImage as error:
    refused = error.message
try:
    start_daemon("tcp://render07:47115")
    remote = ""
except M2FPError as error:
    remote = error.message
print(json.dumps({
    "engine": made.engine,
    "same": made.differs(source, Parameters(layers=("hair",), exposure="auto")),
    "used": made.differs(source, Parameters(layers=("hair",), exposure=made.exposure)),
    "other": made.differs(source, Parameters(layers=("hair",), exposure="auto", engine="m2fp")),
    "window": header.box("dataWindow"),
    "channels": [each.name for each in header.channels()],
    "whole": whole(masks),
    "canonical": canonical(plate),
    "refused": refused,
    "remote": remote,
    "started": start_daemon("tcp://127.0.0.1:47999", 20),
}))
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_masks_and_plates(
    version: str, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = find_python(version)
    if not python:
        pytest.skip(f"no Python {version} on this machine: its hosts are not tested here")
    m2fp = tmp_path / "m2fp"
    m2fp.write_text("#!/bin/sh\necho $1 $2\n")
    m2fp.chmod(0o700)
    (tmp_path / "install.json").write_text(json.dumps({"m2fp": str(m2fp)}))
    monkeypatch.setenv("M2FP_CONFIG_DIR", str(tmp_path))
    plate, masks = write_plate(tmp_path / "plate.exr", DateTime="2026:07:31 12:00:00"), tmp_path / "masks.exr"
    client.parse(plate, out=masks, layers=["hair"], exposure="auto")
    host_plugins = Path(m2fp_host.__file__).parents[1]
    command = [python, "-I", "-W", "error", "-c", PROGRAM, str(host_plugins), str(masks), str(plate)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "engine": "builtin",
        "same": "",
        "used": "",
        "other": "engine was auto, is m2fp now",
        "window": [0, 0, 95, 63],
        "channels": ["hair.A"],
        "whole": True,
        "canonical": True,
        "refused": f"{plate}: M2FP did not make this file (there is no m2fp/engine in it)",
        "remote": "a daemon at tcp://render07:47115 can't be started from this machine",
        "started": "serve --background",
    }
    again = write_plate(tmp_path / "again.exr", DateTime="2026:08:01 13:00:00")
    assert canonical(again)
    assert plate.read_bytes() == again.read_bytes()
