"""From a hundred queries to soft parts: what a compositor wants of the network, at its own grid.

Mask2Former's semantic inference (arXiv:2112.01527, section 3.1): a part's plane is the sum over all queries
of how sure a query is of that part, times its mask. The same sum as the reference's, before any resizing;
divided by what all parts sum to, so that a pixel's parts sum to 1 and the likeliest stays the likeliest
(but for pixels that hardly any query claims: they are background).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .people import People, find_people
from .query_decoder import Queries

LEAST_SCORE = 0.1
"""The reference drops instances below this. A part that no query gives so much is not in the frame: 0."""

LEAST_CLAIM = 0.01
"""Where all queries together claim less of a pixel than this, it goes to the background."""


@dataclass(frozen=True)
class SoftResult:
    """``probabilities (C, gh, gw)`` float32, background first, summing to 1; people if they can be told."""

    probabilities: Tensor
    people: People | None


def soft_result(queries: Queries, parts: int, *, apart: bool) -> SoftResult:
    """``queries`` as probabilities of the first ``parts`` classes (background first).

    ``apart``: the class after them is a whole person, so people can be told apart.
    """
    scores = queries.logits.softmax(1)[:, :-1]
    masks = queries.masks.sigmoid()
    sure = scores[:, :parts]
    absent = sure.amax(0) < LEAST_SCORE
    absent[0] = False
    sure[:, absent] = 0
    claims = torch.mm(sure.T, masks.flatten(1)).view(parts, *masks.shape[1:])
    claims[0] += LEAST_CLAIM
    probabilities = claims.div_(claims.sum(0))
    people = find_people(scores[:, parts], sure[:, 1:].sum(1), queries.masks, masks) if apart else None
    return SoftResult(probabilities, people)
