"""From queries to soft parts."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from m2fp_server.network import Queries
from m2fp_server.network.entries import QUERIES
from m2fp_server.network.soft_result import LEAST_CLAIM, LEAST_SCORE, soft_result

pytestmark = pytest.mark.usefixtures("one_thread")

PARTS = 20
GRID = (12, 20)


def queries_of(seed: int, classes: int = PARTS + 1) -> Queries:
    """Each class, "nothing" included, has queries that are sure of it; masks come and go."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(QUERIES, classes + 1, generator=generator)
    logits[torch.arange(QUERIES), torch.arange(QUERIES) % (classes + 1)] += 6
    return Queries(logits, 4 * torch.randn(QUERIES, *GRID, generator=generator) - 1)


def nobody_in(queries: Queries, *classes: int, at: float = -9.0) -> Queries:
    """No query gives these classes more than a little."""
    logits = queries.logits.clone()
    logits[:, list(classes)] = at
    return Queries(logits, queries.masks)


def semantic_sum(queries: Queries) -> Tensor:
    """``(PARTS, gh, gw)``: arXiv:2112.01527, section 3.1."""
    scores = queries.logits.softmax(-1)[:, :PARTS]
    return torch.einsum("qc,qhw->chw", scores, queries.masks.sigmoid())


@pytest.mark.parametrize("seed", range(3))
def test_parts_sum_to_1(seed: int) -> None:
    found = soft_result(queries_of(seed), PARTS, apart=True).probabilities
    assert found.shape == (PARTS, *GRID)
    assert found.dtype == torch.float32
    assert float(found.min()) >= 0
    torch.testing.assert_close(found.sum(0), torch.ones(GRID), atol=1e-6, rtol=0)


@pytest.mark.parametrize("seed", range(3))
def test_the_greatest_is_the_reference_s(seed: int) -> None:
    """Except where a part leads the background by less than the background's own small claim."""
    queries = queries_of(seed)
    claims = semantic_sum(queries)
    best = claims.amax(0)
    clear = (claims[0] == best) | (best - claims[0] > LEAST_CLAIM)
    assert float(clear.float().mean()) > 0.95
    found = soft_result(queries, PARTS, apart=True).probabilities
    assert torch.equal(found.argmax(0)[clear], claims.argmax(0)[clear])


@pytest.mark.parametrize("background", [True, False], ids=["background", "none that is sure of background"])
def test_what_queries_claim_keeps_its_proportions(background: bool) -> None:
    """The background is never absent, and has its small claim besides."""
    queries = queries_of(4) if background else nobody_in(queries_of(4), 0, at=0.0)
    claims = semantic_sum(queries)
    claims[0] += LEAST_CLAIM
    found = soft_result(queries, PARTS, apart=False).probabilities
    torch.testing.assert_close(found, claims / claims.sum(0), atol=1e-6, rtol=0)


def test_a_part_that_nobody_is_sure_of_is_exactly_0() -> None:
    queries = nobody_in(queries_of(5), 4, 11)
    assert float(semantic_sum(queries)[4].max()) > 0
    found = soft_result(queries, PARTS, apart=True).probabilities
    for part in range(PARTS):
        assert bool((found[part] == 0).all()) == (part in (4, 11))
    torch.testing.assert_close(found.sum(0), torch.ones(GRID), atol=1e-6, rtol=0)


def test_how_sure_is_sure() -> None:
    """One query decides: at the reference's threshold a part is there, below it is not."""
    for share, there in ((LEAST_SCORE + 0.01, True), (LEAST_SCORE - 0.01, False)):
        scores = torch.full((QUERIES, PARTS + 2), 1e-4)
        scores[:, -1] = 1
        scores[17, 6], scores[17, -1] = share / (1 - share), 1 - 21e-4
        found = soft_result(Queries(scores.log(), torch.full((QUERIES, *GRID), 3.0)), PARTS, apart=True)
        assert bool((found.probabilities[6] > 0).all()) == there


