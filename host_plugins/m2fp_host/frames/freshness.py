"""Whether a frame's masks are there and still right, so that only what changed is computed again."""

from __future__ import annotations

import os
from typing import Any, Callable, Iterable, Mapping

from m2fp_host.errors import M2FPError
from m2fp_host.exr_chunks import whole
from m2fp_host.files import PlateSource
from m2fp_host.parameters import Parameters
from m2fp_host.provenance import Provenance


class Freshness:
    """Judges masks by what their own header says they were made of.

    :param models: the daemon's engines as its ``status`` lists them; empty where no daemon could be asked:
        then an engine or weights that changed meanwhile are not seen.
    """

    def __init__(self, models: Iterable[Mapping[str, Any]] = ()) -> None:
        self._weights = {str(model.get("name")): model.get("weights") for model in models}
        self._auto = next((str(model.get("name")) for model in models if model.get("auto")), "")

    def up_to_date(
        self, masks: str, plate: str, wanted: Mapping[str, Any], check: Callable[[], None]
    ) -> Provenance | None:
        """How ``masks`` were made, if ``plate`` and ``wanted`` (a job's parameters) would give the same now.

        ``check`` is called while a large plate is read, and may raise.

        :raises BadImage: the plate can't be read.
        """
        made = self.made_with(masks, wanted)
        if made is None:
            return None
        source = PlateSource(plate)
        try:
            sha256 = source.sha256(check)
        finally:
            source.close()
        return made if made.source == sha256 else None

    def made_with(self, masks: str, wanted: Mapping[str, Any]) -> Provenance | None:
        """How ``masks`` were made, if that was with ``wanted``, whatever their plate was."""
        if not os.path.isfile(masks):
            return None
        try:
            made = Provenance.read(masks)
            complete = whole(masks)
        except M2FPError:  # damaged, or not of our making at all
            return None
        parameters = Parameters.from_keywords(dict(wanted))
        if (
            not complete
            or made.differs(made.source, parameters)
            or self._other_engine(made, parameters.engine)
        ):
            return None
        return made

    def engine_of_others(self, masks: str) -> str:
        """The engine that made ``masks``, if this daemon, which was asked, does not have it; else nothing."""
        if not self._weights or not os.path.isfile(masks):
            return ""
        try:
            engine = Provenance.read(masks).engine
        except M2FPError:
            return ""
        return "" if engine in self._weights else engine

    def _other_engine(self, made: Provenance, asked: str) -> bool:
        engine = self._auto if asked == "auto" else asked
        return engine in self._weights and (made.engine, made.weights) != (engine, self._weights[engine])
