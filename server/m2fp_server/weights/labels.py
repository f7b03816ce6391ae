"""From a configuration's names of classes to our labels: ``UpperClothes`` -> ``upper_clothes``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from m2fp_host.errors import BadRequest

from .published import PUBLISHED, Published

BACKGROUND = "background"

LONGEST_NAME = 100
"""Characters of a class's name."""

_WHOLE_PERSON = ("human", "person")
_KNOWN = frozenset(label for each in PUBLISHED.values() for label in each.labels)

# Where a capital begins a word, and what stands between words.
_SEAM = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GAP = re.compile(r"[^a-z0-9]+")

_TAKEN = re.compile(r"person|p[1-9]_.*")
"""Layers that are made of labels: a label of that name would hide behind them."""


def label_of(name: str) -> str:
    """Our name for a class: lower-case words joined by underscores.

    :raises ValueError: nothing that could name a layer can be made of it.
    """
    if not 0 < len(name) <= LONGEST_NAME:
        raise ValueError(f"a class's name has {len(name)} characters, not 1 to {LONGEST_NAME}")
    if not (name.isascii() and name.isprintable()):
        raise ValueError(f"the class's name {name!a} is not plain printable ASCII")
    return check_label(_GAP.sub("_", _SEAM.sub("_", name).lower()).strip("_"))


def check_label(label: str) -> str:
    """``label`` if it can name a layer, also that of one person.

    :raises ValueError: it can't.
    """
    from ..images.channel_names import check_layer  # OpenCV comes along, which listing weights does not need

    try:
        check_layer(f"p1_{label}")
        check_layer(label)
    except BadRequest as error:
        raise ValueError(error.message) from None
    if _TAKEN.fullmatch(label):
        raise ValueError(f"{label!r} is the name of another layer")
    return label


def labels_of(names: object, classes: int, model: Published) -> tuple[tuple[str, ...], list[str]]:
    """The labels for a configuration's ``classes``, and a sentence for each name that is not a known one.

    ``names`` is untrusted; ``classes`` is the length of the checkpoint's class head. The class of a whole
    person, where ``model`` has one, is its last and is no label.

    :raises ValueError: no list of usable, distinct names of that length with background first.
    """
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("its classes are not a list of names")
    if len(names) != classes:
        raise ValueError(f"it names {len(names)} classes, and the checkpoint's class head has {classes}")
    warnings = []
    if model.whole_person:
        *names, last = names
        if last.lower() not in _WHOLE_PERSON:
            warnings.append(f"the last class {last[:LONGEST_NAME]!a} is taken for a person as a whole")
    labels = tuple(label_of(name) for name in names)
    check_labels(labels)
    for name, label in zip(names, labels, strict=True):
        if label not in _KNOWN:
            warnings.append(f"the class {name!r} is none that we know: its layer is {label}")
    return labels, warnings


def check_labels(labels: Sequence[str]) -> None:
    """:raises ValueError: a label twice, or the first is not the background."""
    if labels[0] != BACKGROUND:
        raise ValueError(f"the first class is {labels[0]}, not {BACKGROUND}")
    if twice := sorted({label for label in labels if labels.count(label) > 1}):
        raise ValueError(f"two classes are called {twice[0]}")
