"""The daemon's log: JSON lines on standard error, one for each job, never a payload."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, TextIO, cast

import structlog

from m2fp_host.messages import Submit


class _StandardError:
    """Standard error as long as somebody has its other end: a daemon outlives the host that started it."""

    def write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
        except OSError:
            silence(sys.stderr)

    def flush(self) -> None:
        try:
            sys.stderr.flush()
        except OSError:
            silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Let a stream lead nowhere whose other end has gone. (Else Python ends with status 120 over it.)"""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def configure_log() -> None:
    """Set structlog up for this process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _StandardError())),
        cache_logger_on_first_use=True,
    )


log = structlog.get_logger()


def log_job(submit: Submit, outcome: str, seconds: float, report: dict[str, Any], message: str = "") -> None:
    """The one line of a job. ``outcome`` is ``done`` or an error's code, whose ``message`` is told."""
    log.info(
        "job",
        job=submit.job_id,
        plate=submit.name,
        user=submit.parameters.get("user", ""),
        source=submit.source,
        bytes=submit.bytes,
        outcome=outcome,
        message=message,
        engine=report.get("engine", ""),
        stages={stage: round(spent, 4) for stage, spent in report.get("stages", {}).items()},
        seconds=round(seconds, 4),
    )
