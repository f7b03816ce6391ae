"""Names of colour spaces: what hosts, headers and artists say, and what OpenColorIO calls it."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache

from m2fp_host.errors import BadRequest

from . import ocio

LINEAR_REC709 = "Linear Rec.709 (sRGB)"
ACESCG = "ACEScg"
ACES2065_1 = "ACES2065-1"
SRGB = "sRGB Encoded Rec.709 (sRGB)"
RAW = "Raw"

_EXPOSURE_INDICES = (160, 200, 250, 320, 400, 500, 640, 1000, 1280, 1600, 2000, 2560, 3200)

_ALIASES = {
    # Nuke's own configuration ("nuke-default"): curves alone, taken with the gamut their cameras record
    "linear": LINEAR_REC709,
    "rec709": "Camera Rec.709",
    "Gamma1.8": "Gamma 1.8 Encoded Rec.709",
    "Gamma2.2": "Gamma 2.2 Encoded Rec.709",
    "Gamma2.4": "Gamma 2.4 Encoded Rec.709",
    "BT1886": "Gamma 2.4 Encoded Rec.709",
    "AlexaV3LogC": "ARRI LogC3 (EI800)",
    "ARRILogC3": "ARRI LogC3 (EI800)",
    "LogC3": "ARRI LogC3 (EI800)",
    "LogC4": "ARRI LogC4",
    "SLog3": "S-Log3 S-Gamut3.Cine",
    "VLog": "V-Log V-Gamut",
    "Log3G10": "Log3G10 REDWideGamutRGB",
    "CLog2": "CanonLog2 CinemaGamut D55",
    "CLog3": "CanonLog3 CinemaGamut D55",
    # linear and encoded Rec.709 and sRGB, as various programs write them
    "Linear Rec.709": LINEAR_REC709,
    "Linear sRGB": LINEAR_REC709,
    "Linear BT.709": LINEAR_REC709,
    "scene-linear Rec.709-sRGB": LINEAR_REC709,
    "scene-linear Rec 709/sRGB": LINEAR_REC709,
    "sRGB": SRGB,
    "sRGB IEC61966-2.1": SRGB,
    "Output - sRGB": SRGB,
    "Output - Rec.709": "Gamma 2.4 Encoded Rec.709",
    "Rec.1886": "Gamma 2.4 Encoded Rec.709",
    # Blender's configuration; its views other than Standard leave display-referred sRGB behind
    "Standard": SRGB,
    "Filmic sRGB": SRGB,
    "AgX Base sRGB": SRGB,
    "Khronos PBR Neutral sRGB": SRGB,
    "Non-Color": RAW,
    "Linear DCI-P3 D65": "Linear P3-D65",
    "Linear BT.2020": "Linear Rec.2020",
    "Linear CIE-XYZ D65": "CIE XYZ-D65 - Scene-referred",
    "Linear ACES": ACES2065_1,
    "Linear ACEScg": ACESCG,
    "Display P3": "sRGB Encoded P3-D65",
    "Rec.2100-PQ": "Rec.2100-PQ - Display",
    "Rec.2100-HLG": "Rec.2100-HLG - Display",
    # colorInteropID (Color Interop Forum, "Interop IDs"); its scene-referred ones are the configuration's own
    "srgb_rec709_display": "sRGB - Display",
    "g24_rec709_display": "Rec.1886 Rec.709 - Display",
    "g22_rec709_display": "Gamma 2.2 Encoded Rec.709",
    "srgb_p3d65_display": "Display P3 - Display",
    "g26_p3d65_display": "P3-D65 - Display",
    "pq_p3d65_display": "ST2084-P3-D65 - Display",
    "pq_rec2020_display": "Rec.2100-PQ - Display",
    "hlg_rec2020_display": "Rec.2100-HLG - Display",
    "data": RAW,
    # roles of ACES configurations
    "compositing_log": "ACEScct",
    "color_timing": "ACEScct",
    "texture_paint": SRGB,
    "matte_paint": SRGB,
    "color_picking": SRGB,
} | {f"Input - ARRI - V3 LogC (EI{index}) - Wide Gamut": "ARRI LogC3 (EI800)" for index in _EXPOSURE_INDICES}

UNSAID = frozenset({"", "auto", "default", "unknown"})
"""What a host says when it says nothing (written as :func:`_key` writes it)."""

LINEAR_UNSAID = frozenset({"scenelinear", "rendering", "reference"})
"""Roles: linear, but in the primaries of whatever configuration the host runs."""

_IN_BRACKETS = re.compile(r"^(?P<role>\w+) ?\((?P<space>[^()].*)\)$")


@dataclass(frozen=True)
class ColourSpace:
    """A space of :data:`ocio.CONFIG`, and a sentence saying how it was found."""

    name: str
    evidence: str

    @property
    def is_raw(self) -> bool:
        return self.name == RAW

    @property
    def is_display_referred(self) -> bool:
        """Whether it was graded or encoded for a screen: sRGB, gamma 2.4, a display. Raw counts as such."""
        marks = (" Encoded ", "- Display", "Camera Rec.709", "Display-referred")
        return self.is_raw or any(mark in self.name for mark in marks)

    @property
    def is_scene_linear(self) -> bool:
        """Whether numbers are proportional to the scene's light."""
        return self.name in (ACES2065_1, ACESCG, "CIE XYZ-D65 - Scene-referred") or self.name.startswith(
            "Linear "
        )


def find_space(name: str) -> str | None:
    """The configuration's name for ``name``, by any alias, whatever the case and punctuation; else None."""
    found = _by_key().get(_key(name))
    bracketed = None if found else _IN_BRACKETS.match(name.strip())
    if bracketed:  # Nuke shows roles as "scene_linear (ACES - ACEScg)"
        found = _by_key().get(_key(bracketed["space"]))
    return found


def require_space(name: str) -> str:
    """Like :func:`find_space`, but raises :class:`BadRequest` with the nearest three names."""
    found = find_space(name)
    if found:
        return found
    by_key = {_key(known): known for known in (*_ALIASES, *_configuration_names())}
    near = [by_key[key] for key in difflib.get_close_matches(_key(name), list(by_key), n=3, cutoff=0.0)]
    raise BadRequest(
        f"colour_space is {name!r}: no such colour space", "did you mean " + ", ".join(map(repr, near)) + "?"
    )


def is_unsaid(name: str) -> bool:
    """Whether ``name`` leaves the choice to the evidence in the file."""
    return _key(name) in UNSAID


def is_linear_unsaid(name: str) -> bool:
    """Whether ``name`` says "linear" and leaves the primaries to the evidence in the file."""
    return _key(name) in LINEAR_UNSAID


@cache
def known_names() -> dict[str, str]:
    """Every name and alias known here, as written, with the configuration's name for it."""
    return {**_ALIASES, **_configuration_names()}


def _configuration_names() -> dict[str, str]:
    listed = ocio.names().items()
    return {alias: space for space, aliases in listed for alias in (space, *aliases)}


@cache
def _by_key() -> dict[str, str]:
    return {_key(name): space for name, space in known_names().items()}


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
