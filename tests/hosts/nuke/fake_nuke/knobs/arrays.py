"""Knobs that hold numbers."""
# ruff: noqa: N802 - Nuke's names

from __future__ import annotations

from typing import Any, ClassVar, Hashable, Sequence

from ..faults import EvaluationError
from ..tcl import Tcl, plain
from ..words import split
from . import components
from .components import Component
from .knob import Knob


class Array_Knob(Knob):  # noqa: N801 - Nuke's name
    """One number or several, each with a name such as ``x`` or ``r``."""

    TYPE: ClassVar[int | None] = 9
    NAMES: Sequence[str] = ("",)

    def __init__(self, name: str = "", label: str | None = None, value: Any = 0) -> None:
        super().__init__(name, label)
        self._components: tuple[Component, ...] = tuple(Component() for _ in self.NAMES)
        self._range: tuple[float, float] = (0.0, 1.0)
        if value:
            self._assign(value, -1)

    # As Nuke has it

    def value(self, index: int = -1) -> Any:
        values = self._values()
        if index >= 0:
            return self._cast(values[index])
        return self._cast(values[0]) if len(set(values)) == 1 else [self._cast(value) for value in values]

    def getValue(self, index: int = -1) -> Any:
        values = self._values()
        if index >= 0 or len(set(values)) == 1:
            return values[max(index, 0)]
        return values

    def getValueAt(self, time: float, index: int = -1) -> Any:
        with self.session.at(time):
            return self.getValue(index)

    valueAt = getValueAt  # noqa: N815 - Nuke's name

    def setValue(self, value: Any, index: int = -1, time: float | None = None, view: Any = None) -> bool:
        """Set all components, or the one at ``index``; an animated one gets a key.

        A component with an expression keeps it, as in Nuke: ``clearAnimated`` first.

        :raises TypeError: ``value`` is neither a number nor as many numbers as there are components.
        """
        self._assign(value, index, time)
        return True

    def setValueAt(self, value: Any, time: float, index: int = -1) -> bool:
        return self.setValue(value, index, time)

    def setExpression(self, expression: str, channel: int = -1) -> bool:
        self._change(channel, lambda one: Component(one.constant, expression))
        return True

    def hasExpression(self, index: int = -1) -> bool:
        return any(one.expression for one in self._chosen(index))

    def isAnimated(self, index: int = -1) -> bool:
        return any(one.is_animated() for one in self._chosen(index))

    def setAnimated(self, index: int = -1) -> bool:
        frame, values = self.session.frame, self._values()
        for position in range(len(values)) if index < 0 else [index]:
            self._change(position, lambda one, at=position: one.with_key(frame, values[at]))
        return True

    def clearAnimated(self, index: int = -1) -> bool:
        """The numbers stay as they are at this frame."""
        values = self._values()
        for position in range(len(values)) if index < 0 else [index]:
            self._change(position, lambda _, at=position: Component(values[at]))
        return True

    def arraySize(self) -> int:
        return len(self._components)

    def setRange(self, low: float, high: float) -> None:
        self._range = (low, high)

    def min(self) -> float:
        return self._range[0]

    def max(self) -> float:
        return self._range[1]

    def toScript(self) -> str:
        text = self.stored_text()
        return text if " " not in text and "{" not in text else f"{{{text}}}"

    # For the fake itself

    def state(self) -> Hashable:
        return self._components

    def stored_text(self) -> str:
        written = [self._write(one) for one in self._components]
        alike = len(set(written)) == 1 and not self._components[0].is_animated()
        return written[0] if alike else " ".join(written)

    def load(self, text: str) -> None:
        try:
            read = [components.read(word) for word in split(text)]
        except EvaluationError as error:
            self._warn(str(error))
            return
        if len(read) == 1:
            read *= len(self._components)
        if len(read) != len(self._components):
            self._warn(f"{len(self._components)} numbers belong here, not {text!r}")
            return
        self._components = tuple(read)

    def evaluated(self) -> Any:
        values = [self._cast(value) for value in self._values()]
        return values[0] if len(values) == 1 else values

    def evaluated_text(self) -> str:
        return " ".join(plain(value) for value in self._values())

    def evaluated_number(self, component: str = "") -> float:
        if component.isdigit() and int(component) < len(self._components):
            return self._values()[int(component)]
        if component and component not in self.NAMES:
            raise EvaluationError(f"the knob {self._where()} has no {component}")
        return self._values()[self.NAMES.index(component) if component else 0]

    def _values(self) -> list[float]:
        if not any(one.is_animated() for one in self._components):
            return [float(self._cast(one.constant)) for one in self._components]
        with self.session.evaluating(self):
            tcl, frame = Tcl(self.node()), self.session.frame
            return [float(self._cast(one.at(frame, tcl))) for one in self._components]

    def _cast(self, value: float) -> Any:
        return value

    def _write(self, component: Component) -> str:
        return components.write(component)

    def _chosen(self, index: int) -> Sequence[Component]:
        return self._components if index < 0 else [self._components[index]]

    def _change(self, index: int, change: Any) -> None:
        self._components = tuple(
            change(one) if index in (-1, position) else one for position, one in enumerate(self._components)
        )

    def _assign(self, value: Any, index: int, time: float | None = None) -> None:
        numbers = list(value) if isinstance(value, (list, tuple)) else [value] * len(self._components)
        if len(numbers) != len(self._components) or not all(
            isinstance(each, (int, float)) for each in numbers
        ):
            raise TypeError(f"{self._where()}: setValue takes {len(self._components)} numbers, not {value!r}")
        if any(one.expression for one in self._chosen(index)):
            self._warn("setValue does nothing against an expression")
            return
        for position, number in enumerate(numbers):
            if index in (-1, position):
                self._change(position, lambda one, to=float(number): self._moved(one, to, time))

    def _moved(self, component: Component, value: float, time: float | None) -> Component:
        if time is None and not component.keys:
            return Component(float(self._cast(value)))
        return component.with_key(self.session.frame if time is None else time, value)


