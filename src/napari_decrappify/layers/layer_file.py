"""The file that a layer was read from, and how to read it again without a window."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from napari.layers import Image, Layer


@dataclass(frozen=True)
class LayerFile:
    """Where an image layer was read from.

    Parameters
    ----------
    path : str
        Of a file or folder, or a URL.
    reader : str
        The plugin that read it.
    name : str
        The layer's name: files may hold several.
    shape : tuple of int
        Of the layer's data, at its finest level.
    """

    path: str
    reader: str
    name: str
    shape: tuple[int, ...]


def file_of(layer: Layer) -> LayerFile | None:
    """Return where a layer was read from; None for one that wasn't, or of which napari doesn't know how."""
    origin = layer.source
    if not origin.path or not origin.reader_plugin:
        return None
    data = layer.data[0] if isinstance(layer, Image) and layer.multiscale else layer.data
    path = origin.path if "://" in origin.path else str(Path(origin.path).absolute())
    return LayerFile(path, origin.reader_plugin, str(layer.name), tuple(int(n) for n in data.shape))
