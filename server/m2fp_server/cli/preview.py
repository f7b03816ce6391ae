"""A picture to judge masks by: the plate beside a colour per part, with a legend."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from m2fp_host import Parameters
from m2fp_host.errors import BadRequest

from ..images.exr_reader import read_plate
from ..images.layered_reader import read_layers
from ..mattes.layers import PERSON
from ..whole_file import whole_file
from ..worker.pipeline import picture_by

Pixels = npt.NDArray[np.float32]

PANEL = 720
"""Long side of each of the two panels, in pixels."""
MARGIN = 24
ROW = 30
COLUMN = 232
SHOWN = 0.0005
"""Share of the frame that a part has to win from all others to stand in the legend."""

_AS_IT_IS = Parameters()
_PAPER = (0.09, 0.09, 0.10)
_INK = (235, 235, 235)
_FAINT = (150, 150, 150)

# Neighbours on the body are far apart in hue; left and right differ in lightness of one hue. sRGB.
_COLOURS = {
    "hat": "#c94f7c",
    "hair": "#f2b134",
    "glove": "#8d6e63",
    "sunglasses": "#b0bec5",
    "upper_clothes": "#2f80ed",
    "dress": "#bb6bd9",
    "coat": "#1b4f9c",
    "socks": "#9ccc65",
    "pants": "#27ae60",
    "torso_skin": "#f2994a",
    "jumpsuits": "#00897b",
    "scarf": "#d81b60",
    "skirt": "#66bb6a",
    "face": "#ff8a80",
    "left_arm": "#26c6da",
    "right_arm": "#00838f",
    "left_leg": "#aed581",
    "right_leg": "#558b2f",
    "left_shoe": "#ffee58",
    "right_shoe": "#f9a825",
    PERSON: "#e0e0e0",  # where no parts were asked for
}


def write_preview(
    plate: str | Path, masks: str | Path, out: str | Path, parameters: Parameters = _AS_IT_IS
) -> None:
    """Draw ``plate`` beside the parts in ``masks`` (their files) into ``out``, a PNG; temporary file, rename.

    The plate is shown as the engine saw it: by the ``parameters`` for layer, colour space, view and exposure.

    :raises M2FPError: a file can't be read or written.
    """
    picture, layers = _panels(plate, masks, parameters)
    sheet = _sheet(picture, layers)
    _, png = cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    try:
        with whole_file(out) as temporary:
            temporary.write_bytes(png.tobytes())
    except OSError as fault:
        raise BadRequest(
            f"can't write the preview {out} ({fault.strerror})", "check its folder, or choose another"
        ) from None


def _panels(
    plate_file: str | Path, masks_file: str | Path, parameters: Parameters
) -> tuple[Pixels, dict[str, Pixels]]:
    """The plate ``(h, w, 3)`` display-referred and its parts ``(h, w)``, both of a panel's size."""
    plate = read_plate(str(plate_file), layer=parameters.plate_layer)
    frame = plate.data_window.union(plate.display_window)
    scale = PANEL / max(frame.width * plate.pixel_aspect, frame.height)
    width = max(1, round(frame.width * plate.pixel_aspect * scale))
    height = max(1, round(frame.height * scale))

    def across(x: int) -> int:
        return round((x - frame.x) / frame.width * width)

    def down(y: int) -> int:
        return round((y - frame.y) / frame.height * height)

    window = plate.data_window
    left, right = across(window.x), across(window.x + window.width)
    top, bottom = down(window.y), down(window.y + window.height)
    picture = np.zeros((height, width, 3), np.float32)
    size = max(1, right - left), max(1, bottom - top)
    inner = picture_by(parameters, plate, size).pixels
    picture[top : top + len(inner), left : left + inner.shape[1]] = inner[: height - top, : width - left]
    masks = read_layers(masks_file)
    shown = [name for name in masks if name in _COLOURS and name != PERSON] or [PERSON] * (PERSON in masks)
    layers = {
        name: cv2.resize(masks[name].astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        for name in shown
    }
    return picture, {name: np.asarray(values, np.float32) for name, values in layers.items()}


def _sheet(picture: Pixels, layers: dict[str, Pixels]) -> npt.NDArray[np.uint8]:
    height, width = picture.shape[:2]
    total_width = 2 * width + 3 * MARGIN
    shares = _won(layers)
    shown = sorted((name for name in layers if shares[name] >= SHOWN), key=lambda name: -shares[name])
    columns = max(1, (total_width - MARGIN) // COLUMN)
    rows = max(1, -(-len(shown) // columns))
    sheet = np.full((height + 3 * MARGIN + rows * ROW, total_width, 3), _PAPER, np.float32)
    sheet[MARGIN : MARGIN + height, MARGIN : MARGIN + width] = picture
    sheet[MARGIN : MARGIN + height, 2 * MARGIN + width : 2 * (MARGIN + width)] = _coloured(picture, layers)
    image = np.ascontiguousarray((sheet.clip(0, 1) * 255 + 0.5).astype(np.uint8))
    font = cv2.FontFace("sans")
    if not shown:
        _write(image, "nobody in this frame", (MARGIN, height + 2 * MARGIN + 18), _FAINT, font)
    for index, name in enumerate(shown):
        x = MARGIN + index % columns * COLUMN
        y = height + 2 * MARGIN + index // columns * ROW
        cv2.rectangle(image, (x, y + 2), (x + 20, y + 20), _rgb8(name), cv2.FILLED, cv2.LINE_AA)
        _write(image, name.replace("_", " "), (x + 30, y + 18), _INK, font)
        _write(image, f"{shares[name]:.1%}", (x + COLUMN - 80, y + 18), _FAINT, font)
    return image


def _won(layers: dict[str, Pixels]) -> dict[str, float]:
    """The share of the frame where each part is larger than any other and the background."""
    if not layers:
        return {}
    stack = np.stack(list(layers.values()))
    planes = np.concatenate((1 - stack.sum(0, keepdims=True), stack))
    counts = np.bincount(planes.argmax(0).ravel(), minlength=len(planes))
    return dict(zip(layers, (counts[1:] / counts.sum()).tolist(), strict=True))


def _coloured(picture: Pixels, layers: dict[str, Pixels]) -> Pixels:
    """Each part's colour over the plate in grey, with the plate's light and shade kept."""
    grey = picture @ np.array((0.2126, 0.7152, 0.0722), np.float32)
    out = np.repeat((grey * 0.3)[..., None], 3, axis=2)
    for name, values in layers.items():
        colour = np.array(_rgb8(name), np.float32) / 255
        shaded = colour * (0.55 + 0.45 * grey[..., None])
        out += values[..., None] * (shaded - grey[..., None] * 0.3)
    return out


def _rgb8(name: str) -> tuple[int, int, int]:
    code = _COLOURS[name]
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def _write(
    image: npt.NDArray[np.uint8],
    text: str,
    at: tuple[int, int],
    colour: tuple[int, int, int],
    font: cv2.FontFace,
) -> None:
    cv2.putText(image, text, at, colour, font, 17, 350)
