"""Starting the daemon from within a host."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from .endpoint import host_of, is_here
from .errors import BadRequest, NoDaemon
from .installation import command

PATIENCE = 60.0
"""Seconds: the first start after a reboot reads some 400 MB of libraries from a cold disk."""

GRACE = 10.0
"""Seconds that the command may take beyond the wait that it was told: Python has to start and to end."""

NOT_THE_HOSTS = (
    "PYTHON",  # PYTHONHOME, PYTHONPATH ...: the host's Python, whose modules the daemon's can't load
    "__PYVENV_LAUNCHER__",  # by which a framework Python of macOS tells its child which Python it is
    "LD_",  # LD_LIBRARY_PATH, LD_PRELOAD: the host's own Qt, C++, MKL and allocator in place of the daemon's
    "DYLD_",  # the same on macOS
    "QT_",  # plug-ins of the host's Qt, which OpenCV's may try to load
    "NUKE_",  # NUKE_PATH, NUKE_TEMP_DIR ...: of no use outside, and the daemon outlives this session
    "BLENDER_",
    "OCIO",  # the same masks whichever host started the daemon: hosts name the colour space with each job
)
"""What the names of variables begin with that the daemon does not get from a host.

Everything else stays: ``M2FP_...`` are the user's settings, ``HOME``, ``XDG_...`` and ``TMPDIR`` say where
things lie, ``OMP_...`` and proxies are the user's wish as much for the daemon as for the host.
"""


def start_daemon(endpoint: str, timeout: float = PATIENCE) -> str:
    """Start a daemon at ``endpoint`` that outlives the host, and wait until it answers; a sentence about it.

    Runs ``m2fp serve --background`` as installed. If a daemon answers there already, the sentence says so.
    Blocks: call it from a thread of your own, not from the one that draws.

    :param timeout: seconds to wait for the daemon's first answer; altogether it may take 10 s more.
    :raises BadRequest: the endpoint is on another machine, or is none.
    :raises NoDaemon: ``m2fp`` is not installed, or the daemon did not start; the message says why.
    """
    _check_local(endpoint)
    environment = daemon_environment()
    program = _program(environment)
    arguments = [program, "serve", "--background", "--endpoint", endpoint, "--wait", f"{timeout:g}"]
    try:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=_quiet_folder(),
            start_new_session=True,  # Ctrl-C in the host's terminal is for the host
            creationflags=_no_window(),
        )
    except OSError as fault:
        raise NoDaemon(f"can't run {program} ({fault.strerror})", "run python3 install.py again") from None
    with process.stdout, process.stderr:  # type: ignore[union-attr]  # both are pipes
        try:
            said, failed = process.communicate(timeout=timeout + GRACE)
        except subprocess.TimeoutExpired:
            _kill(process)
            raise NoDaemon(
                f"{program} serve has said nothing for {timeout + GRACE:g} s",
                f"run {program} serve --endpoint {endpoint} in a terminal to see why",
            ) from None
    if process.returncode != 0:
        kind = BadRequest if process.returncode == 2 else NoDaemon
        raise kind(
            _last_line(failed) or f"{program} serve ended with status {process.returncode}",
            f"run {program} serve --endpoint {endpoint} in a terminal to see more",
        )
    return _last_line(said) or f"a daemon answers at {endpoint}"


def daemon_environment() -> dict[str, str]:
    """The environment of this process without what is the host's own (:data:`NOT_THE_HOSTS`)."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(NOT_THE_HOSTS)}
    return dict(kept, PYTHONIOENCODING="utf-8")  # how _last_line reads it


def _check_local(endpoint: str) -> None:
    if is_here(endpoint):
        return
    host = host_of(endpoint)
    if not host:
        raise BadRequest(f"{endpoint!r} is no endpoint", "write it like tcp://127.0.0.1:47115")
    raise BadRequest(
        f"a daemon at {endpoint} can't be started from this machine",
        f"start m2fp serve on {host} and reach it through an SSH tunnel, or set the endpoint to "
        "tcp://127.0.0.1:47115 for a daemon on this machine",
    )


def _program(environment: dict[str, str]) -> str:
    name = command()
    # Windows looks into the current folder first, where anybody may have put an m2fp.exe.
    found = name if os.path.isabs(name) else shutil.which(name, path=environment.get("PATH"))
    if not found or not os.path.isabs(found):
        raise NoDaemon(
            "M2FP Bridge is not installed for this user, so there is no daemon to start",
            "run python3 install.py in its folder, then try again",
        )
    return found


def _quiet_folder() -> str:
    """Where a daemon may stay: in a shot's folder it would keep the disk from unmounting."""
    home = os.path.expanduser("~")
    return home if os.path.isdir(home) else os.path.abspath(os.sep)  # users of a farm may have no home


def _no_window() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    return 0


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        return  # it hangs in the kernel, on a dead disk: nothing of ours waits for it


def _last_line(output: bytes) -> str:
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    return last[len("m2fp: ") :] if last.startswith("m2fp: ") else last
