"""``m2fp serve --background``: a daemon that stays, a line about it, and no loose ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from m2fp_host import Client
from m2fp_host.errors import Draining
from m2fp_server.cli.background import start_in_background
from m2fp_server.cli.private_daemon import PrivateDaemon
from support.command import is_one_sentence, m2fp, nowhere
from support.daemons import alive, running, wait_for, worker_pid
from support.plates import write_plate

SAID = r"a daemon answers at (\S+) \(process (\d+), log (.+)\)\n"


class Background:
    """``m2fp serve --background`` at an endpoint of its own, with logs below a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.endpoint = nowhere()
        self.home = home
        self.started: list[int] = []

    @property
    def log(self) -> Path:
        (log,) = (self.home / "state" / "m2fp-bridge" / "log").iterdir()
        return log

    def start(self, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        environment = {"HOME": str(self.home), "XDG_STATE_HOME": str(self.home / "state"), **environment}
        arguments = ("serve", "--background", "--endpoint", self.endpoint, *options)
        done = m2fp(*arguments, cwd=None, **environment)
        if found := re.fullmatch(SAID, done.stdout):
            self.started.append(int(found[2]))
        return done

    def end(self) -> None:
        for pid in self.started:
            if alive(pid):
                os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not any(map(alive, self.started)), 40)


@pytest.fixture
def background(tmp_path: Path) -> Iterator[Background]:
    one = Background(tmp_path)
    yield one
    one.end()


def test_it_answers_when_the_command_is_over(background: Background, plate: Path, tmp_path: Path) -> None:
    done = background.start("--root", str(tmp_path), "--threads", "1")
    assert (done.returncode, done.stderr) == (0, "")
    found = re.fullmatch(SAID, done.stdout)
    assert found
    assert (found[1], Path(found[3])) == (background.endpoint, background.log)
    with Client(background.endpoint, timeout=60) as client:
        assert client.parse(plate, layers=["hair"]).report["transfer"] == "path", "the options went along"
        worker = worker_pid(client)
    (pid,) = background.started
    assert os.getsid(pid) == pid, "a session of its own"
    assert os.readlink(f"/proc/{pid}/fd/0") == os.devnull
    assert os.readlink(f"/proc/{pid}/fd/1") == os.readlink(f"/proc/{pid}/fd/2") == found[3]
    assert background.log.stat().st_mode & 0o077 == 0
    again = background.start()
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout == f"a daemon answers at {background.endpoint} already\n"
    background.end()
    assert not alive(worker)
    words = background.log.read_text()
    assert f"{background.endpoint} listening\n" in words
    assert '"event": "stopped"' in words
    assert background.start().returncode == 0
    assert background.log.read_text().startswith(words), "the log is appended to"


def test_nothing_is_inherited(background: Background) -> None:
    """Who waits for the end of a pipe that the command had must not wait for the daemon."""
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "m2fp_server.cli", "serve", "--background"]
    done = subprocess.run(
        [*command, "--endpoint", background.endpoint],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
        pass_fds=[writing],
        env={**os.environ, "XDG_STATE_HOME": str(background.home / "state")},
    )
    found = re.fullmatch(SAID, done.stdout)
    assert found
    background.started.append(int(found[2]))
    os.close(writing)
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_a_daemon_that_can_not_start_says_why(background: Background) -> None:
    """Somebody else, who is no daemon of ours, has the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        background.endpoint = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        done = background.start()
    assert (done.returncode, done.stdout) == (1, "")
    assert is_one_sentence(done.stderr)
    assert f"the daemon ended instead of starting: can't listen at {background.endpoint}" in done.stderr
    assert str(background.log) in done.stderr


def test_a_daemon_that_does_not_answer_in_time_is_ended(background: Background, tmp_path: Path) -> None:
    """The daemon's Python (not the command's) sleeps before it does anything."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys, time\n"
        "if '--foreground' in sys.orig_argv:\n"
        "    print('pid', os.getpid(), flush=True)\n"
        "    time.sleep(90)\n"
    )
    path = f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        done = background.start("--wait", "3")
    assert (done.returncode, done.stdout) == (1, "")
    assert is_one_sentence(done.stderr)
    assert f"does not answer at {background.endpoint} after 3 s: pid " in done.stderr
    assert str(background.log) in done.stderr
    assert not alive(int(background.log.read_text().removeprefix("pid ")))


def test_a_log_that_can_not_be_written(background: Background) -> None:
    (background.home / "state").write_text("no folder")
    done = background.start()
    assert (done.returncode, done.stdout) == (1, "")
    assert is_one_sentence(done.stderr)
    assert "can't write the daemon's log" in done.stderr


@pytest.mark.parametrize(
    ("endpoint", "options", "reason"),
    [
        ("tcp://127.0.0.1:*", (), "would be lost"),
        ("tcp://0.0.0.0:47999", (), "can be reached by other machines"),
        ("nonsense", (), "is no endpoint"),
        ("tcp://127.0.0.1:47999", ("--attached",), "exclude each other"),
        ("tcp://127.0.0.1:47999", ("--background", "--wait", "0"), "--wait"),
    ],
)
def test_wrong_use(endpoint: str, options: tuple[str, ...], reason: str, background: Background) -> None:
    background.endpoint = endpoint
    done = background.start(*options)
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr
    assert not (background.home / "state").exists()


def test_a_daemon_of_somebody_elses_is_left_alone(daemon: PrivateDaemon, background: Background) -> None:
    background.endpoint = daemon.endpoint
    done = background.start()
    assert (done.returncode, done.stdout) == (0, f"a daemon answers at {daemon.endpoint} already\n")
    assert not (background.home / "state").exists()


def test_a_daemon_that_is_shutting_down_is_not_taken_for_one(tmp_path: Path) -> None:
    plate = write_plate(tmp_path / "long.exr", 3000, 2000)
    with PrivateDaemon() as daemon, Client(daemon.endpoint, timeout=60) as client:
        with running(client, plate):
            os.kill(daemon.pid, signal.SIGTERM)
            wait_for(lambda: client.status().draining)
            with pytest.raises(Draining, match="shutting down"):
                start_in_background(["serve"], daemon.endpoint, 0)
        daemon.stop()
