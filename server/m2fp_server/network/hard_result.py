"""The reference's own answer, for comparison alone: hard masks at plate size, with labels and scores.

What ModelScope's ``M2FP.postprocess`` and its pipeline's ``postprocess`` return, number for number. The
reference holds a hundred masks at plate size in float32 (5 GB at 1080p); here one mask or one class is at
plate size at a time, and hard masks are kept as bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from .query_decoder import Queries

MOST_PAIRS = 100
"""Pairs of query and class that the reference looks at."""

LEAST_SCORE = 0.1


@dataclass(frozen=True)
class HardMask:
    """``category``: the number of the class; ``bits``: the mask, eight pixels a byte."""

    category: int
    score: float
    bits: npt.NDArray[np.uint8]
    shape: tuple[int, int]

    @property
    def mask(self) -> npt.NDArray[np.bool_]:
        """``(H, W)`` bool."""
        height, width = self.shape
        return np.unpackbits(self.bits, count=height * width).view(np.bool_).reshape(self.shape)


@dataclass(frozen=True)
class Placement:
    """Where a plate of ``plate`` (height, width) lies in the padded picture, in pixels.

    ``padded``: height and width of what the network saw; ``box``: top, left, bottom, right of the plate in
    it.
    """

    plate: tuple[int, int]
    padded: tuple[int, int]
    box: tuple[int, int, int, int]

    def at_plate_size(self, plane: Tensor) -> Tensor:
        """``(h, w)`` of the padded picture, cut out and resized to the plate."""
        top, left, bottom, right = self.box
        return _resized(plane[top:bottom, left:right], self.plate)


def hard_instances(queries: Queries, person: int, place: Placement) -> list[HardMask]:
    """Parts, then people (class ``person``), as the reference's pipeline lists them for several people."""
    classes = queries.logits.shape[1] - 1
    scores, pairs = queries.logits.softmax(1)[:, :-1].flatten().topk(MOST_PAIRS, sorted=False)
    found: dict[int, tuple[float, npt.NDArray[np.uint8]]] = {}
    parts, people = [], []
    for score, pair in zip(scores.tolist(), pairs.tolist(), strict=True):
        query, category = divmod(pair, classes)
        # A mask's own score is at most 1, so that no mask need be made for what can't reach the least.
        if category == 0 or score < LEAST_SCORE:
            continue
        if query not in found:
            found[query] = _mask(queries.masks[query], place)
        quality, bits = found[query]
        instance = HardMask(category, score * quality, bits, place.plate)
        if category == person:
            people += [instance] * (instance.score > LEAST_SCORE)
        else:
            parts += [instance] * (instance.score >= LEAST_SCORE)
    return parts + people


def _mask(mask: Tensor, place: Placement) -> tuple[float, npt.NDArray[np.uint8]]:
    """A query's mask at plate size: the mean of its sigmoid inside, and its bits."""
    full = place.at_plate_size(_resized(mask, place.padded))
    inside = full > 0
    values = full[inside].sigmoid_()
    quality = float(values.sum()) / (len(values) + 1e-6)
    return quality, np.packbits(inside.numpy())


def hard_semantic(queries: Queries, place: Placement) -> list[HardMask]:
    """One mask a class that is there, as the reference's pipeline lists them for a single person."""
    scores = queries.logits.softmax(1)[:, :-1]
    masks = interpolate(queries.masks[None], size=place.padded, mode="bilinear", align_corners=False)[0]
    planes = torch.mm(scores.T, masks.sigmoid_().flatten(1)).view(-1, *place.padded)
    best = torch.full(place.plate, -1.0)
    winner = torch.zeros(place.plate, dtype=torch.uint8)
    for category, plane in enumerate(planes):
        full = place.at_plate_size(plane)
        better = full > best
        best[better] = full[better]
        winner[better] = category
    return list(_listed(winner, best.sigmoid_()))


def semantic_map(queries: Queries, place: Placement, rows: int = 54) -> Tensor:
    """``(H, W)`` uint8: the class at each pixel where masks are resized before they are summed up.

    The reference's semantic result for several people. All queries are at plate size at once for a few
    ``rows``.
    """
    scores = queries.logits.softmax(1)[:, :-1].T.contiguous()
    top, left, bottom, right = place.box
    masks = interpolate(queries.masks[None], size=place.padded, mode="bilinear", align_corners=False)
    masks = masks[0, :, top:bottom, left:right]
    height, width = place.plate
    centres = ((torch.arange(height) + 0.5) * (masks.shape[1] / height) - 0.5).clamp(min=0)
    upper = centres.long()
    lower = (upper + 1).clamp(max=masks.shape[1] - 1)
    share = (centres - upper)[:, None]
    result = torch.empty(height, width, dtype=torch.uint8)
    for begin in range(0, height, rows):
        band = slice(begin, min(height, begin + rows))
        lines = torch.lerp(masks[:, upper[band]], masks[:, lower[band]], share[band])
        wide = interpolate(lines, size=width, mode="linear", align_corners=False).sigmoid_()
        result[band] = torch.mm(scores, wide.flatten(1)).argmax(0).view(-1, width)
    return result


def _listed(winner: Tensor, confidence: Tensor) -> Iterator[HardMask]:
    for category in torch.unique(winner).tolist():
        inside = winner == category
        values = confidence[inside]
        score = float(values.double().sum()) / (len(values) + 1)
        yield HardMask(category, score, np.packbits(inside.numpy()), (winner.shape[0], winner.shape[1]))


def _resized(plane: Tensor, size: Sequence[int]) -> Tensor:
    return interpolate(plane[None, None], size=tuple(size), mode="bilinear", align_corners=False)[0, 0]
