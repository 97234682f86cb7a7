"""What an OME-TIFF says of a layer's axes: their letters, the size of pixels with its unit, where the planes lie."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import FileWriteError
from .place import data_to_world

ORDER, BY_DEFAULT = "TCZ", "ZTC"
NAMED = {"t": "T", "time": "T", "c": "C", "channel": "C", "channels": "C", "z": "Z"}
LENGTHS = ("fm", "pm", "nm", "µm", "mm", "cm", "m", "km", "Å", "in", "ft", "pixel")
TIMES = ("ns", "µs", "ms", "s", "min", "h", "d")
"""Symbols of units that are the same in OME's schema and in pint."""


@dataclass(frozen=True)
class OmeAxis:
    """An axis of an image: its letter and length, the distance of its pixels, where the first lies, and the unit."""

    letter: str
    length: int
    step: float = 1.0
    start: float = 0.0
    unit: Any = None

    @property
    def key(self) -> str:
        """What OME calls the distance of pixels or frames; empty where the unit is of another kind."""
        if self.unit is None:
            return ""
        time, pixel = self.unit.dimensionality == "[time]", f"{self.unit:~P}" == "pixel"
        if self.letter == "T":
            return "TimeIncrement" if time else ""
        length = pixel or self.unit.dimensionality == "[length]"
        return f"PhysicalSize{self.letter}" if length and self.letter in "XYZ" else ""

    def measured(self, value: float) -> tuple[float, str]:
        """Return a distance and its unit: micrometres or seconds where OME doesn't know the axis' own."""
        symbol = f"{self.unit:~P}"
        if symbol in (LENGTHS, TIMES)[self.letter == "T"]:
            return float(value), symbol
        name, symbol = ("second", "s") if self.letter == "T" else ("micrometer", "µm")
        return float((value * self.unit).to(name).magnitude), symbol


def axes_of(attributes: Mapping[str, Any], lengths: Sequence[int], taken: str = "") -> list[OmeAxis]:
    """Return the axes of a layer, colour left out.

    Those before Y and X go by their labels, or by a unit of time; the others are Z, T and C, in this order.

    Parameters
    ----------
    attributes : mapping
        As `Layer.as_layer_data_tuple` has them.
    lengths : sequence of int
        Of the axes.
    taken : str
        A letter that stands for something else.

    Raises
    ------
    FileWriteError
        If there are more axes than letters.
    """
    units = attributes["units"]
    letters = [NAMED.get(str(label).lower(), "") for label in attributes["axis_labels"][:-2]]
    letters = [letter or _by_unit(unit) for letter, unit in zip(letters, units, strict=False)]
    letters = ["" if letter in (*letters[:place], taken) else letter for place, letter in enumerate(letters)]
    free = [letter for letter in BY_DEFAULT if letter not in (*letters, taken)][: letters.count("")]
    if len(free) < letters.count(""):
        advice = "Save a part of it, as a layer with fewer axes."
        raise FileWriteError(f"at most the axes {ORDER}YX for an OME-TIFF", f"shape {tuple(lengths)}", advice)
    rest = iter(sorted(free, key=ORDER.index))
    named = [letter or next(rest) for letter in letters] + ["Y", "X"]
    return [
        OmeAxis(letter, int(length), abs(float(step)), float(start), unit)
        for letter, length, step, start, unit in zip(
            named, lengths, attributes["scale"], attributes["translate"], units, strict=True
        )
    ]


def _by_unit(unit: Any) -> str:
    return "T" if unit.dimensionality == "[time]" else ""


def described(axes: Sequence[OmeAxis]) -> dict[str, Any]:
    """Return how far pixels and frames are apart, and where the planes lie unless that is the origin.

    The words are those of OME's schema, as tifffile takes them. Pixels of side 1 without a unit aren't told.
    """
    told = [axis for axis in axes if axis.key]
    if all((axis.step, f"{axis.unit:~P}") == (1.0, "pixel") for axis in told):
        sizes: dict[str, Any] = {}
    else:
        measured = [(axis.key, *axis.measured(axis.step)) for axis in told]
        sizes = {key: value for key, value, _ in measured} | {f"{key}Unit": unit for key, _, unit in measured}
    placed = [axis for axis in told if axis.letter != "T"]
    return sizes | ({"Plane": _positions(axes, placed)} if any(axis.start for axis in placed) else {})


def _positions(axes: Sequence[OmeAxis], placed: Sequence[OmeAxis]) -> dict[str, list[Any]]:
    """Return the position of each plane along some of the axes."""
    leading = [axis.length for axis in axes[:-2]]
    count = math.prod(leading)
    planes: dict[str, list[Any]] = {}
    for axis in placed:
        plane = axis.letter == "Z"
        numbers = np.unravel_index(np.arange(count), leading)[axes.index(axis)] if plane else np.zeros(count)
        measured = [axis.measured(axis.start + axis.step * number) for number in numbers]
        planes[f"Position{axis.letter}"] = [value for value, _ in measured]
        planes[f"Position{axis.letter}Unit"] = [unit for _, unit in measured]
    return planes


def is_upright(attributes: Mapping[str, Any]) -> bool:
    """Tell whether a layer is but scaled and moved: OME has no place for what is turned, mirrored or sheared."""
    world = data_to_world(attributes)
    expected = np.diag([*np.abs(attributes["scale"]), 1.0])
    expected[:-1, -1] = attributes["translate"]
    return bool(np.allclose(world, expected))
