"""The weights that comparisons are made with: worth comparing with, and the same each time."""

from __future__ import annotations

import pytest
import torch

from m2fp_server.network import M2FPNetwork, Queries
from m2fp_server.network.entries import QUERIES, misfits
from m2fp_server.network.seeded import seeded_entries
from support.agreement import normalised, picture, semantic_map

SIZE = (256, 192)


def parsed(classes: int, seed: int) -> Queries:
    with torch.inference_mode():
        queries: Queries = M2FPNetwork(seeded_entries(classes, seed))(normalised(picture(SIZE, seed)))
    return queries


@pytest.fixture(scope="module", params=[(21, 1), (20, 1), (21, 2), (20, 2)], ids=str)
def queries(request: pytest.FixtureRequest) -> Queries:
    return parsed(*request.param)


def test_queries_differ(queries: Queries) -> None:
    for values in (queries.logits, queries.masks.flatten(1)):
        alike = torch.corrcoef(values) - torch.eye(QUERIES)
        assert alike.max() < 0.95
        assert alike.mean() < 0.3


def test_masks_vary_in_space(queries: Queries) -> None:
    within = queries.masks.std((1, 2))
    assert within.min() > 0.5
    assert 2 < within.mean() < 6
    assert 0.1 < float((queries.masks > 0).float().mean()) < 0.6


def test_every_class_has_queries_and_several_win(queries: Queries) -> None:
    classes = queries.logits.shape[1]
    per_class = torch.bincount(queries.logits.argmax(1), minlength=classes)
    assert per_class.min() >= 3
    shares = torch.bincount(semantic_map(queries.logits, queries.masks, SIZE).flatten()) / (SIZE[0] * SIZE[1])
    assert int((shares > 0.01).sum()) >= 5
    assert shares.max() < 0.7


def test_a_seed_means_the_same_values() -> None:
    first, second, other = seeded_entries(21, 7), seeded_entries(21, 7), seeded_entries(21, 8)
    assert misfits(first, 21) == []
    assert all(torch.equal(first[name], second[name]) for name in first)
    moved = [name for name in first if not torch.equal(first[name], other[name])]
    assert len(moved) > 800
