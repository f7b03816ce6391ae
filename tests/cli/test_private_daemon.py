"""A daemon of one's own: there while it is wanted, gone afterwards, and never a hang."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from m2fp_host import Client
from m2fp_host.errors import Internal
from m2fp_server.cli.private_daemon import PrivateDaemon


def answers(endpoint: str) -> bool:
    """Whether somebody listens there."""
    host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError:
        return False
    return True


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_is_ready_within_the_with_and_gone_after_it(plate: Path, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    with PrivateDaemon("--spool", str(spool)) as daemon:
        with Client(daemon.endpoint, timeout=60) as client:
            worker = client.status().workers[0]["pid"]
            assert client.parse(plate, layers=["hair"]).data
        assert daemon.endpoint.startswith("tcp://127.0.0.1:")
        assert daemon.seconds_to_ready > 0
        assert alive(daemon.pid)
        assert alive(worker)
        assert len(list(spool.iterdir())) == 1
    assert not alive(daemon.pid)
    assert not alive(worker)
    assert not answers(daemon.endpoint)
    assert list(spool.iterdir()) == []
    assert daemon.stop() == 0


def test_an_error_within_the_with_ends_it_too() -> None:
    with pytest.raises(ZeroDivisionError), PrivateDaemon() as daemon:
        _ = 1 // 0
    assert not alive(daemon.pid)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--endpoint", "tcp://0.0.0.0:*"), id="an endpoint that others can reach"),
        pytest.param(("--endpoint", "nonsense"), id="no endpoint"),
        pytest.param(("--root", "/no/such/folder"), id="no such root"),
        pytest.param(("--no-such-option",), id="no such option"),
    ],
)
def test_a_daemon_that_can_not_start_is_an_error_at_once(arguments: tuple[str, ...]) -> None:
    with pytest.raises(Internal, match="ended instead of starting") as caught, PrivateDaemon(*arguments):
        pytest.fail("it started")
    assert caught.value.hint


def test_an_endpoint_that_is_taken_is_an_error(daemon: PrivateDaemon) -> None:
    with pytest.raises(Internal, match="ended"), PrivateDaemon("--endpoint", daemon.endpoint):
        pytest.fail("it started")
    assert answers(daemon.endpoint)


def test_one_that_was_never_started_stops_at_once() -> None:
    assert PrivateDaemon().stop() == 0


def test_it_ends_with_the_process_that_started_it() -> None:
    program = (
        "import os\n"
        "from m2fp_server.cli.private_daemon import PrivateDaemon\n"
        "daemon = PrivateDaemon()\n"
        "daemon.start()\n"
        "print(daemon.endpoint, flush=True)\n"
        "os._exit(0)  # as if killed: nothing is cleaned up\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, timeout=90, check=True
    )
    endpoint = done.stdout.strip()
    end = time.monotonic() + 60
    while answers(endpoint) and time.monotonic() < end:
        time.sleep(0.1)
    assert not answers(endpoint)
