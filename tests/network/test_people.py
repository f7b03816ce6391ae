"""Who is who, by boxes on a small grid."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from m2fp_server.network.people import LEAST_NEW, LEAST_SCORE, People, find_people

pytestmark = pytest.mark.usefixtures("one_thread")

GRID = (12, 24)
SURE = 6.0
"""Logit of a mask where it is, and less where it is not."""

INSIDE = float(torch.tensor(SURE).sigmoid())

LEFT, MIDDLE, RIGHT = slice(1, 7), slice(9, 15), slice(17, 23)
BODY = slice(2, 11)


def box(rows: slice, columns: slice) -> Tensor:
    """``GRID`` of bool."""
    mask = torch.zeros(GRID, dtype=torch.bool)
    mask[rows, columns] = True
    return mask


def people_of(*queries: tuple[float, float, Tensor]) -> People:
    """The people found by queries of (sure to be a person, sure to be a part, where)."""
    person, part, masks = zip(*queries, strict=True)
    logits = torch.where(torch.stack(masks), SURE, -SURE)
    return find_people(torch.tensor(person), torch.tensor(part), logits, logits.sigmoid())


def a_person(mask: Tensor, score: float = 0.9) -> tuple[float, float, Tensor]:
    return score, 0.05, mask


def a_part(mask: Tensor, score: float = 0.9) -> tuple[float, float, Tensor]:
    return 0.0, score, mask


def owners(people: People, mask: Tensor) -> list[float]:
    """The mean ownership of each person within ``mask``."""
    return [round(float(own[mask].mean()), 3) for own in people.ownership]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize("scores", [(0.9, 0.6, 0.4), (0.4, 0.6, 0.9), (0.7, 0.7, 0.7)])
def test_people_come_from_the_left(order: tuple[int, ...], scores: tuple[float, ...]) -> None:
    """Whatever the order of the queries, and however sure the network is of each."""
    masks = [box(BODY, columns) for columns in (LEFT, MIDDLE, RIGHT)]
    people = people_of(*(a_person(masks[each], scores[each]) for each in order))
    assert people.scores == pytest.approx([score * INSIDE for score in scores], abs=1e-5)
    for number, mask in enumerate(masks):
        assert owners(people, mask)[number] > 0.99


def test_one_above_the_other_comes_first() -> None:
    upper, lower = box(slice(0, 5), MIDDLE), box(slice(6, 11), MIDDLE)
    for queries in ((a_person(lower), a_person(upper, 0.5)), (a_person(upper, 0.5), a_person(lower))):
        assert people_of(*queries).scores == pytest.approx([0.5 * INSIDE, 0.9 * INSIDE], abs=1e-5)


def test_less_than_half_a_cell_does_not_change_the_order() -> None:
    """The upper one's middle lies a tenth of a cell further right, and it still comes first."""
    upper, lower = box(slice(0, 5), MIDDLE), box(slice(6, 11), MIDDLE)
    upper[2, 15:16] = True
    assert people_of(a_person(lower), a_person(upper, 0.5)).scores[0] == pytest.approx(0.5 * INSIDE, abs=1e-5)


@pytest.mark.parametrize("scores", [(0.9, 0.4), (0.4, 0.9), (0.6, 0.6)])
def test_people_with_the_same_middle_come_as_their_queries_do(scores: tuple[float, float]) -> None:
    inner, around = box(slice(5, 8), slice(10, 14)), box(slice(3, 10), slice(8, 16))
    around &= ~inner
    people = people_of(a_person(inner, scores[0]), a_person(around, scores[1]))
    assert people.scores == pytest.approx([score * INSIDE for score in scores], abs=1e-5)


def test_a_score_is_how_sure_the_class_is_times_the_mean_of_the_mask_inside() -> None:
    logits = torch.full((1, *GRID), -1.0)
    logits[0, :, :4], logits[0, :, 4:6] = 2.0, 0.5
    people = find_people(torch.tensor([0.8]), torch.tensor([0.1]), logits, logits.sigmoid())
    inside = logits[logits > 0].sigmoid()
    assert people.scores == pytest.approx([0.8 * float(inside.mean())], rel=1e-6)


@pytest.mark.parametrize(("score", "count"), [(LEAST_SCORE + 0.02, 1), (LEAST_SCORE - 0.02, 0)])
def test_only_who_is_sure_enough_is_a_person(score: float, count: int) -> None:
    people = people_of(a_person(box(BODY, LEFT), score / INSIDE), a_part(box(BODY, RIGHT)))
    assert len(people.scores) == len(people.ownership) == count


def test_one_seen_twice_is_one() -> None:
    """The surer view of them stays."""
    body, nearly = box(BODY, LEFT), box(slice(1, 12), LEFT)
    people = people_of(a_person(nearly, 0.6), a_person(body, 0.9), a_person(body, 0.8))
    assert people.scores == pytest.approx([0.9 * INSIDE], abs=1e-5)


def test_who_is_half_hidden_behind_another_is_somebody() -> None:
    assert LEAST_NEW == 0.5
    front = box(BODY, slice(4, 10))
    assert len(people_of(a_person(front), a_person(box(BODY, slice(7, 13)), 0.5)).scores) == 2
    assert len(people_of(a_person(front), a_person(box(BODY, slice(6, 12)), 0.5)).scores) == 1


def test_two_people_seen_as_one_more_are_two() -> None:
    """A third mask over both of them is mostly covered by what they cover together."""
    people = people_of(
        a_person(box(BODY, slice(1, 23)), 0.5),
        a_person(box(BODY, slice(1, 11))),
        a_person(box(BODY, slice(13, 23))),
    )
    assert people.scores == pytest.approx([0.9 * INSIDE] * 2, abs=1e-5)


