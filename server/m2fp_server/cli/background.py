"""``m2fp serve --background``: a daemon that outlives the terminal or the host that asked for it."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import platformdirs

from m2fp_host import Client
from m2fp_host.errors import BadRequest, Draining, Internal, Timeout
from m2fp_host.messages import StatusReply

from ..daemon.settings import check_endpoint

GLANCE = 0.5
"""Seconds for a daemon that is there to answer; it is asked again and again."""

LONG_LOOK = 5.0
"""The same before it is said that nobody is there."""

STOP_SECONDS = 10.0
_LAST_WORDS = 4096


def start_in_background(arguments: Sequence[str], endpoint: str, seconds: float) -> str:
    """Run ``m2fp ARGUMENTS`` detached and wait until a daemon answers at ``endpoint``; a sentence about it.

    The daemon has a session of its own, reads nothing, inherits no descriptor, and appends what it says to
    the file of :func:`log_path`. If a daemon answers at ``endpoint`` already, nothing is started.

    :raises BadRequest: an endpoint that nobody could find afterwards, or that other machines can reach.
    :raises Internal: the daemon ended instead; its last words are told.
    :raises Timeout: it does not answer within ``seconds``; it is ended.
    :raises Draining: the daemon that is there is shutting down, and has not ended within ``seconds``.
    """
    check_endpoint(endpoint)
    if endpoint.endswith(":*"):
        raise BadRequest("a daemon in the background at a free port would be lost", "give --endpoint a port")
    end = time.monotonic() + seconds
    if _there_already(endpoint, end):
        return f"a daemon answers at {endpoint} already"
    log = log_path(endpoint)
    with _detached(arguments, log) as (process, began):
        while process.poll() is None:
            if _status(endpoint, GLANCE):
                return f"a daemon answers at {endpoint} (process {process.pid}, log {log})"
            if time.monotonic() > end:
                raise Timeout(
                    f"the daemon does not answer at {endpoint} after {seconds:g} s{_last_words(log, began)}",
                    f"see its log {log}",
                )
        if _status(endpoint, LONG_LOOK):  # somebody else's was quicker to take the endpoint
            return f"a daemon answers at {endpoint} already"
        raise Internal(f"the daemon ended instead of starting{_last_words(log, began)}", f"see its log {log}")


def log_path(endpoint: str) -> Path:
    """The file that the daemon in the background at ``endpoint`` logs to.

    :raises Internal: the user's folder for logs is unknown.
    """
    try:
        folder = platformdirs.user_log_path("m2fp-bridge", appauthor=False)
    except RuntimeError:
        raise Internal(
            "your home folder is unknown, and with it where the daemon's log belongs",
            "set HOME, or run m2fp serve without --background",
        ) from None
    return folder / f"serve-{re.sub(r'[^A-Za-z0-9.]+', '-', endpoint)[-100:]}.log"


def _there_already(endpoint: str, end: float) -> bool:
    status = _status(endpoint, GLANCE)
    while status is not None and status.draining:
        if time.monotonic() > end:
            raise Draining(f"the daemon at {endpoint} is shutting down and takes long", "try again later")
        time.sleep(GLANCE)
        status = _status(endpoint, GLANCE)
    return status is not None


def _status(endpoint: str, seconds: float) -> StatusReply | None:
    with Client(endpoint, connect_timeout=seconds) as client:
        try:
            return client.status()
        except Timeout:
            return None


@contextlib.contextmanager
def _detached(arguments: Sequence[str], log: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The daemon's process, and where in ``log`` its words begin. An error within the block ends it."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        # For the user alone: plates have names that not everybody may read.
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as fault:
        raise Internal(
            f"can't write the daemon's log {log} ({fault.strerror})",
            "make its folder writable, or run m2fp serve without --background",
        ) from None
    try:
        began = os.fstat(output).st_size
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "m2fp_server.cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            creationflags=flags,
        )
    finally:
        os.close(output)
    try:
        yield process, began
    except BaseException:
        _end(process)
        raise


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last_words(log: Path, began: int) -> str:
    """The last line that the daemon wrote into its log, to be said after a colon; or nothing."""
    try:
        with open(log, "rb") as file:
            file.seek(max(began, file.seek(0, os.SEEK_END) - _LAST_WORDS))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError as fault:
        return f" (and its log can't be read: {fault.strerror})"
    said = [line.strip().removeprefix("m2fp: ") for line in lines if line.strip()]
    return f": {said[-1]}" if said else ""
