"""The benchmark: every bundled model, as a job."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from ..apply.precision import Precision
from ..errors import ModelNotFoundError
from ..jobs import Call, Job, ProgressCallback
from ..models import ModelCard, catalogue, load_model
from ..parameters import Doc
from . import accuracy
from .memory import memory as memory_table
from .photos import Photos, photos
from .speed import speed as speed_table
from .speed import tiling
from .tables import Table


@Call
def benchmark(
    data: Annotated[str | Path | None, Doc("Folder of 8-bit pictures; scikit-image's samples by default.")] = None,
    *,
    models: Annotated[Sequence[str], Doc("Models to measure; all bundled ones by default.")] = (),
    limit: Annotated[int | None, Doc("Take so many of the pictures at the most.", minimum=1)] = None,
    speed: Annotated[bool, Doc("Also measure seconds per megapixel, and what tiling costs.")] = False,
    memory: Annotated[bool, Doc("Also measure the peak memory of a 50-megapixel removal.")] = False,
    device: Annotated[str, Doc("auto, cpu, cuda or mps.")] = "auto",
    precision: Annotated[Precision, Doc("Number format; auto takes bf16 where it is native.")] = "auto",
    progress: ProgressCallback | None = None,
) -> Job[list[Table]]:
    """Measure models: quality always, speed and memory when asked.

    Parameters
    ----------
    data : path, optional
        Pictures that the models weren't trained on.
    models : sequence of str
        Names; by default every bundled model.
    limit : int, optional
        Number of pictures.
    speed, memory : bool
        What else to measure.
    device, precision : str
        Where and how to compute.
    progress : callable, optional
        Receives a `Progress` a picture.

    Returns
    -------
    list of Table
        With `Table.markdown`.

    Raises
    ------
    ModelNotFoundError
        If there is no bundled model, or none of a name.
    """
    chosen = [load_model(name).card for name in models] or _bundled()
    pictures = photos(data, limit)
    settings = {"device": device, "precision": precision}
    tables = []
    for card in chosen:
        tables += yield from _quality(card, pictures, settings)
        if speed:
            photo = next(iter(pictures.pictures.values()))
            tables += [(yield from speed_table(card, photo, settings)), (yield from tiling(card, photo, settings))]
        if memory and card.task == "watermark":
            tables.append((yield from memory_table(card, settings)))
    return tables


def _bundled() -> list[ModelCard]:
    cards = [entry.card for entry in catalogue() if entry.origin == "bundled" and entry.card is not None]
    if not cards:
        raise ModelNotFoundError("bundled models to measure", "none", "Name others with models (--models).")
    return cards


def _quality(card: ModelCard, pictures: Photos, settings: dict[str, Any]) -> Job[list[Table]]:
    if card.task == "upscale":
        return [(yield from accuracy.upscaling(card, pictures, settings))]
    tables = []
    if card.task == "watermark":
        for preset in accuracy.WATERMARKS:
            tables.append((yield from accuracy.watermarks(card, preset, pictures, settings)))
        tables.append((yield from accuracy.untouched(card, pictures, settings)))
    return tables
