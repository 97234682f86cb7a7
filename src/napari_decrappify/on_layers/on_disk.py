"""A layer as a volume, and a result on disk as a layer: for what memory can't hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidParameterError
from ..layers import LayerData, Source, result_layer
from ..planes import is_lazy

if TYPE_CHECKING:
    from ..volumes import Volume
    from ..volumes.axes import Axes, Axis

ENDING = ".ome.zarr"


def target_of(path: object) -> Path:
    """Return where a result is written: the path, or its name with the ending of an OME-Zarr.

    Raises
    ------
    InvalidParameterError
        For what is no path.
    """
    if not isinstance(path, str | Path) or not Path(path).name:
        raise InvalidParameterError(f"to_disk to be the path of a new {ENDING}", repr(path))
    path = Path(path).expanduser()
    return path if path.suffix.lower() == ".zarr" else path.with_name(f"{path.name}{ENDING}")


def volume_of(source: Source, channel_axis: int | None) -> Volume:
    """Return a layer's pixels as a volume; a lazy array is computed region by region, and never as a whole.

    Raises
    ------
    InvalidImageError
        If NGFF has no place for the layer's axes.
    """
    from ..volumes import Volume
    from ..volumes.reading import ComputedPart

    stored = ComputedPart(source.array) if is_lazy(source.array) else source.array
    return Volume(Path(source.name), stored, _axes_of(source, channel_axis), colors_last=True)


def layer_on_disk(path: Path, source: Source, name: str, factor: float) -> LayerData:
    """Describe a lazy layer of a result on disk, in the place of its source; multiscale, if it has coarser levels."""
    from ..volumes.reading import levels_on_disk
    from ..volumes.target import record_of

    levels = levels_on_disk(path, colors_last=True)
    data, keywords, kind = result_layer(source, levels[0], name=name, record=record_of(path) or {}, factor=factor)
    return (levels, {**keywords, "multiscale": True}, kind) if len(levels) > 1 else (data, keywords, kind)


def _axes_of(source: Source, channel_axis: int | None) -> Axes:
    """Return the axes but that of colours: as the layer calls them, or as the order of NGFF has it.

    Rotation and shear, which NGFF 0.5 has no words for, stay with the layer.
    """
    from ..volumes.axes import guessed
    from ..volumes.ngff import without_metadata

    place, ndim = source.place, len(source.grid)
    named = without_metadata([str(label) for label in place["axis_labels"]]) or guessed(ndim, channel_axis)
    scales, starts = (np.broadcast_to(np.asarray(place[key], float), ndim) for key in ("scale", "translate"))

    def placed(axis: Axis, scale: Any, start: Any, unit: Any) -> Axis:
        known = None if axis.kind == "channel" or str(unit) in ("pixel", "dimensionless") else str(unit)
        return replace(axis, unit=known, scale=float(scale), translation=float(start))

    return tuple(map(placed, named, scales, starts, place["units"]))