@pytest.mark.parametrize("classes", [PARTS, PARTS + 1])
@pytest.mark.parametrize("masks", [-8.0, 0.0, 8.0])
def test_a_frame_without_people_is_background_and_nothing_else(classes: int, masks: float) -> None:
    """Queries of nothing everywhere, and some of background."""
    queries = nobody_in(queries_of(6, classes), *range(1, classes))
    everywhere = Queries(queries.logits, torch.full_like(queries.masks, masks))
    for each in (queries, everywhere):
        result = soft_result(each, PARTS, apart=classes > PARTS)
        assert torch.equal(result.probabilities[0], torch.ones(GRID))
        assert torch.equal(result.probabilities[1:], torch.zeros(PARTS - 1, *GRID))
        if classes > PARTS:
            assert result.people is not None
            assert result.people.ownership.shape == (0, *GRID)
            assert result.people.scores == ()


def test_what_no_query_claims_is_background() -> None:
    queries = queries_of(7)
    queries.masks[:, 3:6] = -60
    found = soft_result(queries, PARTS, apart=False).probabilities
    torch.testing.assert_close(found[0, 3:6], torch.ones(3, GRID[1]), atol=1e-6, rtol=0)


def test_extreme_logits() -> None:
    queries = queries_of(8)
    extreme = Queries(100 * queries.logits, 1e4 * queries.masks)
    found = soft_result(extreme, PARTS, apart=True)
    assert bool(found.probabilities.isfinite().all())
    torch.testing.assert_close(found.probabilities.sum(0), torch.ones(GRID), atol=1e-6, rtol=0)
    assert found.people is not None
    assert bool(found.people.ownership.isfinite().all())


def test_the_class_after_the_parts_is_a_person() -> None:
    queries = queries_of(9)
    result = soft_result(queries, PARTS, apart=True)
    assert result.people is not None
    assert len(result.people.scores) > 1
    without = soft_result(nobody_in(queries, PARTS), PARTS, apart=True).people
    assert without is not None
    assert without.scores == ()
    assert soft_result(queries, PARTS, apart=False).people is None


def test_background_owns_nothing() -> None:
    """Where the background's queries are does not change whose a pixel is."""
    queries, moved = queries_of(13), queries_of(13)
    background = slice(0, None, PARTS + 2)
    for each in (queries, moved):
        each.logits[background, 0] = 40
    moved.masks[background] = moved.masks[background].flip(2)
    found, expected = (soft_result(each, PARTS, apart=True).people for each in (moved, queries))
    assert found is not None
    assert expected is not None
    assert len(expected.scores) > 1
    torch.testing.assert_close(found.ownership, expected.ownership, atol=1e-6, rtol=0)


def test_one_person_s_model_has_no_class_after_the_parts() -> None:
    result = soft_result(queries_of(10, PARTS), PARTS, apart=False)
    assert result.people is None
    assert result.probabilities.shape == (PARTS, *GRID)


def test_a_part_of_the_grid_may_be_cut_out() -> None:
    """As an engine does with what it padded on: masks then are no contiguous block."""
    queries = queries_of(11)
    cut = queries.masks[:, 2:9, 4:15]
    assert not cut.is_contiguous()
    found = soft_result(Queries(queries.logits, cut), PARTS, apart=True)
    expected = soft_result(Queries(queries.logits, cut.contiguous()), PARTS, apart=True)
    torch.testing.assert_close(found.probabilities, expected.probabilities, atol=1e-6, rtol=0)
    assert found.people is not None
    assert expected.people is not None
    torch.testing.assert_close(found.people.ownership, expected.people.ownership, atol=1e-5, rtol=0)


def test_queries_are_not_changed() -> None:
    queries, same = queries_of(12), queries_of(12)
    soft_result(queries, PARTS, apart=True)
    assert torch.equal(queries.logits, same.logits)
    assert torch.equal(queries.masks, same.masks)
