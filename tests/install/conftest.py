"""A checkout in small, and the packages that it needs as tiny wheels in an index of files: no network."""

from __future__ import annotations

import base64
import ensurepip
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from setting_up import extension, nuke
from setting_up.wheels import Wheel, this_platform

INSTALLER = Path(__file__).resolve().parents[2] / "install.py"
TORCH = "2.13.0"
CPU_TORCH = {"torch/__init__.py": "from types import SimpleNamespace\nversion = SimpleNamespace(cuda=None)\n"}
CUDA_TORCH = {
    "torch/__init__.py": CPU_TORCH["torch/__init__.py"].replace("None", "'13.0'") + "__version__ = 'x'\n"
}

# It hangs while it is told to, so that an install can be caught in the middle, and leaves pip's process id.
BACKEND = """
import os, shutil, time
def build_editable(folder, config_settings=None, metadata_directory=None):
    while os.path.exists("hang"):
        with open("draft", "w") as file:
            file.write(str(os.getppid()))
        os.replace("draft", "hanging")
        time.sleep(0.05)
    return os.path.basename(shutil.copy("built/m2fp_bridge-0.1.0-py3-none-any.whl", folder))
"""

PYPROJECT = """
[build-system]
requires = ["buildtool"]
build-backend = "backend"
backend-path = ["."]

[project]
name = "m2fp-bridge"
version = "0.1.0"
dependencies = ["torch==2.13.0"]

[project.optional-dependencies]
test = ["ruff", "mypy", "pytest"]
"""

# Says what it was asked, and fails where the environment says so: FAIL_MYPY=3
CHECK = """
import os, sys
name = os.path.basename(os.path.dirname(__file__))
print("this is", name, *sys.argv[1:], flush=True)
sys.exit(int(os.environ.get("FAIL_" + name.upper(), 0)))
"""

COMMAND = """
import json, os, sys
def main():
    print(json.dumps({"arguments": sys.argv[1:], "cwd": os.getcwd(), "python": sys.version_info[:2]}))
    return int(os.environ.get("FAIL_M2FP", 0))
"""


# The plug-in in small: what install.py nuke copies, by paths in the checkout.
PLUGIN = {
    "host_plugins/nuke/init.py": "import nuke\n",
    "host_plugins/nuke/menu.py": "import nuke\n",
    "host_plugins/nuke/m2fp_nuke/__init__.py": "",
    "host_plugins/nuke/m2fp_nuke/__pycache__/left.pyc": "",
    "host_plugins/nuke/M2FP.png": "a picture",
    "host_plugins/m2fp_host/__init__.py": "",
    "gizmos/M2FP.gizmo": "Gizmo {\n}\n",
}
ROOT = INSTALLER.parent
EXTENSION = """
def register():
    import m2fp_host, zmq
    print("registered", m2fp_host.__file__, zmq.__file__, getattr(m2fp_host, "GREETING", ""))
def unregister():
    print("unregistered")
"""
ZMQ = {"zmq/__init__.py": "Context = object\n", "pyzmq.libs/libzmq.so": "x" * 100}


def write_wheel(
    folder: Path, name: str, version: str, *metadata: str, tag: str = "py3-none-any", **files: str
) -> Path:
    """Write a wheel, by default of pure Python; `files` by their paths in it."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    contents = {
        **files,
        f"{info}/METADATA": "\n".join(
            ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata, ""]
        ),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    contents[f"{info}/RECORD"] = "".join(record_line(file, text) for file, text in contents.items())
    contents[f"{info}/RECORD"] += f"{info}/RECORD,,\n"
    path = folder / f"{stem}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in contents.items():
            wheel.writestr(file, text)
    return path


def record_line(file: str, text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
    return f"{file},sha256={digest},{len(text.encode())}\n"


def write_pyzmq(folder: Path, wheel: Wheel) -> Path:
    """Write what PyPI has under that name, in small."""
    python, _, stable = wheel.folder.split("-")[0].partition("_")
    licence = {f"pyzmq-{wheel.version}.dist-info/licenses/LICENSE.md": "BSD"}
    files = {**ZMQ, "zmq/sugar/version.py": f'__version__: str = "{wheel.version}"\n', **licence}
    abi = stable or f"{python}{'m' if python == 'cp37' else ''}"
    tag = f"{python}-{abi}-{wheel.tags[0]}"
    return write_wheel(folder, "pyzmq", wheel.version, tag=tag, **files)


@dataclass(frozen=True)
class Index:
    """A package index in PEP 503's form, in a folder."""

    folder: Path

    @property
    def url(self) -> str:
        return self.folder.as_uri()

    def add(self, name: str, version: str, *metadata: str, **files: str) -> None:
        write_wheel(self.folder / name, name, version, *metadata, **files)
        self.link(name)

    def link(self, name: str) -> None:
        """Write the page of a project, of all its wheels."""
        project = self.folder / name
        links = "".join(
            f'<a href="{wheel.name}">{wheel.name}</a>\n' for wheel in sorted(project.glob("*.whl"))
        )
        (project / "index.html").write_text(f"<!DOCTYPE html><html><body>\n{links}</body></html>\n")


