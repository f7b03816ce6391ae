"""Engines by name."""

from __future__ import annotations

import pytest

from m2fp_host.errors import EngineUnavailable
from m2fp_server.engines.registry import INSTALLED, Engines


@pytest.fixture(scope="module")
def engines() -> Engines:
    return Engines()


def test_auto_is_the_builtin_engine(engines: Engines) -> None:
    assert engines.get("auto").name == "builtin"


def test_an_engine_is_made_once(engines: Engines) -> None:
    assert engines.get("builtin") is engines.get("builtin")
    assert engines.get("auto") is engines.get("builtin")


def test_an_unknown_engine_names_the_choices(engines: Engines) -> None:
    with pytest.raises(EngineUnavailable, match="no engine 'm3fp'") as caught:
        engines.get("m3fp")
    assert caught.value.hint == "choose from auto, " + ", ".join(INSTALLED)


def test_only_engines_that_were_asked_for_are_listed() -> None:
    engines = Engines()
    assert engines.describe() == []
    engine = engines.get("builtin")
    assert engines.describe() == [
        {
            "name": "builtin",
            "labels": list(engine.labels[1:]),
            "weights": engine.weights,
            "licence": engine.licence,
        }
    ]
