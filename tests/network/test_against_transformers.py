"""The network against Hugging Face's Mask2Former: code with which ours has nothing in common."""

from __future__ import annotations

import pytest
import torch

from m2fp_server.network import M2FPNetwork
from m2fp_server.network.seeded import seeded_entries
from support.agreement import agreement, assert_agreement, normalised, picture
from support.transformers_m2fp import TransformersM2FP

SEEDS = (1, 2, 3)
SIZES = ((512, 384), (320, 576), (96, 416))


@pytest.mark.timeout(600)  # 20 s where nothing else runs, but two busy cores are slow at it
@pytest.mark.parametrize("classes", [21, 20], ids=["several people", "one person"])
def test_the_network_computes_what_transformers_computes(classes: int) -> None:
    found = []
    for seed in SEEDS:
        entries = seeded_entries(classes, seed)
        theirs, ours = TransformersM2FP(entries), M2FPNetwork(entries)
        for size in SIZES:
            x = normalised(picture(size, seed))
            with torch.inference_mode():
                queries = ours(x)
            found.append(agreement(theirs(x), (queries.logits, queries.masks), size))
    assert_agreement(found)
