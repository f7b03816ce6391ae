"""Exceptions that Nuke's event loop survives: printed, and kept for the test to see."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType


class Uncaught:
    """What left a plug-in's functions as an exception, each as "where: Type: message"."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def survived(self, where: str) -> _Survived:
        """A block of code in which an exception is told instead of raised; ``where`` says what it was."""
        return _Survived(self, where)

    def tell(self, where: str, fault: BaseException) -> None:
        """Keep ``fault`` and print it with its traceback, as Nuke does on its terminal."""
        self.told.append(f"{where}: {type(fault).__name__}: {fault}")
        traceback.print_exception(type(fault), fault, fault.__traceback__, file=sys.stderr)


class _Survived:
    def __init__(self, uncaught: Uncaught, where: str) -> None:
        self._uncaught = uncaught
        self._where = where

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        where: TracebackType | None,
    ) -> bool:
        if not isinstance(fault, Exception):
            return False
        self._uncaught.tell(self._where, fault)
        return True
