"""Deformable sampling in both its forms, against the operator said plainly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from m2fp_server.network import native
from m2fp_server.network.entries import HEADS, LEVELS, POINTS, WIDTH
from m2fp_server.network.geometry import Geometry, geometry
from m2fp_server.network.sampling import deformable_sampling, gathered

Sampling = Callable[[Tensor, Tensor, Tensor, Geometry], Tensor]

PLACES = HEADS * LEVELS * POINTS
FAR = 1e6
"""Cells; so far away is nothing."""


def plain(values: Tensor, offsets: Tensor, logits: Tensor, levels: Geometry) -> Tensor:
    """X. Zhu et al., arXiv:2010.04159, equation 3, in float64 with every sample stored."""
    count = len(values)
    weights = logits.double().view(count, HEADS, LEVELS * POINTS).softmax(-1)
    weights = weights.view(count, HEADS, LEVELS, POINTS).permute(2, 1, 0, 3)
    offsets = offsets.double().view(count, HEADS, LEVELS, POINTS, 2).permute(2, 1, 0, 3, 4)
    centres = levels.centres.double()[None, :, None]
    seen = torch.zeros(HEADS, WIDTH // HEADS, count, dtype=torch.float64)
    for level, cells in enumerate(levels.split(values.double())):
        height, width = levels.shapes[level]
        plane = cells.T.reshape(HEADS, -1, height, width)
        places = centres + offsets[level] / torch.tensor([width, height])
        samples = grid_sample(plane, 2 * places - 1, "bilinear", "zeros", align_corners=False)
        seen += (samples * weights[level][:, None]).sum(-1)
    return seen.permute(2, 0, 1).reshape(count, WIDTH).float()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of these tests' own, so that what is built here is built from this source."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        native.native.cache_clear()
        yield folder
    native.native.cache_clear()


@pytest.fixture
def threads() -> Iterator[Callable[[int], None]]:
    """Sets the number of threads for both forms."""
    before = torch.get_num_threads()

    def use(count: int) -> None:
        torch.set_num_threads(count)
        native.native.cache_clear()

    yield use
    use(before)


def compiled(values: Tensor, offsets: Tensor, logits: Tensor, levels: Geometry) -> Tensor:
    """The compiled form, for as many threads as there are at the call."""
    sampling = native.native_sampling()
    if sampling is None:
        pytest.skip(native.native().words)
    return sampling(values, offsets, logits, levels)


@pytest.fixture(params=[compiled, gathered], ids=["compiled", "gathered"])
def form(request: pytest.FixtureRequest, folder: Path) -> Sampling:
    sampling: Sampling = request.param
    return sampling


def of_shapes(*shapes: tuple[int, int]) -> Geometry:
    """The geometry of any three levels."""
    centres = [
        torch.tensor([((x + 0.5) / width, (y + 0.5) / height) for y in range(height) for x in range(width)])
        for height, width in shapes
    ]
    count = sum(height * width for height, width in shapes)
    return Geometry(shapes, torch.zeros(count, WIDTH), torch.cat(centres))


GEOMETRIES = {
    "32x32": geometry(32, 32),
    "64x96": geometry(64, 96),
    "a row": geometry(32, 224),
    "a column": geometry(160, 32),
    "single cells": of_shapes((1, 1), (1, 1), (1, 1)),
    "unlike levels": of_shapes((1, 7), (5, 1), (3, 2)),
}


def case(levels: Geometry, reach: float, seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Geometry]:
    """Values, offsets of about ``reach`` cells, and logits."""
    generator = torch.Generator().manual_seed(seed)
    count = sum(levels.lengths)
    values, offsets, logits = (
        torch.randn(count, each, generator=generator) for each in (WIDTH, 2 * PLACES, PLACES)
    )
    return values, offsets * reach, logits * 2, levels


@pytest.mark.parametrize("reach", [0.3, 3.0, 50.0])
@pytest.mark.parametrize("name", GEOMETRIES)
def test_both_forms_are_the_operator(form: Sampling, name: str, reach: float) -> None:
    inputs = case(GEOMETRIES[name], reach)
    torch.testing.assert_close(form(*inputs), plain(*inputs), atol=2e-5, rtol=0)


@pytest.mark.parametrize("step", [1.0, 0.5])
def test_places_on_cells_borders_and_edges(form: Sampling, step: float) -> None:
    """Whole steps meet cells' centres, halves their borders; many lie on the edge and just beyond it."""
    values, offsets, logits, levels = case(GEOMETRIES["64x96"], 3)
    inputs = (values, (offsets / step).round() * step, logits, levels)
    torch.testing.assert_close(form(*inputs), plain(*inputs), atol=2e-5, rtol=0)


