"""The network against the module that it was published with, in an environment of its own."""

from __future__ import annotations

import pytest
import torch

from m2fp_server.network import M2FPNetwork
from m2fp_server.network.seeded import seeded_entries
from support.agreement import agreement, assert_agreement, normalised, picture
from support.reference import FIRST_TIME, reference_module

SEEDS = (1, 2)
SIZES = ((512, 384), (320, 576), (96, 416))


@pytest.mark.timeout(FIRST_TIME)
@pytest.mark.parametrize("classes", [21, 20], ids=["several people", "one person"])
def test_the_network_computes_what_modelscopes_module_computes(classes: int) -> None:
    found = []
    for seed in SEEDS:
        entries = seeded_entries(classes, seed)
        ours = M2FPNetwork(entries)
        with reference_module(entries, classes) as module:
            for size in SIZES:
                pixels = picture(size, seed)
                with torch.inference_mode():
                    queries = ours(normalised(pixels))
                result = module.run_network(pixels.numpy())
                theirs = torch.from_numpy(result.logits), torch.from_numpy(result.masks)
                found.append(agreement(theirs, (queries.logits, queries.masks), size))
    assert_agreement(found)
