"""What became of the frames of a run, and how that is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from m2fp_host.errors import M2FPError, NoDaemon

from .frame_ranges import as_text

_SHOWN = 5
"""Failures named one by one; of more, the number."""


@dataclass
class Outcome:
    """Frames as (frame, view). ``report``: the daemon's last one; ``exposure``: the stops that all used."""

    name: str
    endpoint: str
    parsed: list[tuple[int, str]] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    failed: dict[tuple[int, str], M2FPError] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)
    cancelled: bool = False
    report: dict[str, Any] = field(default_factory=dict)
    exposure: float | None = None

    @property
    def ok(self) -> bool:
        return not self.failed and not self.cancelled

    def warn(self, frame: int, sentences: list[str]) -> None:
        """Remember each sentence once, with the first frame that it was said of."""
        for sentence in sentences:
            self.warnings.setdefault(sentence, frame)

    def summary(self) -> str:
        """One line for the status knob and the log."""
        said = []
        if self.parsed:
            said.append(f"{_frames(self.parsed)} parsed")
        if self.skipped:
            said.append(f"{_frames(self.skipped)} up to date")
        if self.failed:
            said.append(f"{_frames(list(self.failed))} failed")
        if self.cancelled:
            said.append("cancelled")
        engine = self.report.get("engine", "")
        by = f" (engine {engine}, {self.report.get('licence', 'licence unknown')})" if engine else ""
        return ("; ".join(said) or "nothing to do") + by

    def problems(self) -> list[str]:
        """A sentence for each failure: node, frame, what is wrong, what to do."""
        lost = next((error for error in self.failed.values() if isinstance(error, NoDaemon)), None)
        if lost is not None:  # one reason for all frames that came after it
            failed = [shot for shot, error in self.failed.items() if error is lost]
            rest = {shot: error for shot, error in self.failed.items() if error is not lost}
            return [f"{self.name}, {_frames(failed)}: {lost}", *self._named(rest)]
        return self._named(self.failed)

    def notes(self) -> list[str]:
        return [f"{self.name}, frame {frame}: {sentence}" for sentence, frame in self.warnings.items()]

    def _named(self, failed: dict[tuple[int, str], M2FPError]) -> list[str]:
        lines = [
            f"{self.name}, {_frames([shot])}{_view(shot)}: {error}"
            for shot, error in sorted(failed.items(), key=lambda item: item[0])
        ]
        more = len(lines) - _SHOWN
        return lines if more <= 0 else [*lines[:_SHOWN], f"{self.name}: and {more} frames more"]


def _frames(shots: list[tuple[int, str]]) -> str:
    frames = sorted({frame for frame, _ in shots})
    return f"frame{'s' if len(frames) > 1 else ''} {as_text(frames)}"


def _view(shot: tuple[int, str]) -> str:
    return "" if shot[1] == "main" else f" ({shot[1]})"
