"""``m2fp doctor`` as a user runs it, on a machine where everything works."""

from __future__ import annotations

import json

from m2fp_server.cli.private_daemon import PrivateDaemon
from support.command import m2fp, nowhere

SUBJECTS = ["Python", "packages", "torch", "weights", "engine", "daemon", "spool", "threads", "sampling"]


def test_the_daemon_that_runs_is_found(daemon: PrivateDaemon) -> None:
    done = m2fp("doctor", "--json", "--endpoint", daemon.endpoint)
    assert (done.returncode, done.stderr) == (0, "")
    findings = json.loads(done.stdout)
    assert [each["subject"] for each in findings] == SUBJECTS
    assert all(set(each) == {"subject", "state", "words"} for each in findings)
    found = {each["subject"]: each for each in findings}
    assert found["daemon"]["state"] == "ok"
    assert found["daemon"]["words"].startswith(f"ready at {daemon.endpoint}")
    assert {each["state"] for each in found.values()} <= {"ok", "note"}
    assert "builtin" in found["engine"]["words"]
    assert "19 parts" in found["engine"]["words"]
    assert all(
        package in found["packages"]["words"] for package in ("torch", "numpy", "pyzmq", "OpenImageIO")
    )


def test_it_speaks_in_plain_words_and_says_how_to_start_a_daemon() -> None:
    endpoint = nowhere()
    done = m2fp("doctor", M2FP_ENDPOINT=endpoint, COLUMNS="1000")
    assert (done.returncode, done.stderr) == (0, "")
    lines = dict(zip(SUBJECTS, done.stdout.splitlines(), strict=True))
    for subject, line in lines.items():
        assert line.split()[0] in ("works", "note")
        assert line.split()[1] == subject
    assert lines["daemon"].split()[0] == "note"
    assert f"no daemon at {endpoint}: start it with " in lines["daemon"]
    assert lines["daemon"].rstrip().endswith(f"serve --endpoint {endpoint}")


def test_what_is_broken_is_said_and_is_status_1() -> None:
    done = m2fp("doctor", "--json", "--endpoint", "nonsense")
    assert done.returncode == 1
    (broken,) = [each for each in json.loads(done.stdout) if each["state"] == "bad"]
    assert broken["subject"] == "daemon"
    assert "'nonsense' is no endpoint" in broken["words"]
