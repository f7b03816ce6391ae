"""Engines by name: what is installed here, made when first asked for and then kept warm."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from m2fp_host.errors import EngineUnavailable

from .engine import BACKGROUND, Engine


def _builtin() -> Engine:
    from .builtin import BuiltinEngine  # torch is imported when an engine is made, not before

    return BuiltinEngine()


INSTALLED: Mapping[str, Callable[[], Engine]] = {"builtin": _builtin}

AUTO = "auto"
PREFERENCE = ("builtin",)
"""What ``auto`` means: the first of these that is installed."""


class Engines:
    """The engines of one worker."""

    def __init__(self, installed: Mapping[str, Callable[[], Engine]] = INSTALLED) -> None:
        self._installed = installed
        self._warm: dict[str, Engine] = {}

    def get(self, name: str) -> Engine:
        """The engine called ``name`` (or chosen for ``auto``), warm.

        :raises EngineUnavailable: no such engine here.
        :raises WeightsMissing: it is here, its weights are not.
        """
        if name == AUTO:
            name = next(each for each in PREFERENCE if each in self._installed)
        if name not in self._installed:
            raise EngineUnavailable(
                f"there is no engine {name!r} here", "choose from auto, " + ", ".join(self._installed)
            )
        if name not in self._warm:
            self._warm[name] = self._installed[name]()
        return self._warm[name]

    def describe(self) -> list[dict[str, object]]:
        """The warm engines as ``welcome`` and ``status`` list them."""
        return [
            {
                "name": engine.name,
                "labels": [label for label in engine.labels if label != BACKGROUND],
                "weights": engine.weights,
                "licence": engine.licence,
            }
            for engine in self._warm.values()
        ]
