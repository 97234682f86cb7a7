"""A result goes into its file with the record of how it was made."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..atomic import atomic_path
from ..files import (
    BatchItem,
    ImageFile,
    Metadata,
    check_free,
    write_image,
)
from ..files.writing import check_writable
from ..planes import layout_of

Record = Mapping[str, Any]
UNCERTAINTY = ".uncertainty.tif"


def add_record_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whether the record of how a result was made is also written beside it."""
    parser.add_argument(
        "--record",
        action="store_true",
        help="also write how it was made to NAME.record.json (a PNG or TIFF has it inside anyway)",
    )


def axes_of(image: ImageFile, keywords: dict[str, Any]) -> dict[str, Any]:
    """Add what the file knows of its axes to the keywords that were given on the command line."""
    known = {"rgb": image.metadata.rgb, "channel_axis": image.metadata.channel_axis}
    return {name: value for name, value in known.items() if value is not None} | keywords


def check_result(item: BatchItem, image: ImageFile, keywords: Mapping[str, Any], scale: int = 1) -> None:
    """Raise `FileWriteError` before any work, where the target can't hold the image enlarged by `scale`."""
    layout = layout_of(image.array.shape, rgb=keywords.get("rgb"), channel_axis=keywords.get("channel_axis"))
    y, x = layout.yx
    check_writable(item.target, replace(layout, shape=layout.with_yx(y * scale, x * scale)), image.array.dtype)


def write_result(
    item: BatchItem, array: npt.NDArray[Any], like: Metadata, record: Record, arguments: argparse.Namespace
) -> None:
    """Write a result with its record inside, where the format has a place for it, and beside it if asked."""
    like = _fitting(like, array)
    beside = item.beside(".record.json")
    if arguments.record:
        check_free(beside, arguments.force)
    write_image(item.target, array, like, note=record)
    if arguments.record:
        write_json(item, ".record.json", record, arguments.force)


def write_json(item: BatchItem, ending: str, content: object, force: bool) -> None:
    """Write JSON beside a result, whole or not at all."""
    path = item.beside(ending)
    check_free(path, force)
    with atomic_path(path) as part:
        part.write_text(json.dumps(content, indent=1), encoding="utf-8")


def write_mask(item: BatchItem, mask: npt.NDArray[np.bool_], force: bool) -> None:
    """Write a mask beside a result, white where it is True: a PNG, or a TIFF for a stack."""
    path = item.beside(".mask.png" if mask.ndim == 2 else ".mask.tif")
    check_free(path, force)
    write_image(path, mask.astype(np.uint8) * 255)


def write_uncertainty(item: BatchItem, uncertainty: npt.NDArray[np.float32], like: Metadata, force: bool) -> None:
    """Write the uncertainty of a result beside it, as a TIFF of floats with the image's axes but colour."""
    path = item.beside(UNCERTAINTY)
    check_free(path, force)
    write_image(path, uncertainty, _fitting(like, uncertainty))


def _fitting(like: Metadata, array: npt.NDArray[Any]) -> Metadata:
    """Return the metadata with an axis of colours more or less, if the array has one more or less."""
    if array.ndim > len(like.axes):
        return replace(like, axes=f"{like.axes}S")
    return replace(like, axes=like.axes.removesuffix("S")) if array.ndim < len(like.axes) else like
