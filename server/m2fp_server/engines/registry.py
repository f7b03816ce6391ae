"""Engines by name: what is installed here and allowed, made when first asked for and then kept warm."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from m2fp_host.errors import EngineUnavailable, WeightsMissing

from .engine import BACKGROUND, Card, Engine

AUTO = "auto"
PREFERENCE = ("m2fp", "builtin")
"""What ``auto`` means: the first of these that is installed and allowed."""

ALLOW_NONCOMMERCIAL = "M2FP_ALLOW_NONCOMMERCIAL"
"""Set to 0 in the daemon's environment, it forbids weights whose licence forbids commercial use."""


@dataclass(frozen=True)
class Offer:
    """An engine that can be made: ``card()`` is cheap, ``make()`` is not. Both raise WeightsMissing."""

    card: Callable[[], Card]
    make: Callable[[], Engine]


# torch is imported when a card or an engine is made, not before.


def _builtin_card() -> Card:
    from .builtin import builtin_card

    return builtin_card()


def _builtin() -> Engine:
    from .builtin import BuiltinEngine

    return BuiltinEngine()


def _m2fp_card(name: str) -> Card:
    from ..weights import Store
    from .m2fp import VARIANTS, card_of

    variant = VARIANTS[name]
    return card_of(variant, Store().find(variant.model))


def _m2fp(name: str) -> Engine:
    from ..weights import Store
    from .m2fp import VARIANTS, M2FPEngine

    variant = VARIANTS[name]
    return M2FPEngine(variant, Store().find(variant.model))


OFFERS: Mapping[str, Offer] = {
    "m2fp": Offer(partial(_m2fp_card, "m2fp"), partial(_m2fp, "m2fp")),
    "m2fp-single": Offer(partial(_m2fp_card, "m2fp-single"), partial(_m2fp, "m2fp-single")),
    "builtin": Offer(_builtin_card, _builtin),
}


def noncommercial_allowed() -> bool:
    """What ``M2FP_ALLOW_NONCOMMERCIAL`` says: yes where it is not set; any other word than a yes is a no."""
    return os.environ.get(ALLOW_NONCOMMERCIAL, "").strip().lower() in ("", "1", "yes", "true", "on")


class Engines:
    """The engines of one worker."""

    def __init__(self, offers: Mapping[str, Offer] = OFFERS) -> None:
        self._offers = offers
        self._warm: dict[str, Engine] = {}
        self._auto = ""

    def get(self, name: str) -> Engine:
        """The engine called ``name`` (or chosen for ``auto``), warm.

        :raises EngineUnavailable: no such engine here, or its licence is not allowed.
        :raises WeightsMissing: it is here, its weights are not.
        """
        if name == AUTO:
            # Once: weights that are installed later must not change the mattes in the middle of a shot.
            self._auto = self._auto or self._choose()
            name = self._auto
        if name not in self._offers:
            raise EngineUnavailable(
                f"there is no engine {name!r} here", "choose from auto, " + ", ".join(self._offers)
            )
        if name not in self._warm:
            self._allowed(name)
            self._warm[name] = self._offers[name].make()
        return self._warm[name]

    def describe(self) -> list[dict[str, object]]:
        """The engines that can be had, as ``welcome`` and ``status`` list them. ``auto``: it is the one."""
        cards = [card for name in self._offers if (card := self._card(name)) is not None]
        chosen = self._auto or self._choice()
        return [
            {
                "name": card.name,
                "labels": [label for label in card.labels if label != BACKGROUND],
                "weights": card.weights,
                "licence": card.licence,
                "auto": card.name == chosen,
            }
            for card in cards
        ]

    def _choose(self) -> str:
        """The first of those preferred that is installed and allowed.

        :raises WeightsMissing: one is installed, but damaged or out of reach. Taking the next would change
            the mattes of a farm's one machine that lost its share, and nobody would notice.
        """
        from ..weights import NotInstalled

        *preferred, last = (name for name in PREFERENCE if name in self._offers)
        for name in preferred:
            with suppress(EngineUnavailable, NotInstalled):
                self._allowed(name)
                return name
        return last

    def _choice(self) -> str:
        """What ``auto`` would be; empty where it would be an error."""
        try:
            return self._choose()
        except WeightsMissing:
            return ""

    def _card(self, name: str) -> Card | None:
        """The card of an engine that can be had; ``None`` if it is not allowed or its weights are missing."""
        try:
            return self._allowed(name)
        except (EngineUnavailable, WeightsMissing):
            return None

    def _allowed(self, name: str) -> Card:
        card = self._offers[name].card()
        if not card.commercial and not noncommercial_allowed():
            raise EngineUnavailable(
                f"the engine {name} has weights under {card.licence}, and this daemon forbids those",
                f"use the engine builtin; or start it without --commercial-only and {ALLOW_NONCOMMERCIAL}",
            )
        return card
