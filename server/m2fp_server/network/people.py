"""Who is who: which queries are people, and how much of a pixel belongs to each of them.

The reference gives a list of people and a list of parts, and leaves it to its caller which part is whose.
Here a query's part goes to people by how its mask overlaps theirs, and within a mask that several share (a
network may see all hair as one) each pixel goes by the people's own masks. Both at once, by Bayes' rule: a
query's overlaps are what is known of its owner before looking at a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

LEAST_SCORE = 0.3
"""How sure the network has to be of a person."""

LEAST_NEW = 0.5
"""So much of a person's mask has to lie outside those of surer ones; else it is one of them seen twice."""

_TINY = 1e-6


@dataclass(frozen=True)
class People:
    """``ownership (P, gh, gw)`` float32, from the left, summing to 1 where P > 0; ``scores (P,)``, 0 to 1."""

    ownership: Tensor
    scores: tuple[float, ...]


def find_people(person: Tensor, part: Tensor, logits: Tensor, masks: Tensor) -> People:
    """The people in a frame.

    ``person (Q,)`` and ``part (Q,)``: how sure each query is of being a whole person, or any part of one.
    ``logits (Q, gh, gw)`` of the masks, and ``masks``, their sigmoid.
    """
    inside = logits > 0
    areas = inside.flatten(1).sum(1)
    scores = person * (masks * inside).flatten(1).sum(1) / areas.clamp(min=1)
    chosen = _from_the_left(_distinct(scores, inside), inside)
    return People(
        _ownership(part, logits.flatten(1), masks.flatten(1), chosen).view(-1, *logits.shape[1:]),
        tuple(float(scores[query]) for query in chosen),
    )


def _distinct(scores: Tensor, inside: Tensor) -> list[int]:
    """Sure queries, the surest first, without those that are mostly covered by surer ones."""
    chosen: list[int] = []
    covered = torch.zeros(inside.shape[1:], dtype=torch.bool)
    order = scores.argsort(descending=True, stable=True).tolist()
    for query in order:
        if scores[query] < LEAST_SCORE:
            break
        mask = inside[query]
        area = int(mask.sum())
        if area and int((mask & ~covered).sum()) >= LEAST_NEW * area:
            chosen.append(query)
            covered |= mask
    return chosen


def _from_the_left(chosen: list[int], inside: Tensor) -> list[int]:
    """By the middle of their masks, to half a cell; equal ones from the top, then as the queries come."""

    def place(query: int) -> tuple[int, int, int]:
        y, x = inside[query].nonzero(as_tuple=True)
        return round(2 * float(x.double().mean())), round(2 * float(y.double().mean())), query

    return sorted(chosen, key=place)


def _ownership(part: Tensor, logits: Tensor, masks: Tensor, chosen: list[int]) -> Tensor:
    """``(P, cells)``: for each person the share of a pixel's parts that is theirs."""
    shares = logits[chosen].softmax(0)
    if len(chosen) < 2:
        return shares
    overlaps = masks @ masks[chosen].T + _TINY
    owners = overlaps / overlaps.sum(1, keepdim=True)
    weights = part[:, None] * masks
    owned = owners.T @ (weights / (owners @ shares).clamp(min=_TINY)) * shares
    return (owned + _TINY * shares) / (owned.sum(0) + _TINY)
