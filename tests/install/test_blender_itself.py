"""The extension by Blender's own rules: checked, installed, switched on, updated, removed by two Blenders."""

from __future__ import annotations

import json
import os
import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from setting_up import extension, wheels
from support.blender_command import write_blender
from support.bpy_environments import FIRST_TIME, VERSIONS, NoBlender, interpreters

from .conftest import ROOT, Checkout

pytestmark = [
    pytest.mark.timeout(FIRST_TIME),
    pytest.mark.skipif(os.name == "nt", reason="the stand-in for Blender's program is a shell script"),
]

REGISTERED = "registered"

# What Blender itself makes of a manifest's wheels under another Python.
CHOICE = """
import json, sys
import bpy, addon_utils
addon_utils.enable("bl_pkg")
from bl_pkg import bl_extension_ops, bl_extension_utils
from bl_pkg.cli import blender_ext
wheels = json.loads(sys.argv[1])
chosen = {}
versions = blender_ext.python_versions_from_wheels(wheels)
for python in ((3, 11, 0), (3, 13, 0)):
    sys.version_info = python
    chosen["%d.%d" % python[:2]] = bl_extension_ops._extensions_wheel_filter_for_this_system(wheels)
print(json.dumps({"versions": sorted(map(list, versions)), "chosen": chosen}), file=sys.stderr)
"""

# A Blender that starts with the preferences as they are, and switches the extension on.
START = """
import sys
import bpy, addon_utils
module = addon_utils.enable("bl_ext.user_default.m2fp_bridge", default_set=True)
sys.exit(0 if module else 1)
"""


@pytest.fixture(scope="module", params=VERSIONS)
def bpy_python(request: pytest.FixtureRequest) -> Path:
    """The Python of a Blender."""
    try:
        return interpreters()[request.param]
    except NoBlender as why:
        pytest.skip(str(why))


@pytest.fixture
def studio(checkout: Checkout, tmp_path: Path, bpy_python: Path) -> Checkout:
    """The installed checkout, with a home of its own for this test, and a Blender on the PATH."""
    (tmp_path / "home").mkdir()
    program = write_blender(tmp_path / "bin", bpy_python)
    own = {
        "HOME": str(tmp_path / "home"),
        "M2FP_CONFIG_DIR": str(tmp_path / "config"),
        "BLENDER_USER_RESOURCES": str(tmp_path / "blender"),
        "PATH": os.pathsep.join([str(program.parent), "/usr/bin", "/bin"]),
    }
    return replace(checkout, environment={**checkout.environment, **own})


@pytest.fixture
def extensions(tmp_path: Path) -> Path:
    return tmp_path / "blender" / "extensions"


def run(studio: Checkout, *line: str) -> str:
    done = studio.run(*line)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def start_blender(studio: Checkout, python: Path) -> list[str]:
    """Start a Blender, switch the extension on; the files and the greeting that it registered with."""
    done = subprocess.run(
        [python, "-c", START],
        env=studio.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (line, *_) = (line for line in done.stdout.splitlines() if line.startswith(REGISTERED))
    return line.split()[1:]


def test_blender_installs_and_removes_it(
    studio: Checkout, extensions: Path, tmp_path: Path, bpy_python: Path
) -> None:
    said = run(studio, "blender")
    target = extensions / "user_default" / "m2fp_bridge"
    assert f"Blender's extension is in {target}.\n" in said
    found = start_blender(studio, bpy_python)
    site = extensions / ".local" / "lib" / "python3.11" / "site-packages"
    assert found[:2] == [str(site / name / "__init__.py") for name in ("m2fp_host", "zmq")]
    (pyzmq,) = site.glob("pyzmq-*.dist-info")
    assert pyzmq.name == f"pyzmq-{wheels.wheel_for('3.11', wheels.this_platform()).version}.dist-info"
    said = run(studio, "uninstall", "blender")
    assert said == f"Removed {target}\n"
    assert not target.exists()
    assert not any(site.iterdir())
    assert not (tmp_path / "config" / "blender.json").exists()


@pytest.mark.parametrize("way", ["by Blender", "into its folder"])
def test_an_update_brings_the_new_client(
    studio: Checkout, extensions: Path, bpy_python: Path, way: str
) -> None:
    line = ["blender"] if way == "by Blender" else ["blender", "--extensions-dir", str(extensions)]
    client = studio.root / "host_plugins" / "m2fp_host" / "__init__.py"
    before = client.read_text()
    try:
        for greeting in ("first", "second"):
            client.write_text(f"GREETING = '{greeting}'\n")
            run(studio, *line)
            assert start_blender(studio, bpy_python)[2:] == [greeting]
    finally:
        client.write_text(before)


def test_a_blender_that_refuses_it_is_quoted(studio: Checkout, extensions: Path) -> None:
    manifest = studio.root / "host_plugins" / "blender" / extension.MANIFEST
    before = manifest.read_text()
    try:
        manifest.write_text(before.replace('type = "add-on"', 'type = "gizmo"'))
        done = studio.run("blender")
    finally:
        manifest.write_text(before)
    assert done.returncode == 1
    assert "asked for `extension validate`, says:" in done.stderr
    assert 'key "type" invalid' in done.stderr
    assert not (extensions / "user_default" / "m2fp_bridge").exists()


@pytest.mark.parametrize("platform", ["all", wheels.this_platform()])
def test_every_python_of_blender_gets_one_pyzmq(studio: Checkout, bpy_python: Path, platform: str) -> None:
    folder = studio.root.parent / "chosen"
    run(studio, "blender", "--extensions-dir", str(folder), "--platform", platform)
    manifest = folder / "user_default" / "m2fp_bridge" / extension.MANIFEST
    listed = tomllib.loads(manifest.read_text("utf-8"))["wheels"]
    done = subprocess.run(
        [bpy_python, "-c", CHOICE, json.dumps(listed)],
        env=studio.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stderr.splitlines()[-1])
    assert {(3, 11), (3, 13)} <= set(map(tuple, answer["versions"]))
    for python in extension.PYTHONS:
        kept = sorted(wheel.split("/")[-1].split("-")[0] for wheel in answer["chosen"][python])
        assert kept == ["m2fp_host", "pyzmq"], python


def test_the_real_manifest_is_valid(studio: Checkout, tmp_path: Path) -> None:
    blender = tmp_path / "bin" / "blender"
    done = subprocess.run(
        [blender, "--command", "extension", "validate", ROOT / "host_plugins" / "blender"],
        env=studio.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
