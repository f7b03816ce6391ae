"""The names and shapes of a published checkpoint's values."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from m2fp_server.network.entries import CLASS_BIAS, classes_of, expected_entries, misfits

SEVERAL, SINGLE = 21, 20
BIAS = "sem_seg_head.pixel_decoder.mask_features.bias"
BATCHES = "backbone.res4.22.conv2.norm.num_batches_tracked"
VARIANCE = "backbone.stem.conv1.norm.running_var"


def zeros(classes: int = SEVERAL) -> dict[str, Tensor]:
    """A checkpoint of zeros that takes no memory."""
    return {
        name: torch.zeros(
            (), dtype=torch.int64 if name.endswith("num_batches_tracked") else torch.float32
        ).expand(shape)
        for name, shape in expected_entries(classes).items()
    }


@pytest.mark.parametrize("classes", [SEVERAL, SINGLE])
def test_there_are_as_many_as_in_a_published_checkpoint(classes: int) -> None:
    assert len(expected_entries(classes)) == 928


def test_they_are_63_million_parameters() -> None:
    """As the published network counts them: without what batch norms have gathered."""
    gathered = ("running_mean", "running_var", "num_batches_tracked")
    sizes = [
        math.prod(shape) for name, shape in expected_entries(SEVERAL).items() if not name.endswith(gathered)
    ]
    assert round(sum(sizes) / 1e6, 1) == 63.1


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("backbone.stem.conv1.weight", (64, 3, 3, 3)),
        ("backbone.res2.0.shortcut.weight", (256, 128, 1, 1)),
        ("backbone.res3.0.conv2.weight", (128, 128, 3, 3)),
        ("backbone.res4.22.conv3.norm.running_var", (1024,)),
        (BATCHES, ()),
        ("sem_seg_head.pixel_decoder.input_proj.0.0.weight", (256, 2048, 1, 1)),
        (
            "sem_seg_head.pixel_decoder.transformer.encoder.layers.5.self_attn.sampling_offsets.weight",
            (192, 256),
        ),
        ("sem_seg_head.pixel_decoder.adapter_1.weight", (256, 256, 1, 1)),
        (
            "sem_seg_head.predictor.transformer_cross_attention_layers.8.multihead_attn.in_proj_weight",
            (768, 256),
        ),
        ("sem_seg_head.predictor.transformer_ffn_layers.0.linear1.weight", (2048, 256)),
        ("sem_seg_head.predictor.query_feat.weight", (100, 256)),
        (CLASS_BIAS, (22,)),
    ],
)
def test_names_and_shapes_of_each_kind(name: str, shape: tuple[int, ...]) -> None:
    assert expected_entries(SEVERAL)[name] == shape


def test_only_the_first_block_of_a_stage_has_a_shortcut() -> None:
    shortcuts = {name.split(".shortcut")[0] for name in expected_entries(SEVERAL) if ".shortcut." in name}
    assert shortcuts == {f"backbone.res{stage}.0" for stage in (2, 3, 4, 5)}


def test_the_number_of_classes_only_sets_the_class_head() -> None:
    several, single = expected_entries(SEVERAL), expected_entries(SINGLE)
    assert several.keys() == single.keys()
    differ = {name for name in several if several[name] != single[name]}
    assert differ == {CLASS_BIAS, CLASS_BIAS.replace("bias", "weight")}


@pytest.mark.parametrize("classes", [SEVERAL, SINGLE, 1])
def test_the_number_of_classes_is_read_from_the_class_head(classes: int) -> None:
    assert classes_of({CLASS_BIAS: torch.zeros(classes + 1)}) == classes


@pytest.mark.parametrize(
    "entries",
    [
        {},
        {"state_dict": torch.zeros(22)},
        {CLASS_BIAS: torch.tensor(3.0)},
        {CLASS_BIAS: torch.zeros(22, 256)},
        {CLASS_BIAS: torch.zeros(1)},
        {CLASS_BIAS: torch.zeros(0)},
    ],
)
def test_what_has_no_class_head_is_no_checkpoint(entries: dict[str, Tensor]) -> None:
    with pytest.raises(ValueError, match="no M2FP checkpoint") as caught:
        classes_of(entries)
    assert CLASS_BIAS in str(caught.value)


@pytest.mark.parametrize("classes", [SEVERAL, SINGLE])
def test_a_whole_checkpoint_has_no_misfits(classes: int) -> None:
    assert misfits(zeros(classes), classes) == []


def replaced(name: str, value: Tensor) -> Callable[[dict[str, Tensor]], None]:
    return lambda entries: entries.update({name: value})


@pytest.mark.parametrize(
    ("spoil", "faults"),
    [
        (lambda entries: entries.pop(BIAS), [f"missing: {BIAS}"]),
        (replaced("criterion.empty_weight", torch.ones(22)), ["not of this network: criterion.empty_weight"]),
        (replaced(BIAS, torch.zeros(255)), [f"{BIAS} is 255, not 256"]),
        (replaced(BIAS, torch.zeros(256, 1)), [f"{BIAS} is 256x1, not 256"]),
        (replaced(BIAS, torch.zeros(())), [f"{BIAS} is a single number, not 256"]),
        (replaced(BIAS, torch.zeros(0)), [f"{BIAS} is 0, not 256"]),
        (replaced(BIAS, torch.zeros(256).half()), [f"{BIAS} holds torch.float16, not torch.float32"]),
        (replaced(BATCHES, torch.zeros(())), [f"{BATCHES} holds torch.float32, not torch.int64"]),
        (replaced(BIAS, torch.full((256,), math.nan)), [f"{BIAS} holds values that are not finite"]),
        (
            replaced(BIAS, torch.zeros(256).index_fill(0, torch.tensor(3), math.nan)),
            [f"{BIAS} holds values that are not finite"],
        ),
        (
            replaced(BIAS, torch.zeros(256).index_fill(0, torch.tensor(255), math.inf)),
            [f"{BIAS} holds values that are not finite"],
        ),
        (
            replaced(BIAS, torch.zeros(256).index_fill(0, torch.tensor(0), -math.inf)),
            [f"{BIAS} holds values that are not finite"],
        ),
        (replaced(VARIANCE, torch.full((64,), -1e-3)), [f"{VARIANCE} holds variances below 0"]),
    ],
)
def test_a_misfit_is_named(spoil: Callable[[dict[str, Tensor]], None], faults: list[str]) -> None:
    entries = zeros()
    spoil(entries)
    assert misfits(entries, SEVERAL) == faults


def test_every_misfit_is_named() -> None:
    entries = zeros()
    del entries[BIAS], entries[BATCHES]
    entries["more"] = torch.zeros(1)
    entries[CLASS_BIAS] = torch.zeros(21)
    assert sorted(misfits(entries, SEVERAL)) == sorted(
        [
            f"missing: {BIAS}",
            f"missing: {BATCHES}",
            "not of this network: more",
            f"{CLASS_BIAS} is 21, not 22",
        ]
    )
    assert len(misfits({}, SEVERAL)) == 928
