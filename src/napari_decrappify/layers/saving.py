"""napari's Save: layers as an OME-TIFF that keeps pixel size, units, names and the record of how they were made."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import FileWarning, FileWriteError
from ..files import Metadata, write_image
from ..files.tiff.writer import OME_NUMBERS
from .ome import OmeAxis, axes_of, described, is_upright

Attributes: TypeAlias = Mapping[str, Any]
Pixels: TypeAlias = npt.NDArray[Any]

ENDINGS, ENDING = (".tif", ".tiff"), ".ome.tif"
INSTEAD = {"bool": "uint8", "float16": "float32", "int64": "int32", "uint64": "uint32"}
"""What OME-TIFF doesn't know, and what it is written as if that holds each number."""
TRANSFORM = ("scale", "translate", "rotate", "shear", "affine")
ALIKE = "grey image layers of one shape, dtype and place, as the channels of one file"
TURNED = "its rotation, mirroring, shear or affine transform, for which OME-TIFF has no place"


def write_layer(path: str, data: Any, attributes: Attributes) -> list[str]:
    """Write an image or labels layer as an OME-TIFF: a writer of one layer, for napari.

    The record of how it was made, ``metadata["decrappify"]``, goes inside: `files.record_of` finds it there.

    Parameters
    ----------
    path : str
        Where to; what doesn't end in .tif or .tiff gets .ome.tif.
    data : array, or a sequence of levels
        Of a multiscale layer the finest level is written. Numbers of 64 bits become those of 32, if all fit; half
        precision becomes single; bool becomes 0 and 1.
    attributes : mapping
        As `Layer.as_layer_data_tuple` has them: name, place, axis labels, units, metadata.

    Returns
    -------
    list of str
        The file that was written.

    Raises
    ------
    FileWriteError
        For more axes than T, C, Z, Y and X, or for numbers that don't fit; if the file can't be written. It is no
        ValueError, which napari takes for a writer that isn't there.
    """
    array = _pixels(data, attributes)
    axes = axes_of(attributes, array.shape[: len(attributes["scale"])])
    return _write(path, array, axes, [attributes])


def write_channels(path: str, layers: Sequence[tuple[Any, Attributes, str]]) -> list[str]:
    """Write image layers as the channels of one OME-TIFF, the lowest layer first: a writer of several, for napari.

    The names of the layers become those of the channels. Their records go inside as ``{"channels": [...]}``.

    Parameters
    ----------
    path : str
        As for `write_layer`.
    layers : sequence of (data, attributes, "image")
        As `Layer.as_layer_data_tuple` gives them: of one shape, dtype and place, none in colour.

    Returns
    -------
    list of str
        The file that was written.

    Raises
    ------
    FileWriteError
        If they can't be the channels of one image, or if the file can't be written.
    """
    arrays = [_pixels(data, attributes) for data, attributes, _ in layers]
    channels = [attributes for _, attributes, _ in layers]
    _check_alike(arrays, channels)
    axes = axes_of(channels[0], arrays[0].shape, taken="C")
    place = 1 + max((number for number, axis in enumerate(axes) if axis.letter == "T"), default=-1)
    axes.insert(place, OmeAxis("C", len(arrays)))
    return _write(path, np.stack(arrays, place), axes, channels)


def _write(path: str, array: Pixels, axes: Sequence[OmeAxis], channels: Sequence[Attributes]) -> list[str]:
    """Write pixels whose channels are layers; those along an axis of a single layer have no names."""
    target = Path(path if path.lower().endswith(ENDINGS) else path + ENDING)
    letters = "".join(axis.letter for axis in axes) + ("S" if array.ndim > len(axes) else "")
    names = [{"Name": str(channel["name"])} for channel in channels]
    named = {} if len(names) == 1 and "C" in letters else {"Channel": names}
    ome = {"Name": str(channels[0]["name"]) if len(names) == 1 else target.name, **described(axes), **named}
    like = Metadata("TIFF", letters, (axes[-2].length, axes[-1].length), ome=ome)
    write_image(target, array, like, note=_note(channels))
    if not is_upright(channels[0]):
        warnings.warn(f"{target} is written without {TURNED}.", FileWarning, stacklevel=3)
    return [str(target)]


def _note(channels: Sequence[Attributes]) -> Mapping[str, Any] | None:
    """Return the record of a layer, or those of several."""
    records = [channel["metadata"].get("decrappify") for channel in channels]
    if len(records) == 1:
        return records[0] if isinstance(records[0], Mapping) else None
    return {"channels": records} if any(records) else None


def _pixels(data: Any, attributes: Attributes) -> Pixels:
    """Return the pixels of a layer, of the finest level, as numbers that OME-TIFF knows."""
    array = np.asarray(data[0] if attributes.get("multiscale") else data)
    if array.dtype.name in OME_NUMBERS:
        return array
    written = array.astype(INSTEAD.get(array.dtype.name, array.dtype))
    if written.dtype.name not in OME_NUMBERS or not np.array_equal(written, array, equal_nan=array.dtype.kind == "f"):
        raise FileWriteError("numbers that fit into 32 bits, or floats, for an OME-TIFF", array.dtype.name)
    return written


def _check_alike(arrays: Sequence[Pixels], channels: Sequence[Attributes]) -> None:
    """Raise `FileWriteError` unless layers can be the channels of one image."""
    for array, attributes in zip(arrays, channels, strict=True):
        same = (array.shape, array.dtype) == (arrays[0].shape, arrays[0].dtype)
        placed = all(np.array_equal(attributes[key], channels[0][key]) for key in TRANSFORM)
        placed = placed and attributes["units"] == channels[0]["units"]
        if attributes["rgb"] or not same or not placed:
            got = f"{attributes['name']!r} beside {channels[0]['name']!r}"
            raise FileWriteError(ALIKE, got, "Select and save those that belong together, or each alone.")
