"""The parts in the artist's list are those that engines have."""

from __future__ import annotations

from m2fp_host.frames import parts
from m2fp_server.weights.published import MULTIPLE, SINGLE


def test_parts_are_the_labels_of_the_published_models() -> None:
    for engine, model in (("auto", MULTIPLE), ("m2fp", MULTIPLE), ("m2fp-single", SINGLE)):
        assert set(parts.parts_of(engine)) == {"person", *model.labels} - {"background"}
    assert set(parts.PARTS) == {"person", *MULTIPLE.labels, *SINGLE.labels} - {"background"}
