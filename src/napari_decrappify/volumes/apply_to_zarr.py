"""A task on an image larger than memory: from disk to disk, region by region, going on where it was killed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from ..errors import InvalidParameterError
from ..files import real
from ..jobs import Call, Job, ProgressCallback
from ..models import Model, default_model, load_model
from ..parameters import Doc, check_arguments
from ..provenance import record
from ..tasks import TaskSpec, call_named, task_of
from .identity import digest_of
from .ngff import attributes_of
from .pyramid import halved, levels_of
from .reading import Volume, open_volume
from .regions import Regions, level_for
from .request import VolumeRequest, requested
from .target import Level, begin, finish
from .workers import Workers, computed, workers_for

REGION = 2**22
WORKING = 6
"""Bytes that a region takes, against those of its input and result: both are also held as floats."""


@Call
def apply_to_zarr(
    task: str,
    source: str | Path,
    target: str | Path,
    *,
    mask: Any = None,
    region: Annotated[
        int, Doc("Of a zarr: about how many pixels of the image are worked on at once.", minimum=2**12)
    ] = REGION,
    force: bool = False,
    progress: ProgressCallback | None = None,
    **keywords: Any,
) -> Job[Path]:
    """Apply a task to an image on disk and write an OME-Zarr, without ever holding the image.

    A killed run goes on where it was: call it again. Only a finished result has the metadata of an image.

    Parameters
    ----------
    task : str
        Name of a task's call: "upscale", "restore", "remove_watermark", "infill" or "colorize".
    source : path
        An OME-Zarr (NGFF 0.4 or 0.5), whose finest level is taken, a zarr array, or an npy file.
    target : path
        The OME-Zarr (NGFF 0.5, zarr 3) to write. Axes, units and channels are kept; the pixel size follows the
        enlargement, corner to corner. Coarser levels are means over 2 x 2 pixels, down to 512.
    mask : path or array, optional
        For tasks that take one: a zarr or npy file, or an array, of shape (Y, X) or with axes before them. An array in
        memory is kept in the record; of a file its name.
    region : int
        Memory is bounded by a few regions, input and result and working memory; small ones read and compute more
        of their surroundings twice. `colorize` reads all of a plane for each of its regions, so they are whole planes
        up to 16 times as large; `infill` with `texture` or `along` takes whole planes.
    force : bool
        Replace what is at `target`.
    progress : callable, optional
        Receives a `Progress` a region.
    **keywords
        For the task's call. Channels of an OME-Zarr are independent ones, as by `channel_axis`, unless they are
        labelled red, green and blue, or `rgb` is True.

    Returns
    -------
    Path
        `target`. Its attribute "decrappify" is a record for `replay`, whose source is the image with colours last.

    Raises
    ------
    FileReadError, InvalidImageError, InvalidMaskError, InvalidParameterError, ModelNotFoundError, DeviceError
        For what can't be done, and why.
    TargetExistsError, FileWriteError
        If something else is at `target`, or it can't be written.
    WorkerError
        If a cluster's workers die.
    PluginError
        If zarr isn't installed.

    Notes
    -----
    With an active `dask.distributed.Client` its workers compute, each with a model of its own; they must see the same
    files. Otherwise it is done by threads of this process.
    """
    task_of(task)
    _check_apart(Path(source), Path(target))
    return (yield from written_to_zarr(task, open_volume(source), target, mask, keywords, region=region, force=force))


def written_to_zarr(
    task: str,
    volume: Volume,
    target: str | Path,
    mask: Any,
    keywords: Mapping[str, Any],
    *,
    region: int = REGION,
    force: bool = False,
    origin: Mapping[str, Any] | None = None,
) -> Job[Path]:
    """Return the job of `apply_to_zarr` with a volume that is open.

    `origin` is what the record says of where the image came from: the name of its file by default.
    """
    spec, target = task_of(task), Path(target)
    _check_keywords(spec, keywords)
    request = requested(spec, volume, mask, keywords, region)
    result = yield from call_named(task).job(request.image, **request.masked, **request.keywords)
    array, made_by = request.as_stored(result), _record(spec, request, origin or {"file": request.name})
    finest = level_for(array, str(target.resolve() / "0"))
    plan = {
        "record": made_by, "path": volume.place, "pixels": (yield from digest_of(volume)), "mask": request.mask_name,
        "dtype": str(array.dtype), "shape": list(array.shape), "chunks": list(finest.chunks),
    }  # fmt: skip
    begin(target, plan, force)
    names = tuple(axis.name for axis in request.axes)
    with workers_for(_bytes(request.image, array)) as workers:
        yield from _written(array, finest, names, workers, region)
    name, levels = target.name.removesuffix(".zarr").removesuffix(".ome"), levels_of(array.shape[-2:])
    finish(target, attributes_of(name, request.axes, levels, request.omero), made_by)
    return target


def _written(array: Any, finest: Level, names: tuple[str, ...], workers: Workers, pixels: int) -> Job[None]:
    """Write what is missing of all levels."""
    level, count = finest, levels_of(array.shape[-2:])
    for number in range(count):
        regions = Regions(array, level) if number == 0 else halved(level, _beside(level, number), pixels)
        level = regions.level
        level.create(array.dtype, names)
        yield from computed(regions, workers, f"level {number + 1} of {count}")


def _beside(level: Level, number: int) -> str:
    return str(Path(level.path).parent / str(number))


def _record(spec: TaskSpec, request: VolumeRequest, origin: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in request.keywords.items() if name not in ("model", "hints")}
    named, photo = request.keywords.get("model"), request.photo
    model = named or default_model(spec.name, request.factor, photo=photo).name
    return record(
        spec.operation,
        kept,
        model=model if isinstance(model, Model) else load_model(model),
        mask=request.mask_kept,
        hints=request.hints,
        source=origin,
        chosen=None if named else spec.default_reason(photo=photo),
    )


def _check_apart(source: Path, target: Path) -> None:
    inside, outside = real(target), real(source)
    if inside == outside or inside in outside.parents or outside in inside.parents:
        raise InvalidParameterError("a target beside its source", str(target), "Choose another.")


def _check_keywords(spec: TaskSpec, keywords: Mapping[str, Any]) -> None:
    check_arguments(call_named(spec.operation), keywords)
    refused = [name for name, value in keywords.items() if (name.startswith("return_") and value) or name == "exact"]
    if refused:
        raise InvalidParameterError(f"keywords of {spec.operation} that make one image of whole pixels", refused[0])


def _bytes(image: Any, result: Any) -> int:
    """Return about how much memory a region takes."""
    blocks = (math.prod(map(max, array.chunks)) * array.dtype.itemsize for array in (image, result))
    return WORKING * int(sum(blocks))
