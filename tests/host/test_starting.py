"""Starting the daemon from a host: with the installed command, and nothing of the host's own environment."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from m2fp_host import Client, starting
from m2fp_host.errors import BadRequest, M2FPError, NoDaemon
from m2fp_host.starting import daemon_environment, start_daemon
from support.command import nowhere
from support.daemons import alive, wait_for


class Installed:
    """What ``install.py`` leaves behind, with a command ``m2fp`` of the test's making."""

    def __init__(self, folder: Path) -> None:
        self.command = folder / "bin" / "m2fp"
        self.command.parent.mkdir()
        record = folder / "config" / "install.json"
        record.parent.mkdir()
        record.write_text(json.dumps({"m2fp": str(self.command)}))
        self.is_script(f"export PYTHONPATH={shlex.quote(os.pathsep.join(sys.path))}\n{_RUN}")

    def is_script(self, text: str) -> None:
        self.command.write_text(f"#!/bin/sh\n{text}\n")
        self.command.chmod(stat.S_IRWXU)


_RUN = f'exec {shlex.quote(sys.executable)} -m m2fp_server.cli "$@"'


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    """A host in whose Python's folder there is no ``m2fp``, and a user who has installed one."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "Nuke15.1"))
    monkeypatch.setenv("M2FP_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Installed(tmp_path)


def test_a_daemon_that_stays(installed: Installed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From a thread, as hosts do it, and with an environment that would break the daemon's Python."""
    monkeypatch.setenv("PYTHONHOME", str(tmp_path / "nowhere"))
    endpoint, said = nowhere(), []
    thread = threading.Thread(target=lambda: said.append(start_daemon(endpoint, 60)))
    thread.start()
    thread.join(90)
    found = re.match(r"a daemon answers at (\S+) \(process (\d+), log ", said[0])
    assert found
    assert found[1] == endpoint
    pid = int(found[2])
    try:
        with Client(endpoint) as client:
            assert not client.status().draining
        assert os.getsid(pid) == pid
        assert start_daemon(endpoint, 60) == f"a daemon answers at {endpoint} already"
    finally:
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not alive(pid), 40)


def test_the_command_line(installed: Installed, tmp_path: Path) -> None:
    installed.is_script(f'pwd >{tmp_path}/pwd; echo "$@" >{tmp_path}/arguments; echo; echo done')
    assert start_daemon("ipc:///tmp/m2fp/socket", 7.5) == "done"
    told = (tmp_path / "arguments").read_text()
    assert told == "serve --background --endpoint ipc:///tmp/m2fp/socket --wait 7.5\n"
    assert Path((tmp_path / "pwd").read_text().strip()).samefile(Path.home())


def test_a_user_without_a_home(installed: Installed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "absent"))
    installed.is_script("pwd")
    assert start_daemon("tcp://127.0.0.1:47999") == "/"


def test_a_command_that_says_nothing_is_taken_at_its_word(installed: Installed) -> None:
    installed.is_script("exit 0")
    assert start_daemon("tcp://localhost:47999") == "a daemon answers at tcp://localhost:47999"


