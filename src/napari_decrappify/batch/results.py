"""A result goes into its file with the record of how it was made."""

from __future__ import annotations

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
UNCERTAINTY, RECORD = ".uncertainty.tif", ".record.json"


def axes_of(image: ImageFile, keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Add what the file knows of its axes to the keywords of a call that were given."""
    known = {"rgb": image.metadata.rgb, "channel_axis": image.metadata.channel_axis}
    return {name: value for name, value in known.items() if value is not None} | dict(keywords)


def check_result(item: BatchItem, image: ImageFile, keywords: Mapping[str, Any], scale: int = 1) -> None:
    """Raise `FileWriteError` before any work, where the target can't hold the image enlarged by `scale`."""
    layout = layout_of(image.array.shape, rgb=keywords.get("rgb"), channel_axis=keywords.get("channel_axis"))
    y, x = layout.yx
    check_writable(item.target, replace(layout, shape=layout.with_yx(y * scale, x * scale)), image.array.dtype)


def write_result(
    item: BatchItem, array: npt.NDArray[Any], like: Metadata, record: Record, *, force: bool, beside: bool
) -> None:
    """Write a result with its record inside, where the format has a place for it, and `beside` it if asked."""
    if beside:
        check_free(item.beside(RECORD), force)
    write_image(item.target, array, _fitting(like, array), note=record)
    if beside:
        write_json(item, RECORD, record, force)


def write_json(item: BatchItem, ending: str, content: object, force: bool) -> None:
    """Write JSON beside a result, whole or not at all."""
    path = item.beside(ending)
    check_free(path, force)
    with atomic_path(path) as part:
        part.write_text(json.dumps(content, indent=1), encoding="utf-8")


def check_extra(item: BatchItem, extra: str, planes: bool, force: bool) -> None:
    """Raise `TargetExistsError` before any work, where what belongs to a result is there and may not be replaced."""
    check_free(item.beside(UNCERTAINTY if extra == "uncertainty" else _mask_ending(planes)), force)


def write_mask(item: BatchItem, mask: npt.NDArray[np.bool_], force: bool) -> None:
    """Write a mask beside a result, white where it is True: a PNG, or a TIFF for a stack."""
    path = item.beside(_mask_ending(mask.ndim > 2))
    check_free(path, force)
    write_image(path, mask.astype(np.uint8) * 255)


def _mask_ending(planes: bool) -> str:
    return ".mask.tif" if planes else ".mask.png"


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
