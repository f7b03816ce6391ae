"""Weights from ModelScope's hub, by its own client (the extra ``weights``), in a process of its own."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path

from m2fp_host.errors import BadRequest, Internal, M2FPError, Timeout, WeightsMissing
from m2fp_host.installation import command

from .child_process import ChildProcess, printable
from .importing import Say, check_sha256, from_folder
from .installed import Installed
from .published import Published, named
from .store import Store

CLIENT = "modelscope==1.40.2"
"""What the extra ``weights`` installs."""

PATIENCE = 120.0
"""Seconds without a byte after which a download is given up; the client tries again by itself before."""

DEFAULT_ENDPOINT = "https://modelscope.cn"

_LONGEST_SAID = 300

Progress = Callable[[str, int, int], None]
"""Told a file's name, how many of its bytes are there, and how many there will be (0: unknown)."""


def fetch_weights(
    store: Store,
    name: str,
    revision: str = "",
    sha256: str = "",
    say: Say = lambda sentence: None,
    progress: Progress = lambda file, done, size: None,
) -> Installed:
    """Download and install a published model, unless that very revision is installed and whole.

    ``name``: ``multiple``, ``single``, or an id on the hub. ``sha256``, unless empty, is what
    ``pytorch_model.pt`` must have.

    :raises BadRequest: there is no such model, or ``sha256`` is none.
    :raises WeightsMissing: no client is installed, the hub is out of reach or does not have it, or what came
        of it can't be used.
    :raises Internal, Busy, Timeout: the store can't be written, is held by another; nothing comes any more.
    """
    model, remark = named(name)
    if remark:
        say(remark)
    check_sha256(sha256)
    revision = revision or model.revision
    if not revision.isprintable() or len(revision) > 100:
        raise BadRequest(f"{revision[:100]!a} is no revision", "give a tag or branch of the model on the hub")
    if there := _already(store, model, revision, sha256, say):
        return there
    _check_client()
    with store.changing(say) as work:
        if there := _already(store, model, revision, sha256, say):  # by another, whom we waited for
            return there
        folder = work / "model"
        _download(model, revision, folder, work, progress)
        try:
            entries, description = from_folder(folder, work, sha256, say, model.hub_id, revision)
        except WeightsMissing as error:  # the folder is gone when this is read
            raise WeightsMissing(error.message.replace(str(folder), model.hub_id), error.hint) from None
        if description.model != model.model:
            raise WeightsMissing(f"{model.hub_id} holds the model {description.model}", "please report this")
        return store.install(entries, description, work)


def endpoint() -> str:
    """The hub's address: ``MODELSCOPE_ENDPOINT``, as the client itself takes it, else ModelScope's own."""
    return os.environ.get("MODELSCOPE_ENDPOINT") or DEFAULT_ENDPOINT


def _check_client() -> None:
    if importlib.util.find_spec("modelscope") is None:
        constraints = Path(__file__).parents[2] / "constraints.txt"
        held = f' -c "{constraints}"' if constraints.is_file() else ""
        raise WeightsMissing(
            "the client of ModelScope's hub is not installed",
            f'run "{sys.executable}" -m pip install{held} {CLIENT}; or download the model elsewhere and run '
            f"{command()} weights import FOLDER",
        )


def _already(store: Store, model: Published, revision: str, sha256: str, say: Say) -> Installed | None:
    """The installed weights, if they are those and whole."""
    try:
        found = store.find(model.model)
        if (found.source, found.revision) != (model.hub_id, revision):
            return None
        if sha256.lower() not in ("", found.original_sha256):
            return None
        found.load()
    except WeightsMissing:
        return None
    say(f"{model.hub_id} {revision} is installed and whole")
    return found


def _download(model: Published, revision: str, folder: Path, work: Path, progress: Progress) -> None:
    # The client's own settings, cache and locks stay in the work folder, and go with it.
    environment = {"MODELSCOPE_CACHE": str(work / "cache"), "MODELSCOPE_LOG_LEVEL": "40"}
    if "MODELSCOPE_HOME" not in os.environ:
        environment["MODELSCOPE_HOME"] = str(work / "home")
    arguments = ("m2fp_server.weights.hub_download", model.hub_id, revision, str(folder))
    said: dict[str, object] = {}
    with ChildProcess(*arguments, log=work / "download.log", **environment) as child:
        try:
            for message in child.messages(PATIENCE):
                if "file" in message:
                    progress(*_progress_of(message))
                else:
                    said = message
        except Timeout:
            raise _fault(model, revision, "timeout", f"nothing came for {PATIENCE:g} s") from None
        reason = child.reason()
    if "done" not in said:
        raise _fault(model, revision, str(said.get("fault", "")), str(said.get("text", reason)))


def _progress_of(message: dict[str, object]) -> tuple[str, int, int]:
    done, size = message.get("done"), message.get("size")
    return (
        printable(str(message["file"]))[:100],
        done if isinstance(done, int) else 0,
        size if isinstance(size, int) else 0,
    )


def _fault(model: Published, revision: str, kind: str, text: str) -> M2FPError:
    """What went wrong with a download, as the child saw it, and what to do about it."""
    text = printable(text)[:_LONGEST_SAID]
    what = f"{model.hub_id} {revision} at {endpoint()}"
    elsewhere = f"download it elsewhere and run {command()} weights import FOLDER"
    if kind == "absent":
        return WeightsMissing(f"there is no {what} ({text})", "check --revision and MODELSCOPE_ENDPOINT")
    if kind == "refused":
        return WeightsMissing(
            f"not allowed to download {what} ({text})", "set MODELSCOPE_API_TOKEN to your token"
        )
    if kind == "timeout":
        return Timeout(f"can't download {what} ({text})", f"try again later, or {elsewhere}")
    if kind == "offline":
        return WeightsMissing(
            f"can't reach the hub for {what} ({text})",
            f"check the network (HTTPS_PROXY, or MODELSCOPE_ENDPOINT for a mirror), or {elsewhere}",
        )
    if kind == "disk":
        return Internal(f"can't keep {what} ({text})", "free 1 GB where the weights go and try again")
    return WeightsMissing(f"can't download {what} ({text})", f"try again later, or {elsewhere}")
