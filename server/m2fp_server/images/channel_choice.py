"""Which channels of an EXR make the plate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from m2fp_host.errors import BadImage, BadRequest

from .exr_header import Channel, Part

_SPELLINGS = {
    "R": ("R", "r", "red", "Red"),
    "G": ("G", "g", "green", "Green"),
    "B": ("B", "b", "blue", "Blue"),
    "A": ("A", "a", "alpha", "Alpha"),
}
_PICTURES = ("combined", "beauty", "rgba", "rgb", "main", "color", "colour")
_LISTED = 24  # names in an error message


@dataclass(frozen=True)
class Choice:
    """The channels for R, G, B (the same one three times for a grey plate), and alpha if there is one.

    ``luma_chroma``: the part stores Y, RY, BY, and OpenImageIO's older reader turns them into R, G, B.
    """

    part: int
    colour: tuple[Channel, Channel, Channel]
    alpha: Channel | None
    luma_chroma: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Layer:
    """A layer with R, G, B; ``name`` is empty for plain R, G, B."""

    part: int
    name: str
    colour: tuple[Channel, Channel, Channel]
    alpha: Channel | None


def choose_channels(parts: Sequence[Part], *, layer: str, name: str) -> Choice:
    """The channels of the plate in ``parts`` of the file ``name``.

    Without a layer: plain R, G, B of the first part that has them; else a layer called like a picture
    ("ViewLayer.Combined"), else the first layer with R, G, B; else Y, alone or with RY and BY. Raises
    :class:`BadRequest` for a layer that is not there and :class:`BadImage` if nothing can be a plate.
    """
    layers = [found for index, part in enumerate(parts) for found in _layers(index, part)]
    choice = _of_layer(_named(layers, parts, layer, name)) if layer else _by_default(layers, parts, name)
    subsampled = [c.name for c in choice.colour if c.subsampled]
    if choice.alpha is not None and choice.alpha.subsampled:
        subsampled.append(choice.alpha.name)
    if subsampled and not choice.luma_chroma:
        raise BadImage(
            f"{name}: channel {subsampled[0]!r} is subsampled", "write all channels at full resolution"
        )
    if len(parts) > 1:
        part = parts[choice.part]
        called = f" ({part.name!r})" if part.name else ""
        said = f"part {choice.part + 1} of {len(parts)}{called} was read"
        return Choice(choice.part, choice.colour, choice.alpha, choice.luma_chroma, (*choice.warnings, said))
    return choice


def _by_default(layers: list[_Layer], parts: Sequence[Part], name: str) -> Choice:
    plain = next((found for found in layers if not found.name), None)
    if plain:
        return _of_layer(plain)
    if layers:
        pictures = (x for word in _PICTURES for x in layers if x.name.lower().rsplit(".", 1)[-1] == word)
        best = next(pictures, layers[0])
        others = len(layers) - 1
        more = f" ({others} other layers have R, G, B too)" if others else ""
        return _of_layer(best, f"no plain R, G, B: the layer {best.name!r} was read{more}")
    for index, part in enumerate(parts):
        by_name = {channel.name: channel for channel in part.channels}
        if "Y" not in by_name:
            continue
        luma, alpha = by_name["Y"], by_name.get("A")
        if "RY" in by_name and "BY" in by_name:
            chroma = (luma, by_name["RY"], by_name["BY"])
            return Choice(index, chroma, alpha, luma_chroma=True)
        return Choice(
            index, (luma, luma, luma), alpha, warnings=("only Y: the plate was read as a grey picture",)
        )
    listed = [channel.name for part in parts for channel in part.channels]
    raise BadImage(
        f"{name}: no R, G, B to read; the channels are {_list(listed)}",
        "write the picture's R, G, B into the file",
    )


def _named(layers: list[_Layer], parts: Sequence[Part], wanted: str, name: str) -> _Layer:
    """The layer ``wanted``: by its channels' prefix, else a part or view of that name with plain R, G, B."""
    for found in layers:
        if found.name == wanted:
            return found
    for found in layers:
        if not found.name and wanted in (parts[found.part].name, parts[found.part].view):
            return found
    there = [found.name or parts[found.part].name or parts[found.part].view for found in layers]
    there = list(dict.fromkeys(known for known in there if known))
    if len(layers) > len(there) and not any(parts[x.part].name for x in layers if not x.name):
        there.insert(0, "plain R, G, B (leave the field empty)")
    raise BadRequest(
        f"{name}: no layer {wanted!r} with R, G, B",
        f"layers in this file: {_list(there)}" if there else "this file has no layer with R, G, B",
    )


def _of_layer(layer: _Layer, *warnings: str) -> Choice:
    return Choice(layer.part, layer.colour, layer.alpha, warnings=warnings)


def _layers(index: int, part: Part) -> Iterator[_Layer]:
    """The layers of ``part`` that have R, G and B, in the file's order. Cryptomattes hold ids, no colours."""
    by_layer: dict[str, dict[str, Channel]] = {}
    for channel in part.channels:
        layer, _, last = channel.name.rpartition(".")
        by_layer.setdefault(layer, {})[last] = channel
    for layer, channels in by_layer.items():
        if "crypto" in layer.lower():
            continue
        red, green, blue, alpha = (
            next((channels[word] for word in words if word in channels), None)
            for words in _SPELLINGS.values()
        )
        if red and green and blue:
            yield _Layer(index, layer, (red, green, blue), alpha)


def _list(names: Sequence[str]) -> str:
    listed = ", ".join(names[:_LISTED])
    return f"{listed} and {len(names) - _LISTED} more" if len(names) > _LISTED else listed
