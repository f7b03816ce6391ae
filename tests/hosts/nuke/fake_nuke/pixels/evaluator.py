"""The evaluator: requests and answers, one JSON object a line, on standard input and output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np

from .colour import CONFIG
from .faults import EvaluationError
from .graph import image_of
from .image import Box, Image
from .read_cache import ReadCache
from .writing import write


def main() -> None:
    """Answer until standard input ends. What libraries print goes to standard error."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        os.environ["OCIO"] = CONFIG
        serve(sys.stdin.buffer, answers)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer each line of ``requests``; the Reads' memory lasts for all of them.

    ``{"ok": ...}``, or ``{"error": message, "missing": bool}`` for a node's error. Anything else ends the
    process, with a traceback for the one who asked.
    """
    cache = ReadCache()
    for line in requests:
        try:
            answer = {"ok": answer_to(json.loads(line), cache)}
        except EvaluationError as fault:
            answer = {"error": fault.message, "missing": fault.missing}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def answer_to(request: dict[str, Any], cache: ReadCache) -> Any:
    """:raises EvaluationError: a node's error, or a request that is none."""
    answer = _REQUESTS.get(str(request.get("do")))
    if answer is None:
        raise EvaluationError(f"the request {request.get('do')!r} is not known")
    return answer(image_of(request.get("ops"), cache), request)


def _validate(image: Image, request: dict[str, Any]) -> dict[str, Any]:
    format_, box = image.info.format, image.info.box
    return {
        "channels": list(image.info.channels),
        "format": [format_.width, format_.height, format_.pixel_aspect],
        "bbox": [box.x, box.y, box.r, box.t],
        "metadata": image.info.metadata,
    }


def _sample(image: Image, request: dict[str, Any]) -> float:
    x, y = (int(np.floor(request[key])) for key in ("x", "y"))
    return float(image.plane(str(request["channel"]), Box(x, y, x + 1, y + 1))[0, 0])


def _dump(image: Image, request: dict[str, Any]) -> dict[str, Any]:
    path, window = str(request["file"]), request.get("window", "format")
    box = image.info.format.box if window == "format" else image.info.box
    planes: dict[str, Any] = {name: image.plane(name, box)[::-1] for name in request["channels"]}
    temporary = f"{path}.tmp"
    try:
        with open(temporary, "wb") as file:
            np.savez(file, **planes)
        os.replace(temporary, path)
    except OSError as fault:
        raise EvaluationError(f"{path} can't be written: {fault.strerror}") from fault
    return {"file": path, "channels": sorted(planes)}


_REQUESTS: dict[str, Callable[[Image, dict[str, Any]], Any]] = {
    "validate": _validate,
    "write": write,
    "sample": _sample,
    "dump": _dump,
}
