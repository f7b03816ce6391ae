"""A module in a process of its own: what it says, how it ends, and that it is never left alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from m2fp_host.errors import Timeout
from m2fp_server.weights.child_process import ChildProcess
from support.daemons import alive, wait_for

BEGIN = "from m2fp_server.weights.child_process import *\nimport os, sys, time\nreport = reporter()\n"
PATIENCE = 60.0


class Talker:
    """Makes child processes of a few lines each, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])

    def child(self, lines: str, begin: str = BEGIN, *arguments: str) -> ChildProcess:
        (self._folder / "talker.py").write_text(begin + lines)
        return ChildProcess("talker", *arguments, log=self._folder / "log", PYTHONPATH=self.path)


@pytest.fixture
def talker(tmp_path: Path) -> Talker:
    return Talker(tmp_path)


def test_messages_arrive_and_chatter_does_not(talker: Talker) -> None:
    lines = "print('chatter'); os.system('echo more'); report(a=1); print('{\"a\": 2}'); report(b=['ü\\n'])"
    with talker.child(lines) as child:
        assert list(child.messages(PATIENCE)) == [{"a": 1}, {"b": ["ü\n"]}]
        assert '{"a": 2}' in child.reason() or "more" in child.reason()


def test_what_is_no_message_is_passed_over(talker: Talker) -> None:
    lines = "print('text'); print('[1]'); print('[' * 60000); print('x' * 200000); print('{\"a\": 1}')"
    with talker.child(lines, begin="") as child:
        assert list(child.messages(PATIENCE)) == [{"a": 1}]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("raise KeyError('\\x1b[2J')", r"KeyError: '\x1b[2J'"),
        ("sys.exit(3)", "status 3"),
        ("sys.stderr.write('\\x1b[2Jwhy\\n'); sys.exit(1)", " [2Jwhy"),
        ("os.kill(os.getpid(), 9)", "killed by SIGKILL"),
    ],
)
def test_how_it_ended_is_said(talker: Talker, lines: str, reason: str) -> None:
    with talker.child(lines) as child:
        assert list(child.messages(PATIENCE)) == []
        assert child.reason() == reason


def test_one_that_says_nothing_is_given_up_and_ended(talker: Talker) -> None:
    with talker.child("report(pid=os.getpid()); time.sleep(600)") as child:
        messages = child.messages(PATIENCE)
        pid = next(messages)["pid"]
        assert isinstance(pid, int)
        with pytest.raises(Timeout, match=r"nothing happened for 0\.1 s"):
            next(child.messages(0.1))
    assert not alive(pid)


def test_arguments_and_environment_reach_it(talker: Talker) -> None:
    lines = "report(arguments=sys.argv[1:], warnings=sys.warnoptions, safe=sys.flags.safe_path)"
    with talker.child(lines, BEGIN, "-x", "a b") as child:
        (message,) = child.messages(PATIENCE)
    assert message == {"arguments": ["-x", "a b"], "warnings": ["ignore"], "safe": True}


def test_it_ends_with_its_parent(talker: Talker, tmp_path: Path) -> None:
    with talker.child("report(); time.sleep(600)") as child:
        assert next(child.messages(PATIENCE)) == {}
    parent = (
        "import os; from pathlib import Path\n"
        "from m2fp_server.weights.child_process import ChildProcess\n"
        f"child = ChildProcess('talker', log=Path({str(tmp_path / 'other')!r}))\n"
        "next(child.messages(60)); print(child._process.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    environment = {**os.environ, "PYTHONPATH": talker.path}
    command = [sys.executable, "-c", parent]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, timeout=PATIENCE, check=False)
    pid = int(done.stdout)
    wait_for(lambda: not alive(pid))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to so much data")
def test_limits_hold(talker: Talker, tmp_path: Path) -> None:
    lines = f"""limit(DATA=1 << 30, FSIZE=1 << 16)
try:
    bytearray(2 << 30)
except MemoryError:
    report(memory=True)
try:
    open({str(tmp_path / "big")!r}, "wb").write(bytes(1 << 20))
except OSError as fault:
    report(file=fault.strerror)
limit(FSIZE=1 << 40)
"""
    with talker.child(lines) as child:
        assert list(child.messages(PATIENCE)) == [{"memory": True}, {"file": "File too large"}]
