"""Replay: recorded steps done to a plane, the only place where operations meet pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from ..errors import DecrappifyError, InvalidParameterError
from ..intensity import Intensity, check_dtype
from .operation import (
    Coverage,
    Mask,
    Plane,
    Shape,
    Step,
    Written,
    size_after,
)
from .operations.ink import FAINT, united
from .step_checks import WRONG_VALUES, no_step, operation_of

UNIT = "Unit"
"""The first record of a plane that isn't plain uint8: the values that count as black and white."""


class Worse(NamedTuple):
    """A plane that was made worse, the mask of its pixels written over, and how much of each is covered, 0 to 255."""

    image: Plane
    mask: Mask
    coverage: Coverage


def record_intensity(intensity: Intensity) -> list[Step]:
    """Return the record of an intensity map, none for uint8 from 0 to 255, which is worked on directly."""
    if intensity.dtype == np.uint8 and (intensity.low, intensity.high) == (0, 255):
        return []
    return [{"operation": UNIT, "values": {"low": float(intensity.low), "high": float(intensity.high)}}]


def replay_plane(plane: Plane, steps: list[Step]) -> Worse:
    """Do the steps to one plane, (Y, X) or (Y, X, 3 or 4); return the image, the damage mask and the coverage.

    uint8 is worked on as it is, everything else as float32 in the unit range; a pixel that no step changes keeps
    its value bit by bit. Alpha, mask and coverage follow the steps that resize, alpha only where the size has changed
    at the end.

    Raises
    ------
    InvalidParameterError
        For a record that isn't one of `Crappified.steps`.
    """
    intensity, steps = _split_intensity(steps, plane.dtype)
    alpha = plane[..., 3] if plane.ndim == 3 and plane.shape[2] == 4 else None
    color = plane if alpha is None else plane[..., :3]
    before = color if intensity is None else intensity.to_unit(color)
    after, mask, coverage = _run(before, steps, {} if intensity is None else {"limits": intensity.limits})
    image = after if intensity is None else _from_unit(after, before, color, intensity)
    if alpha is not None:
        image = np.dstack([image, _follow(alpha, steps, image.shape[:2])]).astype(plane.dtype, copy=False)
    return Worse(np.ascontiguousarray(image) if image is not plane else plane.copy(), mask, coverage)


def size_left(shape: Shape, dtype: np.dtype[Any], steps: list[Step]) -> Shape:
    """Return the height and width that recorded steps leave of a plane of this shape and dtype, before they are done.

    Raises
    ------
    InvalidParameterError
        For a record that isn't one of `Crappified.steps`.
    """
    _, done = _split_intensity(steps, dtype)
    for step in done:
        operation_of(step)
    return size_after(shape, done)[:2]


def one_size(sizes: Iterable[Shape]) -> Shape:
    """Return the height and width that all planes have; raise `InvalidParameterError` if they differ."""
    different = {tuple(size) for size in sizes}
    if len(different) > 1:
        raise InvalidParameterError(
            "a crappifier that gives all planes one size",
            f"the sizes {sorted(different)}",
            "Pass per_plane=False, or a Crappifier with back='bilinear'.",
        )
    return different.pop()


def _split_intensity(steps: list[Step], dtype: np.dtype[Any]) -> tuple[Intensity | None, list[Step]]:
    check_dtype(dtype)
    if steps and isinstance(steps[0], Mapping) and steps[0].get("operation") == UNIT:
        return _recorded_intensity(steps[0], dtype), steps[1:]
    if dtype != np.uint8:
        raise InvalidParameterError(f"steps that were drawn on {dtype} data", "steps that were drawn on uint8 data")
    return None, steps


def _recorded_intensity(step: Step, dtype: np.dtype[Any]) -> Intensity:
    try:
        low, high = (float(step["values"][name]) for name in ("low", "high"))
    except WRONG_VALUES as error:
        raise no_step(step) from error
    if not (low < high and math.isfinite(high - low)):
        raise no_step(step)
    return Intensity(low, high, dtype)


def _applied(plane: Plane, step: Step, given: Mapping[str, Any] = MappingProxyType({})) -> Written:
    """Do a step; values that are of another form than the operation draws them are told as such."""
    try:
        return operation_of(step).apply(plane, {**step["values"], **given})
    except WRONG_VALUES as error:
        if isinstance(error, DecrappifyError):
            raise
        raise no_step(step) from error


def _run(plane: Plane, steps: list[Step], given: Mapping[str, Any]) -> Worse:
    mask: Mask = np.zeros(plane.shape[:2], bool)
    coverage: Coverage = np.zeros(plane.shape[:2], np.uint8)
    for step in steps:
        operation = operation_of(step)
        plane, written = _applied(plane, step, given)
        if operation.geometric and mask.any():
            mask = _applied(mask * np.uint8(255), step)[0] > FAINT
            coverage = _applied(coverage, step)[0]
        elif operation.geometric:
            mask, coverage = np.zeros(plane.shape[:2], bool), np.zeros(plane.shape[:2], np.uint8)
        if written is not None:
            mask |= written > 0
            coverage = united(coverage, _as_coverage(written))
    return Worse(plane, mask, coverage)


def _as_coverage(written: Mask | Coverage) -> Coverage:
    covered: Coverage = (
        np.where(written, np.uint8(255), np.uint8(0)) if written.dtype == bool else written.view(np.uint8)
    )
    return covered


def _from_unit(after: Plane, before: Plane, color: Plane, intensity: Intensity) -> Plane:
    image = intensity.from_unit(after)
    return np.where(after == before, color, image).astype(color.dtype) if after.shape == before.shape else image


def _follow(alpha: Plane, steps: list[Step], yx: tuple[int, ...]) -> Plane:
    if alpha.shape == yx:
        return alpha
    values = alpha if alpha.dtype == np.uint8 else alpha.astype(np.float32)
    for step in steps:
        if operation_of(step).geometric:
            values = _applied(values, step)[0]
    return values if alpha.dtype == np.uint8 else Intensity(0.0, 1.0, alpha.dtype).from_unit(values)
