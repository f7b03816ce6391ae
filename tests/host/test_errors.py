from __future__ import annotations

import re

import m2fp_host
from m2fp_host import errors


def test_public_names() -> None:
    assert sorted(m2fp_host.__all__) == [
        "Client",
        "DEFAULT_ENDPOINT",
        "M2FPError",
        "Masks",
        "MatteSettings",
        "Parameters",
        "__version__",
        "default_endpoint",
    ]


def test_the_drawn_tree_is_the_real_one() -> None:
    drawn = dict(re.findall(r"─ (\w+) +(\w+) ", errors.__doc__ or ""))
    real = {
        name: kind.code
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.M2FPError) and kind is not errors.M2FPError
    }
    assert drawn == real


def test_errors_survive_the_wire() -> None:
    error = errors.BadImage("plate.exr is cut off", "render it again")
    back = errors.from_dict(error.as_dict())
    assert type(back) is errors.BadImage
    assert str(back) == "plate.exr is cut off: render it again"


def test_a_code_from_the_future_is_internal() -> None:
    assert type(errors.from_dict({"code": "melted", "message": "m"})) is errors.Internal
