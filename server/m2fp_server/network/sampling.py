"""Deformable sampling: every head of every query reads 12 places and adds them up, weighted.

In two forms that agree to rounding: a compiled function where a C++ compiler could be found (``native.py``),
and torch's own operators, as one weighted gather. Neither stores what was sampled, which is what makes the
reference's form slow.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from .entries import HEADS, LEVELS, POINTS, WIDTH
from .geometry import Geometry
from .native import native_sampling

CHANNELS = WIDTH // HEADS
CORNERS = 4

Pair = tuple[Tensor, Tensor]


def deformable_sampling(values: Tensor, offsets: Tensor, logits: Tensor, geometry: Geometry) -> Tensor:
    """The weighted sum at the places each query chose.

    ``values (N, 256)``: what can be seen at each cell, heads side by side. ``offsets (N, 192)``: for each of
    8 heads, 3 levels and 4 points an x and a y in that level's cells, from the query's own place.
    ``logits (N, 96)`` of the places' weights, for a softmax over the 12 of a head. All float32; rows of
    the last two may lie apart. Returns ``(N, 256)``. Beyond a level's edge is 0.
    """
    native = native_sampling()
    if native is not None:
        return native(values, offsets, logits, geometry)
    return gathered(values, offsets, logits, geometry)


def gathered(values: Tensor, offsets: Tensor, logits: Tensor, geometry: Geometry) -> Tensor:
    """:func:`deformable_sampling` by torch's own operators: the places' indices, then one weighted gather."""
    places = (len(values), HEADS, LEVELS, POINTS)
    weights = logits.reshape(len(values), HEADS, LEVELS * POINTS).softmax(-1).view(places)
    indices, shares = _corners(offsets.reshape(*places, 2), weights, geometry)
    bags = torch.arange(0, indices.numel(), LEVELS * POINTS * CORNERS, dtype=indices.dtype)
    seen = embedding_bag(
        indices.flatten(), values.view(-1, CHANNELS), bags, mode="sum", per_sample_weights=shares.flatten()
    )
    return seen.view(-1, WIDTH)


def _corners(offsets: Tensor, weights: Tensor, geometry: Geometry) -> tuple[Tensor, Tensor]:
    """Row in ``values (N * 8, 32)`` and weight of the four cells around each place: ``(N, 8, 3, 4, 4)``."""
    heights, widths = (
        torch.tensor(sizes, dtype=torch.float32).view(LEVELS, 1)
        for sizes in zip(*geometry.shapes, strict=True)
    )
    starts = torch.tensor([0, *geometry.lengths[:-1]]).cumsum(0).view(LEVELS, 1)
    first_rows = (starts * HEADS + torch.arange(HEADS).view(HEADS, 1, 1)).to(torch.int32)
    across, down = geometry.centres.T[:, :, None, None, None]
    x = offsets[..., 0] + (across * widths - 0.5)
    y = offsets[..., 1] + (down * heights - 0.5)
    left, top = x.floor(), y.floor()
    # For each side of the place: the cell's column or row, and its share, 0 beyond the edge.
    columns, column_shares = _sides(left, x - left, widths)
    rows, row_shares = _sides(top, y - top, heights)
    indices, shares = [], []
    for row, row_share in zip(rows, row_shares, strict=True):
        row_weight = row_share * weights
        for column, column_share in zip(columns, column_shares, strict=True):
            cell = torch.addcmul(column, row, widths)
            indices.append(cell.to(torch.int32).mul_(HEADS).add_(first_rows))
            shares.append(row_weight * column_share)
    return torch.stack(indices, -1), torch.stack(shares, -1)


def _sides(first: Tensor, fraction: Tensor, size: Tensor) -> tuple[Pair, Pair]:
    """The cells before and after a place on one axis, kept inside, and their shares."""
    second = first + 1
    inside_first = (first >= 0) & (first < size)
    inside_second = (second >= 0) & (second < size)
    zero = torch.zeros(())
    last = size - 1
    return (
        (first.clamp(min=zero, max=last), second.clamp(min=zero, max=last)),
        (torch.where(inside_first, 1 - fraction, zero), torch.where(inside_second, fraction, zero)),
    )
