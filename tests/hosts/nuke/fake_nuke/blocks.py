"""How long single pieces of Python held the main thread: what an artist feels as a frozen window."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Iterator, NamedTuple


class Block(NamedTuple):
    """One piece of Python that ran in the main thread without letting the event loop on."""

    seconds: float
    note: str


class _Piece:
    def __init__(self, note: str) -> None:
        self.note = note
        self.seconds = 0.0
        self.since = time.monotonic()


class Blocks:
    """Measures every piece of Python that the event loop runs, and keeps the longest.

    Time that a real Nuke would spend in its own code (rendering, evaluating pixels) is taken out with
    :meth:`apart`; a piece that the event loop runs meanwhile is measured for itself. The main thread is the
    one that makes this object.
    """

    def __init__(self) -> None:
        self.longest = Block(0.0, "")
        self._thread = threading.get_ident()
        # None stands for Nuke's own code.
        self._open: list[_Piece | None] = []

    @contextlib.contextmanager
    def piece(self, note: str) -> Iterator[None]:
        """Measure what runs inside as one piece; ``note`` says what it was."""
        if not self._here() or (self._open and self._open[-1] is not None):
            yield
            return
        piece = _Piece(note)
        self._open.append(piece)
        try:
            yield
        finally:
            self._open.pop()
            piece.seconds += time.monotonic() - piece.since
            if piece.seconds > self.longest.seconds:
                self.longest = Block(piece.seconds, piece.note)

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """Leave what runs inside out of the piece around it."""
        around = self._open[-1] if self._here() and self._open else None
        if around is None:
            yield
            return
        around.seconds += time.monotonic() - around.since
        self._open.append(None)
        try:
            yield
        finally:
            self._open.pop()
            around.since = time.monotonic()

    def _here(self) -> bool:
        return threading.get_ident() == self._thread
