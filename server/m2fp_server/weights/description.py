"""What is told about weights, in the store's record and in the file's own metadata, both untrusted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .labels import check_label, check_labels
from .published import PUBLISHED

LONGEST_TEXT = 200
"""Characters of a source, revision or licence."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Description:
    """``labels``: of the classes in order, background first. ``original_sha256``: of ``pytorch_model.pt``."""

    model: str
    labels: tuple[str, ...]
    source: str
    revision: str
    licence: str
    original_sha256: str


def description_of(fields: Mapping[str, object]) -> Description:
    """The description that ``fields`` hold among others.

    :raises ValueError: one is missing, or is not what it should be.
    """
    model = fields.get("model")
    if not isinstance(model, str) or model not in PUBLISHED:
        raise ValueError(f"its model is none of {', '.join(PUBLISHED)}")
    return Description(
        model,
        _labels(fields.get("labels"), model),
        text_of(fields, "source"),
        text_of(fields, "revision", least=0),
        text_of(fields, "licence"),
        sha256_of(fields, "original_sha256"),
    )


def text_of(fields: Mapping[str, object], name: str, least: int = 1) -> str:
    """:raises ValueError: no printable text of ``least`` to 200 characters."""
    value = fields.get(name)
    if not isinstance(value, str) or not least <= len(value) <= LONGEST_TEXT or not value.isprintable():
        raise ValueError(f"its {name} is no text of {least} to {LONGEST_TEXT} characters")
    return value


def sha256_of(fields: Mapping[str, object], name: str) -> str:
    """:raises ValueError: no sha256 in lower-case hexadecimal."""
    value = fields.get(name)
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise ValueError(f"its {name} is no sha256")
    return value


def _labels(value: object, model: str) -> tuple[str, ...]:
    expected = len(PUBLISHED[model].labels)
    names = [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
    if not isinstance(value, list) or not len(value) == len(names) == expected:
        raise ValueError(f"its labels are not a list of {expected} names")
    labels = tuple(map(check_label, names))
    check_labels(labels)
    return labels
