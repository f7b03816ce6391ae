"""``nuke.addOnCreate`` and its sisters."""

# ruff: noqa: N803, N816 - the names are Nuke's

from __future__ import annotations

from typing import Any, Callable

from .. import application
from ..callbacks import DEFAULT_CLASS
from .main_only import main_only

_Function = Callable[..., None]


def _pair(kind: str) -> tuple[_Function, _Function]:
    """The functions that add and remove callbacks of ``kind``."""
    default = DEFAULT_CLASS[kind]

    def add(
        call: Any, args: Any = (), kwargs: Any = None, nodeClass: str = default, node: Any = None
    ) -> None:
        application.current().callbacks.add(kind, call, args, kwargs, nodeClass, node)

    def remove(
        call: Any, args: Any = (), kwargs: Any = None, nodeClass: str = default, node: Any = None
    ) -> None:
        application.current().callbacks.remove(kind, call, args, kwargs, nodeClass, node)

    capital = kind[0].upper() + kind[1:]
    add.__name__, remove.__name__ = f"add{capital}", f"remove{capital}"
    return main_only(add), main_only(remove)


addOnCreate, removeOnCreate = _pair("onCreate")
addKnobChanged, removeKnobChanged = _pair("knobChanged")
addBeforeRender, removeBeforeRender = _pair("beforeRender")
addAfterRender, removeAfterRender = _pair("afterRender")
addBeforeFrameRender, removeBeforeFrameRender = _pair("beforeFrameRender")
addAfterFrameRender, removeAfterFrameRender = _pair("afterFrameRender")
addOnScriptLoad, removeOnScriptLoad = _pair("onScriptLoad")
