"""Functions of ``nuke`` that no other thread than the main one may call."""

from __future__ import annotations

import functools
from typing import Any, Callable, TypeVar, cast

from .. import application

Function = TypeVar("Function", bound=Callable[..., Any])


def main_only(function: Function) -> Function:
    """Have a call from another thread noted as a violation; it is done all the same, as by Nuke at times."""

    @functools.wraps(function)
    def noting(*args: Any, **kwargs: Any) -> Any:
        application.current().note_violation(function.__name__)
        return function(*args, **kwargs)

    return cast("Function", noting)
