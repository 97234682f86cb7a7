"""Layers to learn from: what `finetune` takes of them, and the script that does what the fine-tuning dock did."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from napari.layers import Layer

from ..degrade import Crappifier, as_record
from ..errors import InvalidImageError
from ..layers import Array, Source, source_of
from .literals import argument, literal
from .script_files import HOLDS_ALL, imports, reading

SAVED = "SAVED"
WANTING = "  # layers that were not read from files: save them as files, and put their paths here"


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
    """Return a script that trains as `finetune` would with these keywords; it needs no window.

    Parameters
    ----------
    values : mapping
        Keywords of `finetune`; ``layers`` and ``crappy_layers``, lists of layers, stand for images that are layers.

    Returns
    -------
    str
        Python, to be saved and run. It reads the files that the layers were read from; for others it has a line at its
        top that waits for their paths.
    """
    keywords = {name: value for name, value in values.items() if value not in (None, (), [])}
    sides = {kind: [source_of(layer) for layer in keywords.pop(kind, ())] for kind in ("layers", "crappy_layers")}
    arguments = [_argument(name, value) for name, value in keywords.items() if name != "images"]
    imported, images = ["from napari_decrappify import finetune"], literal(values.get("images"))
    top: list[str] = []
    if isinstance(keywords.get("crappifier"), Crappifier):
        imported.append("from napari_decrappify.degrade import from_record")
    if sides["layers"]:
        sources = [*sides["layers"], *sides["crappy_layers"]]
        imported += imports([source.file for source in sources])
        top, read = _read(sources)
        count = len(sides["layers"])
        images = _list(read[:count])
        crappy = [f"crappy={_list(read[count:])}"] if sides["crappy_layers"] else []
        names = argument("names", tuple(source.name for source in sides["layers"]))
        arguments = [*crappy, names, *arguments]
    done = "".join(f"    {one},\n" for one in [images, *arguments, "child=True"])
    head = literal("Train a model further, as napari-decrappify's dock does.")
    made = [f"done = finetune(\n{done})", "print(done.name, done.path, done.summary)"]
    return "\n\n".join("\n".join(lines) for lines in ([head], imported, top, made) if lines) + "\n"


def _read(sources: Sequence[Source]) -> tuple[list[str], list[str]]:
    """Return the line that waits for the paths of layers that weren't read from files, and what reads each layer."""
    saved = [f"{source.name}{HOLDS_ALL}" for source in sources if source.file is None]
    numbers = itertools.count()
    paths = [literal(source.file.path) if source.file else f"{SAVED}[{next(numbers)}]" for source in sources]
    colors = ["[..., :3]" if source.layout.alpha else "" for source in sources]
    read = [f"{reading(one.file, path)}.array{rgb}" for one, path, rgb in zip(sources, paths, colors, strict=True)]
    return [f"{SAVED} = {literal(saved)}{WANTING}"] if saved else [], read


def _list(items: Sequence[str]) -> str:
    return "[\n" + "".join(f"        {item},\n" for item in items) + "    ]"


def _pixels(source: Source) -> Array:
    array = source.array
    if not source.rgb and array.ndim > 2 and array.shape[-1] in (3, 4):
        raise InvalidImageError("an image wider than 4 pixels", f"{source.name!r}, of shape {tuple(array.shape)}")
    return array[..., :3] if source.layout.alpha else array


def _argument(name: str, value: Any) -> str:
    if isinstance(value, Crappifier):
        return f"{name}=from_record({literal(as_record(value))})"
    return argument(name, value)