def test_what_is_the_hosts_own_stays_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    hosts = {
        "PYTHONHOME": "/nuke",
        "PYTHONPATH": "/nuke/lib",
        "PYTHONSTARTUP": "/me.py",
        "__PYVENV_LAUNCHER__": "/nuke/python",
        "LD_LIBRARY_PATH": "/nuke",
        "LD_PRELOAD": "/nuke/libjemalloc.so",
        "DYLD_FRAMEWORK_PATH": "/nuke",
        "QT_PLUGIN_PATH": "/nuke/qt",
        "NUKE_PATH": "/shows",
        "OCIO": "/shows/config.ocio",
    }
    users = {
        "M2FP_WEIGHTS": "/weights",
        "OMP_NUM_THREADS": "3",
        "LANG": "C.UTF-8",
        "XDG_STATE_HOME": "/state",
    }
    os.environ.update(hosts)
    os.environ.update(users)
    kept = daemon_environment()
    assert not set(hosts) & set(kept)
    assert {name: kept[name] for name in users} == users
    assert kept["PATH"] == os.environ["PATH"]
    assert kept["PYTHONIOENCODING"] == "utf-8"


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        ("tcp://render07:47115", "a daemon at tcp://render07:47115 can't be started from this machine"),
        ("tcp://192.168.1.7:47115", "can't be started from this machine"),
        ("tcp://[fe80::1]:47115", "can't be started from this machine"),
        ("tcp://:47115", "is no endpoint"),
        ("render07", "is no endpoint"),
        ("", "is no endpoint"),
    ],
)
def test_a_daemon_on_another_machine(endpoint: str, reason: str, installed: Installed) -> None:
    with pytest.raises(BadRequest) as caught:
        start_daemon(endpoint)
    assert reason in caught.value.message
    if "started" in reason:
        host = endpoint.removeprefix("tcp://").rpartition(":")[0].strip("[]")
        assert f"start m2fp serve on {host} " in caught.value.hint


@pytest.mark.parametrize("path", ["", "bin"])
def test_m2fp_is_not_installed(
    path: str, installed: Installed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not in the record, and not on the PATH, where the current folder and what lies in it do not count."""
    (tmp_path / "config" / "install.json").unlink()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", path)
    with pytest.raises(NoDaemon, match="is not installed for this user") as caught:
        start_daemon("tcp://127.0.0.1:47999")
    assert "python3 install.py" in caught.value.hint


def test_m2fp_on_the_path(installed: Installed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config" / "install.json").unlink()
    installed.is_script("echo from the path")
    monkeypatch.setenv("PATH", str(installed.command.parent))
    assert start_daemon("tcp://127.0.0.1:47999") == "from the path"


def test_a_command_that_can_not_be_run(installed: Installed) -> None:
    installed.command.write_bytes(b"no program")
    with pytest.raises(NoDaemon, match=f"can't run {re.escape(str(installed.command))}"):
        start_daemon("tcp://127.0.0.1:47999")


@pytest.mark.parametrize(
    ("script", "kind", "message"),
    [
        ("echo 'm2fp: no room: make some' >&2; exit 1", NoDaemon, "no room: make some"),
        ("echo 'm2fp: nonsense' >&2; exit 2", BadRequest, "nonsense"),
        ("exit 3", NoDaemon, "ended with status 3"),
        (r"printf 'm2fp: caf\303\251\n\n' >&2; exit 1", NoDaemon, "café"),
        (r"printf 'm2fp: \377\n' >&2; exit 1", NoDaemon, "\ufffd"),
    ],
)
def test_what_went_wrong_is_told(
    script: str, kind: type[M2FPError], message: str, installed: Installed
) -> None:
    installed.is_script(script)
    with pytest.raises(M2FPError) as caught:
        start_daemon("tcp://127.0.0.1:47999")
    assert type(caught.value) is kind
    assert caught.value.message.endswith(message)
    assert "in a terminal" in caught.value.hint


def test_a_command_that_hangs(installed: Installed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is ended, and nobody waits for what it started and left with its pipes."""
    monkeypatch.setattr(starting, "GRACE", 0.5)
    installed.is_script(f"sleep 60 & echo $! $$ >{tmp_path}/pids; wait")
    with pytest.raises(NoDaemon, match=r"has said nothing for 1\.5 s"):
        start_daemon("tcp://127.0.0.1:47999", 1)
    sleeper, command = map(int, (tmp_path / "pids").read_text().split())
    assert not alive(command)
    os.kill(sleeper, signal.SIGKILL)


def test_no_console_window() -> None:
    """On Windows the flag is there; elsewhere there is none to set."""
    program = (
        "import subprocess, sys\n"
        "sys.platform, subprocess.CREATE_NO_WINDOW = 'win32', 0x08000000\n"
        "from m2fp_host import starting\n"
        "assert starting._no_window() == 0x08000000"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    assert starting._no_window() == 0