@dataclass
class Checkout:
    """A small project with the real install.py in it."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def record(self) -> Path:
        return Path(self.environment["M2FP_CONFIG_DIR"]) / "install.json"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.root / "install.py"), *arguments]

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.root.parent,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
        )

    @contextmanager
    def started(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A run in a process group of its own, as a shell's; nothing of the group is left in the end."""
        with subprocess.Popen(
            self.command(*arguments),
            cwd=self.root.parent,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def hang(self) -> None:
        """Let the next install hang while it builds the project."""
        (self.root / "hang").touch()

    def pip_that_hangs(self) -> int:
        """The process id of a hanging install's pip, once it hangs."""
        deadline = time.monotonic() + 60
        while not (self.root / "hanging").exists():
            assert time.monotonic() < deadline, "no build began within a minute"
            time.sleep(0.02)
        return int((self.root / "hanging").read_text())

    def go_on(self) -> None:
        for file in ("hang", "hanging"):
            (self.root / file).unlink(missing_ok=True)


def write_plugin(root: Path) -> None:
    """Write what `nuke` and `blender` take of a checkout: plug-ins in small, the real room that installs."""
    for name, text in PLUGIN.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "host_plugins" / "blender").mkdir(parents=True)
    (root / "host_plugins" / "blender" / "__init__.py").write_text(EXTENSION)
    for name in ("LICENSE", "NOTICE", f"host_plugins/blender/{extension.MANIFEST}"):
        shutil.copyfile(ROOT / name, root / name)
    shutil.copytree(Path(nuke.__file__).parent, root / "host_plugins" / "setting_up")


@pytest.fixture
def installer() -> Any:
    """install.py as a module."""
    spec = importlib.util.spec_from_file_location("install", INSTALLER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def isolated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment without the machine's pip settings and the user's folders."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "M2FP_", "XDG_", "PYTHON")) and name != "VIRTUAL_ENV"
    }
    home = tmp_path_factory.mktemp("home")
    return {
        **kept,
        "HOME": str(home),
        "M2FP_CONFIG_DIR": str(home / "config"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
        "PIP_RETRIES": "1",
    }


@pytest.fixture
def alone(isolated: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for this process."""
    for name in set(os.environ) - set(isolated):
        monkeypatch.delenv(name)
    for name, value in isolated.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def bare_venv(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A real virtual environment with pip in it."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "index")


@pytest.fixture(scope="session")
def shared_checkout(tmp_path_factory: pytest.TempPathFactory, isolated: dict[str, str]) -> Iterator[Checkout]:
    folder = tmp_path_factory.mktemp("studio share")  # a space, as folders of studios have
    root = folder / "checkout"
    index = Index(folder / "index")
    index.add("pip", ensurepip.version())
    index.add("buildtool", "1.0")
    index.add("torch", TORCH, **CPU_TORCH)
    for_blender = extension.wanted(extension.PLATFORMS)
    for wheel in dict.fromkeys([*nuke.wanted([], ["all", this_platform()]), *for_blender]):
        write_pyzmq(index.folder / "pyzmq", wheel)
    index.link("pyzmq")
    for check in ("ruff", "mypy", "pytest"):
        index.add(check, "1.0", **{f"{check}/__init__.py": "", f"{check}/__main__.py": CHECK})
    metadata = [f"Requires-Dist: torch=={TORCH}", "Provides-Extra: test"]
    metadata += [f"Requires-Dist: {check}; extra == 'test'" for check in ("ruff", "mypy", "pytest")]
    script = {"m2fp_bridge-0.1.0.dist-info/entry_points.txt": "[console_scripts]\nm2fp = m2fp_command:main\n"}
    write_wheel(root / "built", "m2fp-bridge", "0.1.0", *metadata, **{"m2fp_command.py": COMMAND}, **script)
    (root / "backend.py").write_text(BACKEND)
    (root / "pyproject.toml").write_text(PYPROJECT)
    (root / "server").mkdir()
    (root / "server" / "constraints.txt").write_text(f"pip=={ensurepip.version()}\ntorch=={TORCH}\n")
    shutil.copy(INSTALLER, root)
    write_plugin(root)
    yield Checkout(root, {**isolated, "PIP_INDEX_URL": index.url})
    shutil.rmtree(folder)


@pytest.fixture
def checkout(shared_checkout: Checkout) -> Checkout:
    """The small project, installed and whole: quick where the last test left it so."""
    shared_checkout.go_on()
    done = shared_checkout.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(shared_checkout.record.read_text())["version"] == "0.1.0"
    return shared_checkout
