"""Layers to learn from: what `finetune` takes of them, and the script that does what the fine-tuning dock did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from napari.layers import Layer

from ..degrade import Crappifier, as_record
from ..errors import InvalidImageError
from ..layers import Array, Source, source_of
from .literals import argument, literal


@dataclass(frozen=True)
class TrainingData:
    """What layers give a training.

    Parameters
    ----------
    images : list of ndarray or dask array
        (..., Y, X) or (..., Y, X, 3), shared with the layers: never write into them.
    crappy : list of ndarray or dask array, or None
        For each of `images` the same, worse; None where a crappifier is to make that.
    names : tuple of str
        What the layers of `images` are called.
    """

    images: list[Array]
    crappy: list[Array] | None
    names: tuple[str, ...]


def training_data(layers: Sequence[Layer], crappy: Sequence[Layer] | None = None) -> TrainingData:
    """Take what `finetune` learns from out of image layers.

    Multiscale layers give their finest level, stacks all their planes, channels too; alpha is left out.

    Parameters
    ----------
    layers : sequence of Image
        Clean pictures.
    crappy : sequence of Image, optional
        For each of `layers` the same, worse.

    Returns
    -------
    TrainingData
        For ``finetune(data.images, crappy=data.crappy, names=data.names, ...)``.

    Raises
    ------
    InvalidImageError
        For no layers, a layer that is no image, too narrow, or without its crappy side.
    """
    if not layers:
        raise InvalidImageError("one or more image layers to learn from", "none")
    if crappy is not None and len(crappy) != len(layers):
        raise InvalidImageError(f"a crappy layer for each of {len(layers)} clean ones", f"{len(crappy)}")
    clean = [source_of(layer) for layer in layers]
    worse = None if crappy is None else [_pixels(source_of(layer)) for layer in crappy]
    return TrainingData([_pixels(source) for source in clean], worse, tuple(source.name for source in clean))


def training_script(values: Mapping[str, Any]) -> str:
    """Return a script that trains as `finetune` would with these keywords.

    Parameters
    ----------
    values : mapping
        Keywords of `finetune`; ``layers`` and ``crappy_layers``, lists of names, stand for images that are layers.

    Returns
    -------
    str
        Python, to paste into napari's console or, for images that are files, to run.
    """
    keywords = {name: value for name, value in values.items() if value not in (None, (), [])}
    names = {kind: keywords.pop(kind, None) for kind in ("layers", "crappy_layers")}
    arguments = [_argument(name, value) for name, value in keywords.items() if name != "images"]
    imports, lines, images = ["from napari_decrappify import finetune"], [], literal(values.get("images"))
    if isinstance(keywords.get("crappifier"), Crappifier):
        imports.append("from napari_decrappify.degrade import from_record")
    if names["layers"]:
        imports = ["import napari", "", *imports, "from napari_decrappify.on_layers import training_data"]
        sides = [
            f"[{', '.join(f'viewer.layers[{literal(name)}]' for name in side)}]" for side in names.values() if side
        ]
        lines = ["viewer = napari.current_viewer()", f"data = training_data({', '.join(sides)})"]
        images = "data.images"
        arguments = ["crappy=data.crappy", "names=data.names", *arguments]
    call = "".join(f"    {argument},\n" for argument in [images, *arguments, "child=True"])
    head = '"""Train a model further, as napari-decrappify\'s dock does."""'
    return "\n".join(
        [head, "", *imports, "", *lines, f"done = finetune(\n{call})", "print(done.name, done.summary)", ""]
    )


def _pixels(source: Source) -> Array:
    array = source.array
    if not source.rgb and array.ndim > 2 and array.shape[-1] in (3, 4):
        raise InvalidImageError("an image wider than 4 pixels", f"{source.name!r}, of shape {tuple(array.shape)}")
    return array[..., :3] if source.layout.alpha else array


def _argument(name: str, value: Any) -> str:
    if isinstance(value, Crappifier):
        return f"{name}=from_record({literal(as_record(value))})"
    return argument(name, value)
