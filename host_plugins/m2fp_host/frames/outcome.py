"""What became of the frames of a run, and how that is said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from m2fp_host.errors import M2FPError

from .frame_ranges import told

_SHOWN = 5
"""Failures named one by one; of more, the number of frames."""


@dataclass
class Outcome:
    """Frames as (frame, view). ``report``: the daemon's last one. ``channels``: of the masks, as the file
    names them. ``exposure``: the stops that were found, and used for all.
    """

    name: str
    endpoint: str
    parsed: list[tuple[int, str]] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    failed: dict[tuple[int, str], M2FPError] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)
    cancelled: bool = False
    report: dict[str, Any] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    exposure: float | None = None

    @property
    def ok(self) -> bool:
        return not self.failed and not self.cancelled

    def warn(self, frame: int, sentences: list[str]) -> None:
        """Remember each sentence once, with the first frame that it was said of."""
        for sentence in sentences:
            self.warnings.setdefault(sentence, frame)

    def summary(self) -> str:
        """One line for the node's status and the log."""
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
        exposed = f"; exposure {self.exposure:+.2f} stops" if self.exposure is not None else ""
        return ("; ".join(said) or "nothing to do") + by + exposed

    def problems(self) -> list[str]:
        """A sentence for each reason: node, frames, what is wrong, what to do."""
        together: dict[str, list[tuple[int, str]]] = {}
        for shot, error in sorted(self.failed.items(), key=lambda item: item[0]):
            together.setdefault(str(error), []).append(shot)
        return self._named(list(together.values()))

    def lacks(self, layer: str) -> bool:
        """Whether the masks, which are there, do not have ``layer``."""
        return bool(self.channels) and f"{layer}.A" not in self.channels

    def notes(self) -> list[str]:
        return [f"{self.name}, frame {frame}: {sentence}" for sentence, frame in self.warnings.items()]

    def _named(self, together: list[list[tuple[int, str]]]) -> list[str]:
        lines = [
            f"{self.name}, {_frames(shots)}{_view(shots)}: {self.failed[shots[0]]}"
            for shots in together[:_SHOWN]
        ]
        more = sum(map(len, together[_SHOWN:]))
        return [*lines, f"{self.name}: and {more} frame{'s' if more > 1 else ''} more"] if more else lines


def _frames(shots: list[tuple[int, str]]) -> str:
    return told(sorted({frame for frame, _ in shots}))


def _view(shots: list[tuple[int, str]]) -> str:
    return "" if len(shots) > 1 or shots[0][1] == "main" else f" ({shots[0][1]})"