class Double_Knob(Array_Knob):  # noqa: N801 - Nuke's name
    """A number."""

    TYPE: ClassVar[int | None] = 7


class Int_Knob(Array_Knob):  # noqa: N801 - Nuke's name
    """A whole number."""

    TYPE: ClassVar[int | None] = 3

    def _cast(self, value: float) -> Any:
        return int(value + 0.5) if value >= 0 else -int(-value + 0.5)


class ColorChip_Knob(Int_Knob):  # noqa: N801 - Nuke's name
    """A colour of the user interface: 0xRRGGBBAA."""

    TYPE: ClassVar[int | None] = None

    def _write(self, component: Component) -> str:
        return f"0x{int(component.constant):08x}" if component.constant else "0"


class Boolean_Knob(Array_Knob):  # noqa: N801 - Nuke's name
    """A switch."""

    TYPE: ClassVar[int | None] = 6
    FLAGS = 0

    def _cast(self, value: float) -> Any:
        return bool(value)

    def _write(self, component: Component) -> str:
        if component.is_animated():
            return super()._write(component)
        return "true" if component.constant else "false"


class XY_Knob(Array_Knob):  # noqa: N801 - Nuke's name
    """A point."""

    TYPE: ClassVar[int | None] = 12
    NAMES = ("x", "y")


class WH_Knob(Array_Knob):  # noqa: N801 - Nuke's name
    """A width and a height."""

    TYPE: ClassVar[int | None] = 14
    NAMES = ("w", "h")


class XYZ_Knob(Array_Knob):  # noqa: N801 - Nuke's name
    """A point in space."""

    TYPE: ClassVar[int | None] = 13
    NAMES = ("x", "y", "z")


class BBox_Knob(Array_Knob):  # noqa: N801 - Nuke's name
    """A box: left, bottom, right, top."""

    TYPE: ClassVar[int | None] = 15
    NAMES = ("x", "y", "r", "t")


class Color_Knob(Array_Knob):  # noqa: N801 - Nuke's name
    """A colour."""

    TYPE: ClassVar[int | None] = 18
    NAMES = ("r", "g", "b")


class AColor_Knob(Array_Knob):  # noqa: N801 - Nuke's name
    """A colour with alpha."""

    TYPE: ClassVar[int | None] = 19
    NAMES = ("r", "g", "b", "a")
