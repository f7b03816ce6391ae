"""The two published models as engines."""

from __future__ import annotations

from dataclasses import dataclass

from ...weights.published import PUBLISHED
from .framing import Canvas, Framing, ShortEdge


@dataclass(frozen=True)
class Variant:
    """One of the published models as an engine. ``model``: what the weights are installed as."""

    name: str
    model: str
    framing: Framing

    @property
    def apart(self) -> bool:
        """Its classes end with a whole person, so that it can tell people apart."""
        return PUBLISHED[self.model].whole_person


SEVERAL = Variant("m2fp", "multiple", ShortEdge(640, 1333))
SINGLE = Variant("m2fp-single", "single", Canvas(384, 512, padding=128 / 255))

VARIANTS = {variant.name: variant for variant in (SEVERAL, SINGLE)}
