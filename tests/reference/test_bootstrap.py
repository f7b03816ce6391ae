"""What the reference borrows from our own environment, and what it does not see of it."""

from __future__ import annotations

import importlib.metadata
from importlib.metadata import DistributionFinder
from pathlib import Path

import torch

from m2fp_server.reference.bootstrap import Borrowed


def test_only_what_is_named_is_borrowed() -> None:
    ours = str(Path(torch.__file__).parents[1])
    finder = Borrowed({"torch": ours})
    found = finder.find_spec("torch")
    assert found is not None
    assert found.origin == torch.__file__
    assert finder.find_spec("numpy") is None
    assert finder.find_spec("torch.nn") is None


def test_a_borrowed_packages_version_is_known() -> None:
    finder = Borrowed({"torch": str(Path(torch.__file__).parents[1])})
    (torch_itself,) = finder.find_distributions(DistributionFinder.Context(name="torch"))
    assert torch_itself.version == importlib.metadata.version("torch")
    assert list(finder.find_distributions(DistributionFinder.Context(name="numpy"))) == []
    assert list(finder.find_distributions()) == []
