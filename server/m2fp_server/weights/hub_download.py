"""The process that downloads: ``python -m m2fp_server.weights.hub_download HUB_ID REVISION FOLDER``.

The hub's client retries, logs, keeps threads and locks, and imports much. It does so here, where it can be
ended at any time. Environment variables (``MODELSCOPE_...``, ``HTTPS_PROXY``) reach it as its manual says.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from .child_process import Reporter, limit, reporter
from .model_folder import CHECKPOINT, CONFIGURATION

LONGEST_FILE = 2 << 30
"""Bytes that one file may grow to, whatever the hub says."""

_EVERY = 0.2
"""Seconds between reports of progress."""


def main(hub_id: str, revision: str, folder: str) -> None:
    report = reporter()
    limit(FSIZE=LONGEST_FILE)

    from modelscope.hub.snapshot_download import snapshot_download
    from modelscope_hub.errors import HubError

    try:
        snapshot_download(
            hub_id,
            revision=revision,
            local_dir=folder,
            allow_file_pattern=[CONFIGURATION, CHECKPOINT],
            progress_callbacks=[_progress(report)],
        )
    except (HubError, OSError) as fault:  # requests' own errors are OSErrors
        report(**_explained(fault))
    else:
        report(done=True)


def _progress(report: Reporter) -> type:
    from modelscope.hub.callback import ProgressCallback

    class Progress(ProgressCallback):  # type: ignore[misc]  # it has no types
        """One for each file, made by the client."""

        def __init__(self, filename: str, file_size: int) -> None:
            super().__init__(filename, file_size)
            self._done = 0
            self._reported = 0.0

        def update(self, size: int) -> None:
            self._done += size
            if time.monotonic() - self._reported > _EVERY:
                self._report()

        def end(self) -> None:
            self._report()

        def _report(self) -> None:
            self._reported = time.monotonic()
            report(file=self.filename, done=self._done, size=self.file_size)

    return Progress


def _explained(fault: BaseException) -> dict[str, str]:
    """The kind of a fault and what it says, by the first of its causes that tells."""
    from modelscope_hub import errors

    kinds: tuple[tuple[type[BaseException], str], ...] = (
        (errors.NotExistError, "absent"),
        (errors.AuthenticationError, "refused"),
        (errors.PermissionDeniedError, "refused"),
        (errors.FileIntegrityError, "damaged"),
        (errors.RequestTimeoutError, "timeout"),
        (errors.NetworkError, "offline"),
    )
    for cause in _causes(fault):
        for kind, name in kinds:
            if isinstance(cause, kind):
                return {"fault": name, "text": _innermost(cause) if name == "offline" else _first_line(cause)}
        if isinstance(cause, OSError) and cause.strerror:
            return {"fault": "disk", "text": cause.strerror}
    return {"fault": "other", "text": _first_line(fault)}


def _causes(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        yield from getattr(fault, "failed_files", {}).values()
        fault = fault.__cause__


def _innermost(fault: BaseException) -> str:
    """What the system says at the bottom of four libraries: "Connection refused", for one."""
    said = type(fault).__name__
    inner: BaseException | None = fault
    while inner is not None:
        said = getattr(inner, "strerror", None) or said
        inner = inner.__cause__ or inner.__context__
    return said


def _first_line(fault: BaseException) -> str:
    text = str(getattr(fault, "message", fault))
    return next(iter(text.splitlines()), type(fault).__name__)


if __name__ == "__main__":
    main(*sys.argv[1:])
