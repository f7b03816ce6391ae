"""The reference's own answer, against its formulas with everything at plate size at once."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate
from torch.profiler import ProfilerActivity, profile

from m2fp_server.network import Queries
from m2fp_server.network.entries import QUERIES
from m2fp_server.network.hard_result import (
    MOST_PAIRS,
    HardMask,
    Placement,
    hard_instances,
    hard_semantic,
    semantic_map,
)

pytestmark = pytest.mark.usefixtures("one_thread")

PERSON = 20
SEVERAL, SINGLE = 21, 20

PADDED = (64, 96)
PLACES = {
    "larger": Placement((135, 180), PADDED, (0, 0, 60, 90)),
    "smaller": Placement((30, 45), PADDED, (0, 0, 60, 90)),
    "unpadded": Placement((64, 96), PADDED, (0, 0, 64, 96)),
    "centred": Placement((111, 77), PADDED, (3, 20, 61, 60)),
    "a line": Placement((1, 50), PADDED, (0, 0, 1, 50)),
}

Listed = list[tuple[int, float, Tensor]]
"""Class, score, mask (H, W) bool."""


def queries_of(classes: int, seed: int = 0, sure: float = 6.0) -> Queries:
    """Every class, "nothing" included, has queries that are sure of it, and some waver."""
    generator = torch.Generator().manual_seed(seed)
    logits = 1.5 * torch.randn(QUERIES, classes + 1, generator=generator)
    logits[torch.arange(QUERIES), torch.arange(QUERIES) % (classes + 1)] += sure
    coarse = torch.randn(1, QUERIES, 6, 8, generator=generator)
    masks = 5 * interpolate(coarse, (PADDED[0] // 4, PADDED[1] // 4), mode="bicubic")[0] - 1
    return Queries(logits, masks)


def at_plate_size(planes: Tensor, place: Placement) -> Tensor:
    """``(N, h, w)`` of the padded picture to ``(N, H, W)`` of the plate."""
    top, left, bottom, right = place.box
    inside = planes[None, :, top:bottom, left:right]
    return interpolate(inside, place.plate, mode="bilinear", align_corners=False)[0]


def at_picture_size(queries: Queries, place: Placement) -> Tensor:
    return interpolate(queries.masks[None], place.padded, mode="bilinear", align_corners=False)[0]


def instances(queries: Queries, place: Placement) -> Listed:
    """Of the hundred surest pairs of query and class: parts from 0.1, then people above 0.1.

    A mask's own score is the mean of its sigmoid where it is above one half.
    """
    scores = queries.logits.softmax(-1)[:, :-1]
    surest, pairs = scores.flatten().topk(MOST_PAIRS, sorted=False)
    masks = at_plate_size(at_picture_size(queries, place), place)
    inside = masks > 0
    quality = (masks.sigmoid() * inside).sum((1, 2)) / (inside.sum((1, 2)) + 1e-6)
    found = [
        (
            int(pair) % scores.shape[1],
            float(score * quality[pair // scores.shape[1]]),
            inside[pair // scores.shape[1]],
        )
        for score, pair in zip(surest, pairs, strict=True)
    ]
    parts = [each for each in found if each[0] not in (0, PERSON) and each[1] >= 0.1]
    return parts + [each for each in found if each[0] == PERSON and each[1] > 0.1]


def semantic(queries: Queries, place: Placement) -> Listed:
    """Classes that are the greatest somewhere; sums are made at the picture's size, then resized.

    A score is the mean of the sigmoid of the sum where the class is the greatest, and one pixel more of 0.
    """
    scores = queries.logits.softmax(-1)[:, :-1]
    sums = torch.einsum("qc,qhw->chw", scores, at_picture_size(queries, place).sigmoid())
    planes = at_plate_size(sums, place)
    winner, confidence = planes.argmax(0), planes.sigmoid().double()
    masks = [(category, winner == category) for category in sorted(set(winner.flatten().tolist()))]
    return [
        (category, float((confidence[category] * mask).sum() / (mask.sum() + 1)), mask)
        for category, mask in masks
    ]


def assert_same(found: list[HardMask], expected: Listed) -> None:
    assert [each.category for each in found] == [category for category, _, _ in expected]
    for each, (_, score, mask) in zip(found, expected, strict=True):
        assert each.score == pytest.approx(score, abs=1e-6)
        assert np.array_equal(each.mask, mask.numpy())


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", PLACES)
def test_instances_of_several_people(name: str, seed: int) -> None:
    queries, place = queries_of(SEVERAL, seed), PLACES[name]
    expected = instances(queries, place)
    categories = [category for category, _, _ in expected]
    assert PERSON in categories
    assert len(set(categories)) > 5 or name == "a line"
    assert_same(hard_instances(queries, PERSON, place), expected)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", PLACES)
def test_classes_of_one_person(name: str, seed: int) -> None:
    queries, place = queries_of(SINGLE, seed), PLACES[name]
    expected = semantic(queries, place)
    assert len(expected) > 1
    assert_same(hard_semantic(queries, place), expected)


@pytest.mark.parametrize("rows", [1, 7, 54, 1000])
@pytest.mark.parametrize("name", PLACES)
def test_the_semantic_map(name: str, rows: int) -> None:
    """Here masks are resized before they are summed up. Classes closer than rounding may change places."""
    queries, place = queries_of(SEVERAL, 3), PLACES[name]
    masks = at_plate_size(at_picture_size(queries, place), place)
    sums = torch.einsum("qc,qhw->chw", queries.logits.softmax(-1)[:, :-1], masks.sigmoid())
    first, second = sums.topk(2, 0).values
    clear = first - second > 1e-4
    assert float(clear.float().mean()) > 0.99
    found = semantic_map(queries, place, rows)
    assert found.dtype == torch.uint8
    assert found.shape == place.plate
    assert torch.equal(found[clear].long(), sums.argmax(0)[clear])


def test_one_query_may_be_several_parts() -> None:
    """Pairs count, not queries: a mask is then listed once for each class."""
    queries = queries_of(SEVERAL)
    queries.logits[:] = -9
    queries.logits[:, -1] = 9
    queries.logits[7, :] = torch.tensor([-9.0] * 3 + [9, -9, 9] + [-9.0] * 14 + [9, -9])
    found = hard_instances(queries, PERSON, PLACES["larger"])
    assert sorted(each.category for each in found) == [3, 5, PERSON]
    assert found[-1].category == PERSON
    assert len({each.bits.tobytes() for each in found}) == 1
    assert_same(found, instances(queries, PLACES["larger"]))


def test_background_and_the_unsure_are_not_listed() -> None:
    queries = queries_of(SEVERAL)
    queries.logits[:] = 0
    assert hard_instances(queries, PERSON, PLACES["larger"]) == []
    queries.logits[:, 0] = 9
    assert hard_instances(queries, PERSON, PLACES["larger"]) == []


def test_a_mask_that_is_nowhere_is_not_listed() -> None:
    queries = queries_of(SEVERAL)
    queries.masks[:] = -3
    assert hard_instances(queries, PERSON, PLACES["larger"]) == []


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (8, 8), (7, 11)])
def test_a_mask_comes_out_of_its_bits(shape: tuple[int, int]) -> None:
    mask = np.random.default_rng(1).random(shape) < 0.5
    found = HardMask(3, 0.5, np.packbits(mask), shape).mask
    assert found.dtype == np.bool_
    assert np.array_equal(found, mask)


def test_queries_are_not_changed() -> None:
    for compute in (
        lambda queries, place: hard_instances(queries, PERSON, place),
        hard_semantic,
        semantic_map,
    ):
        queries, same = queries_of(SEVERAL), queries_of(SEVERAL)
        compute(queries, PLACES["unpadded"])
        assert torch.equal(queries.logits, same.logits)
        assert torch.equal(queries.masks, same.masks)


def peak_memory(compute: Callable[[], Any], trace: Path) -> int:
    """The most bytes that torch held at once of what it took during ``compute``."""
    with torch.inference_mode(), profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        compute()
    profiler.export_chrome_trace(str(trace))
    events = [event for event in json.loads(trace.read_text())["traceEvents"] if event["name"] == "[memory]"]
    events.sort(key=lambda event: event["ts"])
    peak: int = max(accumulate(event["args"]["Bytes"] for event in events))
    return peak


@pytest.mark.parametrize(
    "compute",
    [
        lambda queries, place: hard_instances(queries, PERSON, place),
        hard_semantic,
        lambda queries, place: semantic_map(queries, place, rows=8),
    ],
    ids=["instances", "classes", "map"],
)
def test_no_hundred_masks_at_plate_size(compute: Callable[[Queries, Placement], Any], tmp_path: Path) -> None:
    """At most ten planes, beside masks at the picture's size; the reference has hundreds."""
    place = Placement((540, 360), (16, 24), (0, 0, 15, 22))
    plate, picture = 4 * 540 * 360, 4 * 16 * 24
    queries = queries_of(SEVERAL)
    peak = peak_memory(lambda: compute(queries, place), tmp_path / "trace.json")
    assert plate < peak < 10 * plate + 3 * QUERIES * picture


def test_masks_are_kept_as_bits() -> None:
    place = PLACES["larger"]
    for listed in (
        hard_instances(queries_of(SEVERAL), PERSON, place),
        hard_semantic(queries_of(SINGLE), place),
    ):
        assert {len(each.bits) for each in listed} == {math.ceil(135 * 180 / 8)}
