"""The benchmark: every bundled model beside its peers, as a job."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from ..apply.engine.precision import Precision
from ..jobs import Call, Job, ProgressCallback
from ..parameters import Doc
from .context import BenchmarkContext
from .measure.memory import memory as memory_table
from .measure.speed import speed as speed_table
from .measure.speed import tiling
from .models import measured_models
from .photos import micrographs, photos
from .suites import SUITES
from .tables import Table


@Call
def benchmark(
    data: Annotated[str | Path | None, Doc("Folder of 8-bit photos; scikit-image's samples by default.")] = None,
    *,
    microscopy: Annotated[str | Path | None, Doc("Folder of 8-bit micrographs; samples by default.")] = None,
    models: Annotated[Sequence[str], Doc("Models to measure; all bundled ones by default.")] = (),
    limit: Annotated[int | None, Doc("Take so many of the pictures, spread evenly.", minimum=1)] = None,
    peers: Annotated[bool, Doc("Also measure other people's ways to do the same (pip's extra: peers).")] = False,
    speed: Annotated[bool, Doc("Also measure each precision on one megapixel, and what tiling costs.")] = False,
    memory: Annotated[bool, Doc("Also measure peak memory, on one and on 24 megapixels.")] = False,
    volume: Annotated[
        float | None, Doc("Measure nothing but a 16-bit volume of so many GB on disk (needs zarr).", minimum=0)
    ] = None,
    sheets: Annotated[str | Path | None, Doc("Folder for a contact sheet of each model.")] = None,
    device: Annotated[str, Doc("auto, cpu, cuda or mps.")] = "auto",
    precision: Annotated[Precision, Doc("Number format; auto takes bf16 where it is native.")] = "auto",
    progress: ProgressCallback | None = None,
) -> Job[list[Table]]:
    """Measure models, and peers beside them on the same pictures.

    Parameters
    ----------
    data, microscopy : path, optional
        Pictures that the models weren't trained on: photos, and micrographs for the models that are for those too.
    models : sequence of str
        Names; by default every bundled model.
    limit : int, optional
        Number of pictures, spread evenly over all. Marks that pictures share are measured from 5 on.
    peers : bool
        Measure peers too. One that isn't installed is left out, and the table's note says so; slow ones get a few
        of the pictures.
    speed, memory : bool
        What else to measure.
    volume : float, optional
        Measure three tasks on a volume of so many GB instead of all else: throughput, and memory beyond the regions in
        flight. It is made in the folder of temporary files, with results of up to 4 times its size.
    sheets : path, optional
        Where to write what the models made of some pictures, beside input, peers and target; a JPEG for each model.
    device, precision : str
        Where and how the models compute.
    progress : callable, optional
        Receives a `Progress` a picture.

    Returns
    -------
    list of Table
        With `Table.markdown`: one for each thing that models do, with a row for each model and peer.

    Raises
    ------
    ModelNotFoundError
        If there is no bundled model, or none of a name.
    FileReadError, InvalidImageError
        For a folder without pictures, or one that isn't 8-bit.
    DeviceError
        If the memory runs out.
    """
    from .measure.features import FeatureDistance  # imports torch

    settings = {"device": device, "precision": precision}
    if volume is not None:
        from .measure.volume import volume as volume_table  # needs zarr

        return [(yield from volume_table(volume, settings))]
    measured = [model for model in measured_models(models) if model.kind in SUITES]
    pictures = {False: photos(data, limit)}
    wanted = {kind: make() for kind, make in SUITES.items() if any(model.kind == kind for model in measured)}
    if any(suite.micrographs for suites in wanted.values() for suite in suites):
        pictures[True] = micrographs(microscopy, limit)
    context = BenchmarkContext(pictures, FeatureDistance(), settings, peers, memory)
    tables = []
    for kind, suites in wanted.items():
        tables += yield from context.tables([model for model in measured if model.kind == kind], suites)
    if speed:
        tables += [(yield from speed_table(measured, settings)), (yield from tiling(measured, settings))]
    if memory:
        tables.append((yield from memory_table(measured, settings)))
    if sheets is not None:
        context.album.write(Path(sheets))
    return tables
