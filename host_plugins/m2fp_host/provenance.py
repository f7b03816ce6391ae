"""What made a masks file, from its own header: so that a host computes again only what has changed."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

from .errors import BadImage, BadRequest
from .exr_header import ExrHeader, read_header
from .parameters import Parameters

AUTO = "auto"

_LONGEST_PARAMETERS = 1 << 16
"""Bytes of JSON; 240 layers of 60 characters and everything else take a quarter of it."""

_LISTED = 4
"""Layers that a phrase names before it counts them."""

_PLURAL = ("layers", "edges", "levels", "people")
_EMPTY = {"layers": "all parts", "colour_space": "by evidence", "plate_layer": "by evidence"}
"""What a parameter means that is empty."""


@dataclass(frozen=True)
class Provenance:
    """How a masks file came about, as the daemon wrote it.

    ``engine``, ``weights`` (sha256) and ``licence`` are those that were really used; ``version`` is that of
    M2FP Bridge; ``source`` the sha256 of the plate file's bytes; ``parameters`` what was asked for;
    ``exposure`` the stops that were really used (``None`` in files of a daemon that did not write it).
    """

    engine: str
    weights: str
    licence: str
    version: str
    source: str
    parameters: Parameters
    exposure: float | None = None

    @classmethod
    def read(cls, path: Any) -> Provenance:
        """The provenance of the masks at ``path``; their pixels are not read (:func:`~.exr_chunks.whole`).

        :raises BadImage: the file can't be read, is damaged, or was not made by M2FP.
        """
        header = read_header(path)
        return cls(
            engine=_text(header, "engine"),
            weights=_text(header, "weights"),
            licence=_text(header, "licence"),
            version=_text(header, "version"),
            source=_text(header, "source"),
            parameters=_parameters(header),
            exposure=header.real("m2fp/exposure"),
        )

    def differs(self, source_sha256: str, parameters: Parameters) -> str:
        """Why the file is not what this plate with these parameters would give now; empty if it is.

        Only what pixels depend on is compared, and the order of layers is nothing (an EXR sorts them). Stops
        match those that were asked for, or those that ``auto`` found: a host that holds the exposure of its
        first frame for the others finds that frame up to date, too. ``auto`` matches ``auto`` alone.

        >>> made = Provenance("m2fp", "", "", "0.1.0", "ab12", Parameters())
        >>> made.differs("ab12", Parameters(engine="m2fp"))
        'engine was auto, is m2fp now'
        """
        if source_sha256 != self.source:
            return "the plate changed"
        before, now = _flat(self.parameters), _flat(parameters)
        for name, value in now.items():
            if before[name] == value or (name == "exposure" and self._exposed_by(value)):
                continue
            was, is_now = ("were", "are") if name in _PLURAL else ("was", "is")
            subject = name.replace("_", " ")
            return f"{subject} {was} {_shown(name, before[name])}, {is_now} {_shown(name, value)} now"
        return ""

    def _exposed_by(self, wanted: Any) -> bool:
        asked = self.parameters.exposure
        used = self.exposure if asked == AUTO else asked
        # A host may have the stops from a file, where they are 32 bits.
        return wanted != AUTO and used is not None and _single(used) == _single(wanted)


def _text(header: ExrHeader, name: str) -> str:
    text = header.string(f"m2fp/{name}")
    if text is None:
        raise BadImage(
            f"{header.path}: M2FP did not make this file (there is no m2fp/{name} in it)",
            "keep the masks elsewhere, or remove it",
        )
    return text


def _parameters(header: ExrHeader) -> Parameters:
    text = _text(header, "parameters")
    if len(text) > _LONGEST_PARAMETERS:
        raise BadImage(
            f"{header.path}: m2fp/parameters has {len(text):,} characters", "parse the frame again"
        )
    try:
        stored = json.loads(text)
        if not isinstance(stored, dict):
            raise ValueError("no JSON object")
        return Parameters.from_fields(stored)
    except (ValueError, RecursionError, BadRequest) as fault:
        reason = fault.message if isinstance(fault, BadRequest) else str(fault)
        raise BadImage(
            f"{header.path}: m2fp/parameters can't be read ({reason})", "parse the frame again"
        ) from None


def _flat(parameters: Parameters) -> dict[str, Any]:
    """The parameters that pixels depend on, those of the mattes beside the others."""
    flat = parameters.pixel_fields()
    flat.update(flat.pop("mattes"))
    flat["layers"] = sorted(set(flat["layers"]))
    return flat


def _shown(name: str, value: Any) -> str:
    if name in _EMPTY and not value:
        return _EMPTY[name]
    if name == "layers":
        more = len(value) - _LISTED
        return ", ".join(value[:_LISTED]) + (f" and {more} more" if more > 0 else "")
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return " to ".join(f"{each:g}" for each in value)
    return str(value) if str(value).isprintable() else repr(value)


def _single(number: Any) -> float:
    return float(struct.unpack("<f", struct.pack("<f", number))[0])
