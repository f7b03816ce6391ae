"""A daemon's life: start, trouble, end. Each test has a daemon of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from m2fp_host import Client, M2FPError
from m2fp_host.errors import Cancelled, Draining, NoDaemon, WorkerCrashed
from m2fp_server.cli.private_daemon import PrivateDaemon
from support.daemons import alive, at_read, running, wait_for, worker_pid


def test_a_dead_worker_is_replaced_and_its_job_told(long_plate: Path, plate: Path) -> None:
    with PrivateDaemon() as daemon, Client(daemon.endpoint, timeout=60) as client:
        dead = worker_pid(client)
        with running(client, long_plate) as outcome:
            os.kill(dead, signal.SIGKILL)
        assert isinstance(outcome[0], WorkerCrashed)
        assert "killed by SIGKILL" in outcome[0].message
        assert "long.exr" in outcome[0].message
        assert client.parse(plate).data
        assert worker_pid(client) != dead


def test_cancelling_a_running_job_keeps_the_worker(long_plate: Path, plate: Path) -> None:
    with PrivateDaemon() as daemon, Client(daemon.endpoint, timeout=60) as client:
        worker = worker_pid(client)
        cancel = threading.Event()
        with pytest.raises(Cancelled):
            client.parse(long_plate, cancel=cancel, on_progress=at_read(cancel))
        assert client.parse(plate).data
        assert worker_pid(client) == worker


def test_sigterm_finishes_what_runs_and_ends(long_plate: Path, plate: Path) -> None:
    with PrivateDaemon() as daemon, Client(daemon.endpoint, timeout=60) as client:
        worker = worker_pid(client)
        with running(client, long_plate) as outcome:
            os.kill(daemon.pid, signal.SIGTERM)
            wait_for(lambda: client.status().draining)
            with pytest.raises(Draining):
                client.parse(plate)
        assert outcome[0].data
        assert daemon.stop() == 0
        assert not alive(worker)


def test_the_worker_goes_when_the_daemon_is_killed() -> None:
    with PrivateDaemon() as daemon:
        with Client(daemon.endpoint) as client:
            worker = worker_pid(client)
        os.kill(daemon.pid, signal.SIGKILL)
        wait_for(lambda: not alive(worker))


def test_a_job_survives_a_daemon_that_is_replaced(long_plate: Path) -> None:
    """The client notices, connects to the new daemon and submits again."""
    with PrivateDaemon() as first, Client(first.endpoint, timeout=60, reconnect_timeout=30) as client:
        with running(client, long_plate) as outcome:
            os.kill(first.pid, signal.SIGKILL)
            first.stop()
            with PrivateDaemon("--endpoint", first.endpoint):
                wait_for(lambda: bool(outcome), 50)
        assert outcome[0].data


def test_a_daemon_that_goes_for_good_is_told_in_time(long_plate: Path) -> None:
    with PrivateDaemon() as daemon, Client(daemon.endpoint, timeout=60, reconnect_timeout=1) as client:
        with running(client, long_plate) as outcome:
            os.kill(daemon.pid, signal.SIGKILL)
            began = time.monotonic()
        assert time.monotonic() - began < 20
        assert isinstance(outcome[0], NoDaemon)


def test_the_second_daemon_at_an_endpoint_says_so(daemon: PrivateDaemon) -> None:
    command = [sys.executable, "-m", "m2fp_server.cli", "serve", "--endpoint", daemon.endpoint]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert f"can't listen at {daemon.endpoint}" in done.stderr
    assert "another daemon" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "endpoint", ["tcp://0.0.0.0:47999", "tcp://*:47999", "tcp://127.0.0.1:99999", "ipc://@open", "udp://x"]
)
def test_other_machines_are_kept_out(endpoint: str) -> None:
    command = [sys.executable, "-m", "m2fp_server.cli", "serve", "--endpoint", endpoint]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert endpoint in done.stderr
    assert "Traceback" not in done.stderr


def test_an_ipc_endpoint(tmp_path: Path, plate: Path) -> None:
    endpoint = f"ipc://{tmp_path}/private/m2fp.ipc"
    with PrivateDaemon("--endpoint", endpoint), Client(endpoint) as client:
        assert client.parse(plate).data
        assert (tmp_path / "private").stat().st_mode & 0o077 == 0


def test_modules_in_the_current_folder_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plate: Path
) -> None:
    """Plates lie in folders that others can write to."""
    for name in ("queue", "numpy", "torch", "m2fp_server"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the current folder')")
    monkeypatch.chdir(tmp_path)
    with PrivateDaemon() as daemon, Client(daemon.endpoint) as client:
        assert client.parse(plate).data


def test_two_daemons_do_not_share_an_ipc_endpoint(tmp_path: Path, plate: Path) -> None:
    endpoint = f"ipc://{tmp_path}/own/socket"
    with PrivateDaemon("--endpoint", endpoint), Client(endpoint) as client:
        command = [sys.executable, "-m", "m2fp_server.cli", "serve", "--endpoint", endpoint]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 2
        assert "another daemon is running there" in done.stderr
        assert client.parse(plate).data


def test_a_daemon_outlives_who_started_it(tmp_path: Path, plate: Path) -> None:
    """Nobody reads its standard output and error any more: it works on."""
    endpoint = f"ipc://{tmp_path}/own/socket"
    command = [sys.executable, "-m", "m2fp_server.cli", "serve", "--endpoint", endpoint]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as daemon:
        assert daemon.stdout is not None
        assert daemon.stderr is not None
        assert b"listening" in daemon.stdout.readline()
        daemon.stdout.close()
        daemon.stderr.close()
        try:
            with Client(endpoint, timeout=60) as client:
                assert client.parse(plate).data
                assert client.parse(plate).data
        finally:
            daemon.terminate()
        assert daemon.wait(30) == 0


def test_an_engine_that_is_not_there_is_said_at_once() -> None:
    command = [sys.executable, "-m", "m2fp_server.cli", "serve", "--engine", "magic"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "no engine 'magic' here: choose from auto, m2fp, m2fp-single, builtin" in done.stderr


def test_one_log_line_a_job(tmp_path: Path, plate: Path) -> None:
    path = tmp_path / "log"
    with (
        open(path, "wb") as log,
        PrivateDaemon(log=log) as daemon,
        Client(daemon.endpoint) as client,
    ):
        client.parse(plate, layers=["hair"], user="ada")
        with pytest.raises(M2FPError):
            client.parse(b"no EXR")
    lines = [line for line in path.read_text().splitlines() if '"event": "job"' in line]
    assert len(lines) == 2
    assert '"outcome": "done"' in lines[0]
    assert '"user": "ada"' in lines[0]
    assert '"outcome": "bad_image"' in lines[1]
