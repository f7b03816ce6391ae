"""The engines whose network is M2FP: several people, and one person."""

from .engine import M2FPEngine, card_of
from .variant import SEVERAL, SINGLE, VARIANTS, Variant

__all__ = ["SEVERAL", "SINGLE", "VARIANTS", "M2FPEngine", "Variant", "card_of"]
