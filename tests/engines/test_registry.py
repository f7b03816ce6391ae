"""Engines by name."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from m2fp_host.errors import EngineUnavailable, WeightsMissing
from m2fp_server.engines.engine import Card, Parsing
from m2fp_server.engines.registry import OFFERS, Engines, Offer
from m2fp_server.weights import NotInstalled, Store


@pytest.fixture(scope="module")
def engines() -> Engines:
    return Engines()


@dataclass
class Stub:
    """An engine that only has a card."""

    card: Card
    precisions: tuple[str, ...] = ("fp32",)

    def picture_size(self, width: float, height: float, resolution: float = 1.0) -> tuple[int, int]:
        raise NotImplementedError

    def parse(self, picture: npt.NDArray[np.float32], precision: str = "fp32") -> Parsing:
        raise NotImplementedError


def offer(name: str, licence: str, missing: list[str] | None = None) -> Offer:
    """An engine's offer; its weights are missing while ``missing`` holds its name."""

    def card() -> Card:
        if missing and name in missing:
            raise NotInstalled(f"the weights of {name} are not there", "fetch them")
        return Card(name, ("background", "hair"), "0" * 64, licence)

    return Offer(card, lambda: Stub(card()))


def test_auto_is_the_builtin_engine(engines: Engines) -> None:
    assert engines.get("auto").card.name == "builtin"


def test_an_engine_is_made_once(engines: Engines) -> None:
    assert engines.get("builtin") is engines.get("builtin")
    assert engines.get("auto") is engines.get("builtin")


def test_an_unknown_engine_names_the_choices(engines: Engines) -> None:
    with pytest.raises(EngineUnavailable, match="no engine 'm3fp'") as caught:
        engines.get("m3fp")
    assert caught.value.hint == "choose from auto, " + ", ".join(OFFERS)


def test_engines_whose_weights_are_missing_are_not_listed() -> None:
    engines = Engines()
    engine = engines.get("builtin")
    assert engines.describe() == [
        {
            "name": "builtin",
            "labels": list(engine.card.labels[1:]),
            "weights": engine.card.weights,
            "licence": engine.card.licence,
            "auto": True,
        }
    ]


def test_auto_prefers_m2fp_where_its_weights_are() -> None:
    offers = {"m2fp": offer("m2fp", "CC BY-NC 4.0"), "builtin": offer("builtin", "Apache-2.0")}
    engines = Engines(offers)
    assert engines.get("auto").card.name == "m2fp"
    assert [(model["name"], model["auto"]) for model in engines.describe()] == [
        ("m2fp", True),
        ("builtin", False),
    ]


def test_auto_stays_what_it_was_when_weights_arrive() -> None:
    missing = ["m2fp"]
    offers = {"m2fp": offer("m2fp", "CC BY-NC 4.0", missing), "builtin": offer("builtin", "Apache-2.0")}
    engines = Engines(offers)
    assert engines.get("auto").card.name == "builtin"
    missing.clear()
    assert engines.get("auto").card.name == "builtin"
    assert engines.get("m2fp").card.name == "m2fp"


@pytest.mark.parametrize("word", ["0", "no", "false", "never"])
def test_noncommercial_weights_can_be_forbidden(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("M2FP_ALLOW_NONCOMMERCIAL", word)
    offers = {"m2fp": offer("m2fp", "CC BY-NC 4.0"), "builtin": offer("builtin", "Apache-2.0")}
    engines = Engines(offers)
    assert engines.get("auto").card.name == "builtin"
    assert [model["name"] for model in engines.describe()] == ["builtin"]
    with pytest.raises(EngineUnavailable, match=r"CC BY-NC 4\.0, and this daemon forbids those"):
        engines.get("m2fp")


def test_weights_of_a_studios_own_are_not_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("M2FP_ALLOW_NONCOMMERCIAL", "0")
    engines = Engines({"m2fp": offer("m2fp", "our own"), "builtin": offer("builtin", "Apache-2.0")})
    assert engines.get("auto").card.name == "m2fp"


def test_auto_is_an_error_where_installed_weights_are_damaged(
    seeded_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One farm machine must not put another network's mattes into a shot and say nothing."""
    monkeypatch.setenv("M2FP_WEIGHTS", str(tmp_path))
    shutil.copy(seeded_store.folder / "multiple.json", tmp_path)
    with pytest.raises(WeightsMissing, match="is gone"):
        Engines().get("auto")
    assert not any(model["auto"] for model in Engines().describe())


def test_auto_is_an_error_where_the_store_is_not_mounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("M2FP_WEIGHTS", str(tmp_path / "nas"))
    with pytest.raises(WeightsMissing, match="are not in"):
        Engines().get("auto")
    assert Engines().get("builtin").card.name == "builtin"


@pytest.mark.parametrize(
    ("licence", "commercial"),
    [
        ("CC BY-NC 4.0", False),
        ("cc by nc", False),
        ("for non-commercial use", False),
        ("noncommercial", False),
        ("Apache-2.0", True),
        ("our own, Inc.", True),
    ],
)
def test_licences_that_forbid_commercial_use_are_known_by_their_names(licence: str, commercial: bool) -> None:
    assert Card("m2fp", (), "", licence).commercial is commercial