def test_logits_of_any_size_make_weights(form: Sampling) -> None:
    """One far above the others takes it all; so does one far above them where all are far below 0."""
    values, offsets, logits, levels = case(GEOMETRIES["64x96"], 1)
    for inputs in ((values, offsets, 100 * logits, levels), (values, offsets, 100 * logits - 2000, levels)):
        torch.testing.assert_close(form(*inputs), plain(*inputs), atol=2e-5, rtol=0)


def test_a_query_that_looks_nowhere_but_at_its_own_cell_sees_it(form: Sampling) -> None:
    values, offsets, logits, levels = case(GEOMETRIES["64x96"], 0)
    finest = logits.view(-1, HEADS, LEVELS, POINTS)
    finest[:, :, :-1] = -100
    own = slice(sum(levels.lengths[:-1]), None)
    torch.testing.assert_close(form(values, offsets, logits, levels)[own], values[own], atol=2e-6, rtol=0)


def test_beyond_the_edges_is_exactly_0(form: Sampling) -> None:
    values, offsets, logits, levels = case(GEOMETRIES["64x96"], 1)
    for away in (FAR, -FAR, 1e30, -3e38):
        seen = form(values, torch.full_like(offsets, away), logits, levels)
        assert torch.equal(seen, torch.zeros_like(seen))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_a_place_that_is_no_place_is_beyond_the_edge(form: Sampling, bad: float) -> None:
    values, offsets, logits, levels = case(GEOMETRIES["64x96"], 2)
    hit = torch.rand(offsets.shape, generator=torch.Generator().manual_seed(1)) < 0.1
    seen = form(values, offsets.masked_fill(hit, bad), logits, levels)
    expected = form(values, offsets.masked_fill(hit, FAR), logits, levels)
    assert torch.equal(seen, expected)
    nowhere = form(values, torch.full_like(offsets, bad), logits, levels)
    assert torch.equal(nowhere, torch.zeros_like(nowhere))


def test_a_weight_that_is_no_number_spoils_its_own_head_alone(form: Sampling) -> None:
    values, offsets, logits, levels = case(GEOMETRIES["64x96"], 0.2)
    clean = form(values, offsets, logits, levels)
    for place, bad in ((0, float("nan")), (5, float("nan")), (11, float("inf"))):
        spoilt = logits.clone()
        spoilt[7, 3 * LEVELS * POINTS + place] = bad
        differs = form(values, offsets, spoilt, levels) != clean  # NaN differs from everything
        assert bool(differs[7, 96:128].all())
        differs[7, 96:128] = False
        assert not differs.any()


@pytest.mark.parametrize("reach", [1.0, 8.0])
def test_only_values_are_read(form: Sampling, reach: float) -> None:
    """What lies before and after the values in memory is no number: whoever looked there would show it."""
    values, offsets, logits, levels = case(GEOMETRIES["unlike levels"], reach)
    memory = torch.full((3 * len(values), WIDTH), float("nan"))
    between = memory[len(values) : 2 * len(values)].copy_(values)
    assert torch.equal(form(between, offsets, logits, levels), form(values, offsets, logits, levels))


def test_rows_may_lie_apart(form: Sampling) -> None:
    """As the network hands them over: offsets and logits are halves of one matrix."""
    values, offsets, logits, levels = case(GEOMETRIES["64x96"], 2)
    choice = torch.cat([offsets, logits], 1)
    left, right = torch.split(choice, [2 * PLACES, PLACES], 1)
    assert not left.is_contiguous()
    assert torch.equal(form(values, left, right, levels), form(values, offsets, logits, levels))


def test_inputs_are_not_changed(form: Sampling) -> None:
    inputs = case(GEOMETRIES["64x96"], 2)
    before = [each.clone() for each in inputs[:3]]
    form(*inputs)
    assert all(torch.equal(now, then) for now, then in zip(inputs[:3], before, strict=True))


@pytest.mark.parametrize("name", ["64x96", "single cells"])
def test_the_compiled_form_gives_the_same_bits_on_any_number_of_threads(
    folder: Path, threads: Callable[[int], None], name: str
) -> None:
    inputs = case(GEOMETRIES[name], 2)
    expected = compiled(*inputs)
    for count in (1, 2, 3, 7):
        threads(count)
        assert torch.equal(compiled(*inputs), expected)


def test_the_same_input_gives_the_same_bits(form: Sampling, threads: Callable[[int], None]) -> None:
    inputs = case(geometry(160, 224), 2)
    for count in (1, 3):
        threads(count)
        first = form(*inputs)
        assert all(torch.equal(form(*inputs), first) for _ in range(3))


def test_the_compiled_form_is_used_where_there_is_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = case(GEOMETRIES["64x96"], 2)
    assert torch.equal(deformable_sampling(*inputs), compiled(*inputs))
    monkeypatch.setenv("M2FP_COMPILER", "")
    native.native.cache_clear()
    assert torch.equal(deformable_sampling(*inputs), gathered(*inputs))
    native.native.cache_clear()
