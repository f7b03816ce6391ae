"""Knobs that hold channels."""
# ruff: noqa: N802 - Nuke's names

from __future__ import annotations

from typing import Any, ClassVar

from .texts import String_Knob


class Channel_Knob(String_Knob):  # noqa: N801 - Nuke's name
    """One channel, such as ``hair.alpha``, or ``none``. One that is not declared becomes ``none``."""

    TYPE: ClassVar[int | None] = 11

    def setValue(self, value: Any) -> bool:
        super().setValue(value)
        self.load(value)
        return True

    def load(self, text: str) -> None:
        self._text = self.session.layers.canonical(text) if text not in ("none", "") else "none"
        if self._text == "none" and text not in ("none", ""):
            self._warn(f"the channel {text} is not declared: now none")

    def channels(self) -> list[str]:
        """The channels of the value."""
        return [] if self._text in ("none", "") else [self._text]

    def evaluated(self) -> str:
        return self._text or "none"


class ChannelMask_Knob(Channel_Knob):  # noqa: N801 - Nuke's name
    """Several channels: a layer, ``rgb``, ``all``, ``none``, or channels one by one.

    As in Nuke's scripts, ``rgba.red -rgba.green`` is the first without the second.
    """

    TYPE: ClassVar[int | None] = 10

    def load(self, text: str) -> None:
        kept, layers = [], self.session.layers
        for word in text.split():
            name = word.lstrip("-")
            if layers.is_set(name) or layers.canonical(name) != "none":
                kept.append(word if layers.is_set(name) else word.replace(name, layers.canonical(name)))
            else:
                self._warn(f"the channel {name} is not declared: left out")
        kept = [word for word in kept if not word.startswith("-")]
        self._text = " ".join(kept) or "none"

    def channels(self) -> list[str]:
        layers, found = self.session.layers, []
        for name in self._text.split():
            if name == "all":
                found += layers.channels()
            elif name == "rgb":
                found += ["rgba.red", "rgba.green", "rgba.blue"]
            elif name in layers.names():
                found += layers.layer(name).channels()
            elif name != "none":
                found.append(layers.canonical(name))
        return found
