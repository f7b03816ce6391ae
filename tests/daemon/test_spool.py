"""What a daemon keeps, on disk and in memory, and what it does when there is no room."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from m2fp_host import Client, M2FPError
from m2fp_host.errors import Internal, TooLarge, WorkerCrashed
from m2fp_host.messages import BusyReply, Go
from m2fp_server.cli.bench.memory import resident
from m2fp_server.cli.private_daemon import PrivateDaemon
from support.daemons import pictures, running, wait_for, worker_pid
from support.plates import write_plate


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


def test_strangers_can_not_hold_up_the_start(tmp_path: Path, plate: Path) -> None:
    """A spool folder that is none: a file, and one whose lock is a FIFO."""
    (tmp_path / "m2fp-spool-file").touch()
    (tmp_path / "m2fp-spool-trap").mkdir()
    os.mkfifo(tmp_path / "m2fp-spool-trap" / "lock")
    with PrivateDaemon("--spool", str(tmp_path)) as daemon, Client(daemon.endpoint) as client:
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
        before = resident(daemon.pid)
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
        assert resident(daemon.pid) - before < 60  # kept, they would be 140
