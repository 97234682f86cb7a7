"""Image files as napari reads them, without a window: with the reader that opened a layer, to just its pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from napari.layers import Image

from ..errors import FileReadError, FileWriteError
from ..files import ImageFile, Metadata, Resolution, read_image
from .ome import axes_of, described
from .source import Source, source_of

OTHER_AXIS = "Q"
PLACES = "Plane"  # of all planes, which a part of them doesn't have


def read_layer(
    path: str, reader: str = "napari", *, name: str | None = None, shape: Sequence[int] | None = None
) -> ImageFile:
    """Read an image as the layer has it that napari makes of a file.

    Parameters
    ----------
    path : str
        A file or folder, or a URL, all of which is read.
    reader : str
        The plugin to read it with; napari's own by default.
    name : str, optional
        Which layer to take, if the file gives several.
    shape : sequence of int, optional
        What the shape must be.

    Returns
    -------
    ImageFile
        If `read_image` gives the same pixels, with all that the file says beside them; else with the pixel size and the
        axes that the layer has.

    Raises
    ------
    FileReadError
        If the reader isn't there, refuses the file, or gives no such image.
    """
    source = source_of(_chosen(_opened(path, reader), path, name, shape))
    array = np.asarray(source.array)
    own = _own(path)
    if own is not None and own.array.dtype == array.dtype and np.array_equal(own.array, array):
        return own
    return ImageFile(array, _metadata(source))


def _opened(path: str, reader: str) -> list[Image]:
    from napari.components import ViewerModel
    from npe2 import PluginManager

    PluginManager.instance().discover()
    try:
        layers = ViewerModel().open(path, plugin=reader)
    except (ValueError, OSError) as error:
        raise FileReadError(f"a file that {reader!r} reads at {path}", str(error)) from error
    return [layer for layer in layers if isinstance(layer, Image)]


def _chosen(layers: list[Image], path: str, name: str | None, shape: Sequence[int] | None) -> Image:
    """Return the only layer of that shape, or of several the one of that name."""
    fitting = [layer for layer in layers if shape is None or source_of(layer).array.shape == tuple(shape)]
    named = [layer for layer in fitting if layer.name == name] if len(fitting) > 1 else fitting
    if named:
        return named[0]
    there = ", ".join(f"{layer.name!r} of shape {source_of(layer).array.shape}" for layer in layers) or "no image"
    of_shape = "" if shape is None else f" of shape {tuple(shape)}"
    raise FileReadError(f"an image{of_shape} in {path}", there, "Say which by name=, and another shape by shape=.")


def _own(path: str) -> ImageFile | None:
    """Return what this package's own reader gives, if it reads the file."""
    try:
        return read_image(path)
    except FileReadError:
        return None


def _metadata(source: Source) -> Metadata:
    """Return what a layer says of its axes and its pixels' size."""
    try:
        axes = axes_of(source.place, source.grid)
    except FileWriteError:  # more than TIFF has letters for
        axes = []
    letters = "".join(axis.letter for axis in axes) or OTHER_AXIS * (len(source.grid) - 2) + "YX"
    y, x = (_in(unit, "cm", abs(scale)) for scale, unit in _yx(source))
    return Metadata(
        "TIFF",
        letters + "S" * source.rgb,
        source.layout.yx,
        resolution=Resolution(1 / x, 1 / y, "cm") if x and y else None,
        ome={key: value for key, value in described(axes).items() if key != PLACES} or None,
    )


def _yx(source: Source) -> list[tuple[float, Any]]:
    return list(zip(source.place["scale"][-2:], source.place["units"][-2:], strict=True))


def _in(unit: Any, wanted: str, length: float) -> float | None:
    """Return a length in another unit; None for what is no length."""
    return float((length * unit).to(wanted).magnitude) if unit.is_compatible_with(wanted) else None
