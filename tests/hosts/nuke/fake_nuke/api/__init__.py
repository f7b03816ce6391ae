"""The module ``nuke``: what a plug-in imports, over the Nuke that runs in this process.

Names and behaviour are those of Foundry's Python developer guide; a sentence here says only where the fake
is harsher or does less.
"""

from __future__ import annotations

from typing import Any

from .. import knobs as _knobs
from ..execution import CancelledError
from ..frame_range import FrameRange, FrameRanges
from ..group import Gizmo, Group
from ..knobs import *  # noqa: F403 - nuke.String_Knob and its sisters
from ..node import EXPRESSIONS, HIDDEN_INPUTS, INPUTS, Node
from .environment import (
    NUKE_VERSION_MAJOR,
    NUKE_VERSION_MINOR,
    NUKE_VERSION_RELEASE,
    NUKE_VERSION_STRING,
    environment,
)
from .nodes import (
    allNodes,
    createNode,
    delete,
    exists,
    nodes,
    root,
    selectedNode,
    selectedNodes,
    thisGroup,
    thisKnob,
    thisNode,
    thisParent,
    toNode,
)
from .plugins import menu, pluginAddPath, pluginPath
from .registry import (
    addAfterFrameRender,
    addAfterRender,
    addBeforeFrameRender,
    addBeforeRender,
    addKnobChanged,
    addOnCreate,
    addOnScriptLoad,
    removeAfterFrameRender,
    removeAfterRender,
    removeBeforeFrameRender,
    removeBeforeRender,
    removeKnobChanged,
    removeOnCreate,
    removeOnScriptLoad,
)
from .rendering import Undo, execute, executeInMainThread, executeInMainThreadWithResult, executeMultiple
from .script import (
    Layer,
    channels,
    expression,
    filename,
    frame,
    knobDefault,
    layers,
    nodeCopy,
    nodePaste,
    scriptClear,
    scriptName,
    scriptOpen,
    scriptSave,
    scriptSaveAs,
    tcl,
    views,
)
from .windows import ProgressTask, ask, debug, error, getFilename, getInput, message, tprint, warning

__all__ = [
    *_knobs.__all__,
    "CancelledError",
    "EXPRESSIONS",
    "FrameRange",
    "FrameRanges",
    "Gizmo",
    "Group",
    "HIDDEN_INPUTS",
    "INPUTS",
    "Layer",
    "NUKE_VERSION_MAJOR",
    "NUKE_VERSION_MINOR",
    "NUKE_VERSION_RELEASE",
    "NUKE_VERSION_STRING",
    "Node",
    "ProgressTask",
    "Undo",
    "addAfterFrameRender",
    "addAfterRender",
    "addBeforeFrameRender",
    "addBeforeRender",
    "addKnobChanged",
    "addOnCreate",
    "addOnScriptLoad",
    "allNodes",
    "ask",
    "channels",
    "createNode",
    "debug",
    "delete",
    "error",
    "execute",
    "executeInMainThread",
    "executeInMainThreadWithResult",
    "executeMultiple",
    "exists",
    "expression",
    "filename",
    "frame",
    "getFilename",
    "getInput",
    "knobDefault",
    "layers",
    "menu",
    "message",
    "nodeCopy",
    "nodePaste",
    "nodes",
    "pluginAddPath",
    "pluginPath",
    "removeAfterFrameRender",
    "removeAfterRender",
    "removeBeforeFrameRender",
    "removeBeforeRender",
    "removeKnobChanged",
    "removeOnCreate",
    "removeOnScriptLoad",
    "root",
    "scriptClear",
    "scriptName",
    "scriptOpen",
    "scriptSave",
    "scriptSaveAs",
    "selectedNode",
    "selectedNodes",
    "tcl",
    "thisGroup",
    "thisKnob",
    "thisNode",
    "thisParent",
    "toNode",
    "tprint",
    "views",
    "warning",
]


def __getattr__(name: str) -> Any:
    """``GUI``, ``env`` and ``rawArgs`` are those of the Nuke that runs now."""
    return environment(name)
