"""What the evaluator refuses."""

from __future__ import annotations


class EvaluationError(Exception):
    """A node's error, as Nuke would report it. ``missing``: a Read's file is not there."""

    def __init__(self, message: str, missing: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.missing = missing