def test_a_mask_that_is_nowhere_is_nobody() -> None:
    assert people_of(a_person(box(slice(0), slice(0)), 1.0)).scores == ()


def test_a_frame_without_people() -> None:
    people = people_of(a_part(box(BODY, LEFT)), a_part(box(BODY, RIGHT)))
    assert people.scores == ()
    assert people.ownership.shape == (0, *GRID)


def test_one_person_alone_owns_everything() -> None:
    people = people_of(a_person(box(BODY, LEFT)), a_part(box(BODY, RIGHT)))
    assert torch.equal(people.ownership, torch.ones(1, *GRID))


@pytest.mark.parametrize("seed", range(4))
def test_every_pixel_is_shared_out_entirely(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = 5 * torch.randn(40, *GRID, generator=generator) - 5
    person, part = torch.rand(2, 40, generator=generator)
    people = find_people(person, part, logits, logits.sigmoid())
    assert len(people.scores) == len(people.ownership) > 2
    assert people.ownership.dtype == torch.float32
    assert float(people.ownership.min()) >= 0
    torch.testing.assert_close(people.ownership.sum(0), torch.ones(GRID), atol=1e-5, rtol=0)
    assert all(LEAST_SCORE <= score <= 1 for score in people.scores)


def test_ownership_is_by_bayes_rule() -> None:
    """Said plainly, a query and a pixel at a time: what a query's mask overlaps, times whose pixel it is."""
    generator = torch.Generator().manual_seed(5)
    logits = 2 * torch.randn(12, *GRID, generator=generator) - 5
    reach = [slice(0, 11), slice(7, 18), slice(14, 24)]
    for query in range(12):
        logits[query, :, reach[query % 3]] += 8
    person, part = torch.tensor([0.9] * 3 + [0.0] * 9), torch.rand(12, generator=generator)
    part[:3] = 0
    found = find_people(person, part, logits, logits.sigmoid()).ownership.double()
    masks = logits.sigmoid().double()
    theirs = logits[:3].double().softmax(0)
    expected = torch.zeros(3, *GRID, dtype=torch.float64)
    for query in range(3, 12):
        before = torch.stack([(masks[query] * masks[each]).sum() for each in range(3)])
        after = (before / before.sum())[:, None, None] * theirs
        expected += part[query] * masks[query] * after / after.sum(0)
    expected /= (part[:, None, None] * masks).sum(0)
    assert len(found) == 3
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0)


def test_what_nothing_claims_is_shared_out_too() -> None:
    logits = torch.full((2, *GRID), -80.0)
    logits[0, BODY, LEFT], logits[1, BODY, RIGHT] = 80.0, 80.0
    people = find_people(torch.tensor([0.9, 0.9]), torch.tensor([0.0, 0.0]), logits, logits.sigmoid())
    torch.testing.assert_close(people.ownership.sum(0), torch.ones(GRID), atol=1e-5, rtol=0)


def test_a_part_that_two_people_have_is_split_by_their_masks() -> None:
    """As when a network sees all hair as one."""
    left, right = box(BODY, LEFT), box(BODY, RIGHT)
    hair = box(slice(2, 5), LEFT) | box(slice(2, 5), RIGHT)
    people = people_of(a_person(left), a_person(right), a_part(hair))
    assert owners(people, hair & left) == pytest.approx([1, 0], abs=0.01)
    assert owners(people, hair & right) == pytest.approx([0, 1], abs=0.01)


def test_a_part_in_nobody_s_mask_goes_by_what_the_rest_of_it_overlaps() -> None:
    """A hand that the person's own mask lost, where no mask says anything."""
    left, right = box(BODY, LEFT), box(BODY, RIGHT)
    arm = box(slice(5, 7), slice(3, 11))
    beyond = arm & ~left
    people = people_of(a_person(left), a_person(right), a_part(arm))
    assert owners(people, beyond)[0] > 0.95


def test_a_part_that_crosses_another_person_stays_with_its_owner() -> None:
    """An arm laid across somebody: both masks claim it there, and it begins in one of them."""
    arm = box(slice(5, 7), slice(3, 15))
    left, middle = box(BODY, LEFT) | arm, box(BODY, slice(10, 18))
    crossing = arm & middle
    people = people_of(a_person(left), a_person(middle), a_part(arm))
    found = owners(people, crossing)
    assert found[0] > 0.65
    assert owners(people, middle & ~arm)[1] > 0.99
    assert owners(people, left & ~middle)[0] > 0.99


def test_the_surer_part_of_a_pixel_decides() -> None:
    """Where two people's masks meet, the parts there tell whose it is."""
    left, right = box(BODY, slice(2, 13)), box(BODY, slice(9, 20))
    both = left & right
    sleeve, coat = box(BODY, slice(2, 13)), box(BODY, slice(9, 20))
    for scores, order in (((0.9, 0.2), 1), ((0.2, 0.9), -1)):
        parts = a_part(sleeve, scores[0]), a_part(coat, scores[1])
        own = owners(people_of(a_person(left), a_person(right), *parts), both)
        assert (own[0] - own[1]) * order > 0.1


def test_numbers_that_are_none_are_nobody() -> None:
    bad = torch.full((3, *GRID), float("nan"))
    people = find_people(torch.full((3,), float("nan")), torch.full((3,), float("nan")), bad, bad.sigmoid())
    assert people.ownership.shape == (0, *GRID)


def test_the_same_queries_give_the_same_bits() -> None:
    queries = (a_person(box(BODY, LEFT)), a_person(box(BODY, MIDDLE)), a_part(box(BODY, slice(3, 13))))
    assert torch.equal(people_of(*queries).ownership, people_of(*queries).ownership)
