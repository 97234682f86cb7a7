"""Which enlargement gives a layer the pixel size that is wanted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from pint import PintError, Quantity

from ..apply.tasks import upscale
from ..errors import InvalidParameterError
from ..layers import Source
from ..models import (
    Model,
    list_models,
    read_card,
    repeats,
)
from ..parameters import parameters_of

DIGITS = 9  # 0.6 / 0.2 is 3
BETWEEN = re.compile(r"\s*;\s*|,\s+|\s*(?<=[\d\s])[x×](?=[\d\s.])\s*|\s+by\s+")
SIDE = re.compile(r"(?P<number>\d*[.,]?\d+(?:[eE][-+]?\d+)?|\d+[.,])\s*(?P<unit>[^\d\s.,]*)")


def parse_pixel_size(text: str, unit: Any) -> float | tuple[float, float]:
    """Read a pixel size that a person has written.

    Parameters
    ----------
    text : str
        A side, or height and width: "0.05", "0,05", "50 nm", "0.1 x 0.05 um", "0.1, 0.05". The last unit counts for
        both sides, where one has none.
    unit : pint.Unit
        Of the layer's axes, as `Layer.units` has it; numbers without a unit are in it, and so are results.

    Raises
    ------
    InvalidParameterError
        If it can't be read, or its unit isn't one of the layer's kind.
    """
    parts = BETWEEN.split(text.strip())
    if len(parts) == 1 and "." in text:  # else a comma is a decimal one
        parts = text.split(",")
    found = [SIDE.fullmatch(part.strip()) for part in parts]
    if not all(found) or len(found) > 2:
        raise InvalidParameterError("a pixel size such as 0.25, 50 nm, or height x width", repr(text))
    last = next((side["unit"] for side in reversed(found) if side and side["unit"]), "")
    sides = [_in_unit(side["number"].replace(",", "."), side["unit"] or last, unit) for side in found if side]
    return sides[0] if len(sides) == 1 else (sides[0], sides[1])


def _in_unit(number: str, name: str, unit: Any) -> float:
    """Return a length in the layer's unit."""
    if not name:
        return float(number)
    advice = "Write the number alone, or set the layer's units."
    try:
        length = Quantity(float(number), name)
        if "pixel" not in str(length.units):  # a unit of print to pint, and none to anybody here
            return float(length.to(unit).magnitude)
    except (PintError, AttributeError) as error:
        raise InvalidParameterError(f"a pixel size in a unit like {unit:~P}", f"{number} {name}", advice) from error
    raise InvalidParameterError(f"a pixel size in a unit like {unit:~P}", f"{number} {name}", advice)


def enlargement(source: Source, pixel_size: float | tuple[float, float], model: Any = None) -> dict[str, Any]:
    """Return the keywords of `upscale` that give an image pixels of a size.

    Parameters
    ----------
    source : Source
        The image, as `layers.source_of` takes it from a layer; its scale says how large its pixels are.
    pixel_size : float or (float, float)
        Wanted side of a pixel, or height and width, in the units of the scale.
    model : str, Path or Model, optional
        The model that is to run; the factor is the smallest that it, or else any there is, reaches.

    Returns
    -------
    dict
        ``factor``; and ``exact`` where the factor leads to smaller pixels than wanted.

    Raises
    ------
    InvalidParameterError
        If the size isn't above 0, not smaller than the image's, or too small for the models there are.
    """
    now = np.abs(np.asarray(source.place["scale"], dtype=float)[-2:])
    wanted = _two(pixel_size)
    exact = np.round(now / wanted, DIGITS)
    reached = [factor for factor in _factors(model) if factor >= exact.max()]
    if exact.max() <= 1:
        raise InvalidParameterError(f"a pixel size below the layer's own, {_said(now)}", _said(wanted))
    if not reached:
        least = _said(now / max(_factors(model), default=1))
        raise InvalidParameterError(f"a pixel size that the models reach, at least {least}", _said(wanted))
    if np.all(exact == reached[0]):
        return {"factor": reached[0]}
    return {"factor": reached[0], "exact": (float(exact[0]), float(exact[1]))}


def _two(pixel_size: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        wanted = np.broadcast_to(np.asarray(pixel_size, dtype=float), 2)
    except (TypeError, ValueError) as error:
        raise InvalidParameterError("a pixel size, or a height and a width", repr(pixel_size)) from error
    if not np.all(np.isfinite(wanted) & (wanted > 0)):
        raise InvalidParameterError("a pixel size above 0", repr(pixel_size))
    return wanted


def _factors(model: Any) -> list[int]:
    """Return the factors that a model reaches, or any model for None, the smallest first."""
    bounds = parameters_of(upscale)["factor"].doc
    scales = _scales(model)
    factors = range(int(bounds.minimum or 1), int(bounds.maximum or 1) + 1)
    return [factor for factor in factors if any(repeats(scale, factor) for scale in scales)]


def _scales(model: Any) -> list[int]:
    if isinstance(model, Model):
        return [model.card.scale]
    cards = list_models("upscale")
    if model is None:
        return [card.scale for card in cards]
    named = [card.scale for card in cards if card.name == model]
    return named or [read_card(Path(model)).scale]


def in_words(pixel_size: float | tuple[float, float], unit: Any) -> str:
    """Return a pixel size as a person writes it: "0.05 µm", "0.1 by 0.05 µm"."""
    return f"{_said(_two(pixel_size))} {unit:~P}"


def _said(size: Any) -> str:
    y, x = (f"{side:.6g}" for side in size)
    return y if x == y else f"{y} by {x}"
