"""What the artist is told and asked; without a GUI it goes to the log."""

from __future__ import annotations

import nuke


def say(sentence: str) -> None:
    if nuke.GUI:
        nuke.message(sentence)
    else:
        nuke.tprint(f"M2FP: {sentence}")


def ask(question: str) -> bool:
    return bool(nuke.ask(question))


def ask_for_path(question: str) -> str:
    return str(nuke.getFilename(question, "*.exr") or "")
