"""Zarr stores and npy files as inputs of a task's command: images that are never held; a cluster to work on them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..batch.results import RECORD, write_json
from ..errors import DecrappifyError, InvalidParameterError, TargetExistsError
from ..files import BatchItem
from ..tasks import TaskSpec
from ..volumes import apply_to_zarr, is_volume
from ..volumes.target import record_of
from ..volumes.workers import connected
from .console import Console
from .options import add_options, given

ENDINGS = (".ome.zarr", ".zarr", ".npy")


def add_volume_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is for volumes alone."""
    add_options(parser, apply_to_zarr)
    parser.add_argument("--scheduler", metavar="ADDRESS", help="Of a zarr: work on this dask cluster: tcp://host:8786.")


def has_volumes(arguments: argparse.Namespace) -> bool:
    """Whether the inputs are volumes.

    Raises
    ------
    InvalidParameterError
        If some are and some aren't, or what is for volumes alone was given without one.
    """
    volumes = [path for path in arguments.inputs if is_volume(path)]
    if volumes and len(volumes) < len(arguments.inputs):
        raise InvalidParameterError("pictures, or zarr and npy inputs", "both", "Do one after the other.")
    if not volumes and arguments.scheduler is not None:
        raise InvalidParameterError("a zarr or npy input, for --scheduler", str(arguments.inputs[0]))
    return bool(volumes)


def run_volumes(
    spec: TaskSpec, arguments: argparse.Namespace, console: Console, mask: Any, keywords: Mapping[str, Any]
) -> int:
    """Do a task with every volume; return 0 if all went well."""
    options = {**given(arguments, apply_to_zarr), **keywords, "force": arguments.force}
    failed = 0
    with connected(arguments.scheduler):
        for item in volume_items(arguments.inputs, arguments.output, spec.suffix):
            try:
                with console.progress(item.name) as progress:
                    apply_to_zarr(spec.operation, item.source, item.target, mask=mask, progress=progress, **options)
                if arguments.record:
                    write_json(item, RECORD, record_of(item.target), arguments.force)
                console.note(f"{item.source} -> {item.target}")
            except InvalidParameterError:
                raise
            except DecrappifyError as error:
                console.error(error, "skipped" if isinstance(error, TargetExistsError) else "error")
                failed += 1
    return 1 if failed else 0


def volume_items(inputs: list[Path], output: Path | None, ending: str) -> list[BatchItem]:
    """Return where the result of each input goes."""
    if output is not None and len(inputs) == 1 and is_volume(output):
        return [_item(inputs[0], output)]
    names = [f"{_stem(path)}{ending}.ome.zarr" for path in inputs]
    if output is not None and len(set(names)) < len(names):
        raise InvalidParameterError("one output for each input", ", ".join(names))
    return [_item(path, (output or path.parent) / name) for path, name in zip(inputs, names, strict=True)]


def _item(source: Path, target: Path) -> BatchItem:
    return BatchItem(source, target, source.name, stem=_stem(target))


def _stem(path: Path) -> str:
    ending = next((one for one in ENDINGS if path.name.lower().endswith(one)), "")
    return path.name[: len(path.name) - len(ending)]
