"""The colour space of a plate, as the script says it. Nuke's names are sent; the daemon knows them."""

from __future__ import annotations

import os
import re
from typing import Any

import nuke

_SAYS_NOTHING = ("default", "auto", "linear", "")
"""For a file: Nuke's own default is linear in whatever primaries the file has, which its header may know."""

_OF_ACES = re.compile(r"(?<![a-z])aces|(?:studio|cg)-config")
"""In the name of a configuration whose role ``scene_linear`` is ACEScg; not in ``/mnt/places``."""

_SHOWN_DEFAULT = re.compile(r"default \((.*)\)")


def working_space() -> str:
    """The space of pixels inside the graph: what a raw Write writes."""
    root = nuke.root()
    knob = root.knob("workingSpaceLUT")
    name = _name(knob.value()) if knob is not None else ""
    if root["colorManagement"].value() != "OCIO":
        return name or "linear"
    return _resolved(name or "scene_linear")


def of_read(read: Any) -> str:
    """The space of the file that ``read`` shows; empty: nobody said, so the file's header decides."""
    if read["raw"].value():  # the script takes the file's numbers for working-space ones
        return working_space()
    name = _name(read["colorspace"].value())
    if name in ("default", ""):
        name = _name(nuke.root()["floatLut"].value())
    return "" if name in _SAYS_NOTHING else _resolved(name)


def _name(value: str) -> str:
    """Nuke shows some spaces with a tab and a remark behind the name, and some defaults in brackets."""
    name = (value or "").partition("\t")[0].strip()
    default = _SHOWN_DEFAULT.fullmatch(name)
    return default.group(1).strip() if default else name


def _resolved(name: str) -> str:
    """A bare role means nothing outside of the configuration that Nuke runs: then its name has to tell."""
    if name not in ("scene_linear", "rendering", "compositing_linear"):
        return name
    configuration = _configuration().lower()
    if _OF_ACES.search(configuration):
        return "ACEScg"
    return "linear" if "nuke-default" in configuration else name


def _configuration() -> str:
    """The name or the path of the OCIO configuration that Nuke runs."""
    root = nuke.root()
    if os.environ.get("OCIO"):  # overrides what the script says
        return os.environ["OCIO"]
    name = str(root["OCIO_config"].value() or "")
    custom = root.knob("customOCIOConfigPath")
    return str(custom.value() or "") if name == "custom" and custom is not None else name
