"""The functions that scripts ask Nuke to call, and the order in which it calls them.

Source: Foundry's Python guide, "Callbacks": the node's own script first, then the functions added for its
class, then those added for ``'*'``; the same function added again is called last.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, NamedTuple

ANY_CLASS = "*"

DEFAULT_CLASS = {
    "onCreate": ANY_CLASS,
    "knobChanged": ANY_CLASS,
    "beforeRender": "Write",
    "afterRender": "Write",
    "beforeFrameRender": "Write",
    "afterFrameRender": "Write",
    "onScriptLoad": "Root",
}
"""The kinds of callbacks, each also the name of the knob that holds a node's own script."""


class Callback(NamedTuple):
    """A function to call, for nodes of one class; for ``node`` alone, if that is not ``None``."""

    call: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    node_class: str
    node: Any = None

    def is_for(self, node: Any) -> bool:
        return self.node is None or self.node is node


class Callbacks:
    """The callbacks of one running Nuke."""

    def __init__(self) -> None:
        self._of: dict[str, list[Callback]] = {kind: [] for kind in DEFAULT_CLASS}

    def add(
        self,
        kind: str,
        call: Callable[..., Any],
        args: Any = (),
        kwargs: Mapping[str, Any] | None = None,
        node_class: str | None = None,
        node: Any = None,
    ) -> None:
        """Have ``call(*args, **kwargs)`` called; the same one once more moves behind all others.

        :param node_class: for nodes of that class; ``None``: the kind's default class.
        :raises ValueError: ``call`` can't be called.
        """
        if not callable(call):
            raise ValueError(f"the function to add to {kind} can't be called: {call!r}")
        callback = _callback(kind, call, args, kwargs, node_class, node)
        self.remove(kind, call, args, kwargs, node_class, node)
        self._of[kind].append(callback)

    def remove(
        self,
        kind: str,
        call: Callable[..., Any],
        args: Any = (),
        kwargs: Mapping[str, Any] | None = None,
        node_class: str | None = None,
        node: Any = None,
    ) -> None:
        """Take out the callback that was added with these very arguments; nothing happens if none was."""
        callback = _callback(kind, call, args, kwargs, node_class, node)
        self._of[kind] = [other for other in self._of[kind] if other != callback]

    def functions(self, kind: str, node: Any) -> list[Callback]:
        """What is called for ``node``, in the order of the calls; its own script is not among it."""
        of_class = node.Class()
        classes = [ANY_CLASS] if of_class == ANY_CLASS else [of_class, ANY_CLASS]
        return [
            callback
            for node_class in classes
            for callback in self._of[kind]
            if callback.node_class == node_class and callback.is_for(node)
        ]


def _callback(
    kind: str,
    call: Callable[..., Any],
    args: Any,
    kwargs: Mapping[str, Any] | None,
    node_class: str | None,
    node: Any,
) -> Callback:
    positional = tuple(args) if isinstance(args, (tuple, list)) else (args,)
    return Callback(call, positional, dict(kwargs or {}), node_class or DEFAULT_CLASS[kind], node)
