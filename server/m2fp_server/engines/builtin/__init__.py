"""The engine that ships with the project, its network and its weights (their source: NOTICE)."""

from .engine import BuiltinEngine, builtin_card

__all__ = ["BuiltinEngine", "builtin_card"]
