"""A daemon's life: start, trouble, end. Each test has a daemon of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from m2fp_host import Client, M2FPError
from m2fp_host.errors import Cancelled, Draining, Internal, NoDaemon, TooLarge, WorkerCrashed
from m2fp_host.messages import BusyReply, Go
from m2fp_server.cli.private_daemon import PrivateDaemon
from support.plates import write_plate

LONG = (3000, 2000)
"""A plate that takes seconds with all its layers: time to interfere."""


@pytest.fixture(scope="module")
def long_plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_plate(tmp_path_factory.mktemp("long") / "long.exr", *LONG)


def at_read(event: threading.Event) -> Callable[[str, float], None]:
    """Sets ``event`` when the worker begins to read the plate."""

    def on_progress(stage: str, _: float) -> None:
        if stage == "read":
            event.set()

    return on_progress


@contextmanager
def running(client: Client, plate: Path) -> Iterator[list[Any]]:
    """A job in a thread, once the worker has begun; the list gets what came of it at the end."""
    outcome: list[Any] = []
    begun = threading.Event()

    def work() -> None:
        try:
            outcome.append(client.parse(plate, on_progress=at_read(begun)))
        except M2FPError as error:
            outcome.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(20)
    yield outcome
    thread.join(40)
    assert not thread.is_alive()


def worker_pid(client: Client) -> int:
    return int(client.status().workers[0]["pid"])


def alive(pid: int) -> bool:
    return (
        Path(f"/proc/{pid}/status").exists() and "Z (zombie)" not in Path(f"/proc/{pid}/status").read_text()
    )


def pictures(folder: Path) -> list[str]:
    """Names of all EXR files below ``folder``, of which some may go while we look."""
    return [name for _, _, names in os.walk(folder) for name in names if name.endswith(".exr")]


def wait_for(condition: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


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
        assert time.monotonic() - began < 10
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


def test_spool_is_empty_after_jobs_and_gone_after_the_daemon(tmp_path: Path, plate: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    with PrivateDaemon("--spool", str(spool)) as daemon, Client(daemon.endpoint) as client:
        for _ in range(3):
            client.parse(plate)
        with pytest.raises(M2FPError):
            client.parse(b"no EXR")
        (folder,) = spool.iterdir()
        wait_for(lambda: sorted(each.name for each in folder.iterdir()) == ["lock", "scratch"])
        assert folder.stat().st_mode & 0o077 == 0
    assert not list(spool.iterdir())


def test_the_spool_of_a_crashed_daemon_is_cleaned(tmp_path: Path) -> None:
    with PrivateDaemon("--spool", str(tmp_path)) as crashed:
        os.kill(crashed.pid, signal.SIGKILL)
        crashed.stop()
        (left,) = tmp_path.iterdir()
        with PrivateDaemon("--spool", str(tmp_path)) as alive_one, PrivateDaemon("--spool", str(tmp_path)):
            assert not left.exists()
            assert len(list(tmp_path.iterdir())) == 2
            assert alive_one.pid


def test_a_full_spool_makes_clients_wait(
    tmp_path: Path, wires: Callable[[str], Any], submit_bytes: Callable[..., Any], plate: Path
) -> None:
    with PrivateDaemon("--spool-mb", "16") as daemon:
        wire = wires(daemon.endpoint)
        big = b"x" * (12 << 20)
        assert isinstance(wire.ask(submit_bytes(big)), Go)
        assert isinstance(wire.ask(submit_bytes(big, "another-job-0001")), BusyReply)
        with Client(daemon.endpoint) as client, pytest.raises(TooLarge):
            client.parse(b"x" * (17 << 20))
        with Client(daemon.endpoint) as client:
            assert client.parse(plate).data  # there is room for a small one


def test_a_disk_that_is_full_is_told_and_survived(tmp_path: Path, long_plate: Path, plate: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "m2fp-test", str(disk)], capture_output=True, check=False
    )
    if mount.returncode:
        pytest.skip("this machine lets the test mount no small disk (it needs root)")
    try:
        with PrivateDaemon("--spool", str(disk)) as daemon, Client(daemon.endpoint, timeout=60) as client:
            with pytest.raises(Internal, match="free space"):
                client.parse(long_plate)
            assert client.parse(plate).data
            masks = tmp_path / "masks.exr"
            with pytest.raises(M2FPError):
                client.parse(write_plate(tmp_path / "wide.exr", 1800, 1400, compression="zip"), out=masks)
            assert not masks.exists()
            assert client.parse(plate).data
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_worker_killed_while_it_writes_leaves_nothing(tmp_path: Path, long_plate: Path) -> None:
    with (
        PrivateDaemon("--spool", str(tmp_path)) as daemon,
        Client(daemon.endpoint, timeout=60) as client,
    ):
        (folder,) = tmp_path.iterdir()
        with running(client, long_plate) as outcome:
            wait_for(lambda: any(name.startswith(".") for name in pictures(folder)))
            os.kill(worker_pid(client), signal.SIGKILL)
        assert isinstance(outcome[0], WorkerCrashed)
        wait_for(lambda: not pictures(folder))


def test_modules_in_the_current_folder_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plate: Path
) -> None:
    """Plates lie in folders that others can write to."""
    for name in ("queue", "numpy", "torch", "m2fp_server"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the current folder')")
    monkeypatch.chdir(tmp_path)
    with PrivateDaemon() as daemon, Client(daemon.endpoint) as client:
        assert client.parse(plate).data


def test_strangers_can_not_hold_up_the_start(tmp_path: Path, plate: Path) -> None:
    """A spool folder that is none: a file, and one whose lock is a FIFO."""
    (tmp_path / "m2fp-spool-file").touch()
    (tmp_path / "m2fp-spool-trap").mkdir()
    os.mkfifo(tmp_path / "m2fp-spool-trap" / "lock")
    with PrivateDaemon("--spool", str(tmp_path)) as daemon, Client(daemon.endpoint) as client:
        assert client.parse(plate).data


def test_two_daemons_do_not_share_an_ipc_endpoint(tmp_path: Path, plate: Path) -> None:
    endpoint = f"ipc://{tmp_path}/own/socket"
    with PrivateDaemon("--endpoint", endpoint), Client(endpoint) as client:
        command = [sys.executable, "-m", "m2fp_server.cli", "serve", "--endpoint", endpoint]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 2
        assert "another daemon is running there" in done.stderr
        assert client.parse(plate).data


def test_many_uploads_at_once_are_not_many_open_files(
    wires: Callable[[str], Any], submit_bytes: Callable[..., Any], plate: Path
) -> None:
    with PrivateDaemon() as daemon, Client(daemon.endpoint) as client:
        wire = wires(daemon.endpoint)
        before = len(os.listdir(f"/proc/{daemon.pid}/fd"))
        for number in range(300):
            assert isinstance(wire.ask(submit_bytes(b"x", f"job-number-{number:04}")), Go)
        assert len(os.listdir(f"/proc/{daemon.pid}/fd")) < before + 20
        assert client.parse(plate).data


def test_what_nobody_knows_is_not_kept(wires: Callable[[str], Any], plate: Path) -> None:
    """Fields from the future, of a quarter MiB each, do not stay in the front's memory."""
    with PrivateDaemon() as daemon:
        wire = wires(daemon.endpoint)
        for number in range(100):
            header = {
                "type": "submit",
                "job_id": f"job-number-{number:04}",
                "source": "bytes",
                "bytes": 1,
                "sha256": "0" * 64,
                "future": list(range(35_000)),
            }
            assert isinstance(wire.ask([b"M2FP1", json.dumps(header).encode()]), Go)
        resident = next(
            int(line.split()[1]) / 1024
            for line in Path(f"/proc/{daemon.pid}/status").read_text().splitlines()
            if line.startswith("VmRSS:")
        )
        assert resident < 120


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
    assert "no engine 'magic' here: choose from auto, builtin" in done.stderr


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
