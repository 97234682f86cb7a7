"""Crappify one image: any dtype, any leading axes, NumPy or dask, reproducibly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from ..errors import InvalidImageError, InvalidParameterError
from ..intensity import (
    Intensity,
    NonFinite,
    Normalize,
    check_dtype,
    check_finite,
    fill_nonfinite,
    measure,
    range_is_known,
)
from ..jobs import (
    Call,
    Job,
    Progress,
    ProgressCallback,
    run_to_end,
)
from ..parameters import Doc
from ..planes import (
    Layout,
    as_array,
    is_lazy,
    layout_of,
)
from .crappifier import Crappified, Crappifier
from .lazy import lazily_filled, lazily_replayed
from .operation import Plane, Step
from .presets import preset_named
from .replay import Worse, one_size, record_intensity, replay_plane
from .step_checks import check_steps

LARGEST_SAMPLE = 1 << 25


@Call
def crappify(
    image: Plane,
    preset: Annotated[str | Path | Crappifier, Doc("what happens to it: a preset, a composition's file")] = "lesson7",
    *,
    seed: Annotated[int | None, Doc("makes the result repeatable; drawn and recorded if not given", minimum=0)] = None,
    per_plane: Annotated[bool, Doc("draw anew for each plane of a stack, not once for all")] = True,
    rgb: Annotated[bool | None, Doc("whether the last axis is colour; found from its length if not given")] = None,
    channel_axis: Annotated[int | None, Doc("the axis of independent channels, if there is one")] = None,
    normalize: Annotated[Normalize, Doc("which values count as black and white")] = "auto",
    nonfinite: Annotated[NonFinite, Doc("refuse NaN and infinite values, or fill them")] = "raise",
    fonts: Sequence[str | Path] | None = None,
    progress: ProgressCallback | None = None,
) -> Job[Crappified]:
    """Make an image worse on purpose.

    Parameters
    ----------
    image : ndarray or dask array
        (..., Y, X), (..., Y, X, 3) or (..., Y, X, 4), integer or float of any range; alpha is carried through. uint8 is
        worked on as it is. Other types are worked on in float32 over their intensity range, so 16-bit data keeps its
        levels; only JPEG squeezes it to 256 of them.
    preset : str, Path or Crappifier
        A name among `presets.PRESETS`, or a composition of one's own or its file (.json, by `save_crappifier`).
    seed : int, optional
        The same seed and image give the same result. None draws one; it is in the result.
    per_plane : bool
        Whether each plane of a stack gets its own draw, or all planes the same text, places and noise.
    rgb, channel_axis
        How the axes are to be read, see `planes.layout_of`.
    normalize : {"auto", "full", "percentile", "percentile-per-plane"}
        The range that counts as black to white, measured per stack but for the last; see `intensity.measure`.
    nonfinite : {"raise", "fill"}
        What to do with NaN and infinities.
    fonts : sequence of path, optional
        Font files that lettering is drawn from; Pillow's own font by default.
    progress : callable, optional
        Receives a `Progress` for each plane.

    Returns
    -------
    Crappified
        Image of the same dtype and axes, damage mask, coverage, steps (for a stack: one list a plane) and seed. Of a
        dask array, the first three are dask arrays, computed plane by plane and equal to what NumPy gives; the steps
        are drawn at once, and where an intensity range must be measured, the values are read once for it.

    Raises
    ------
    InvalidImageError, InvalidParameterError, FileReadError
        For an image, a parameter or a font that can't be used.
    """
    crappifier = preset_named(preset)
    crappifier = crappifier if fonts is None else crappifier.with_fonts(fonts)
    array, layout = _checked(image, rgb, channel_axis, nonfinite)
    seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
    steps = (
        record_intensity(intensity)
        + crappifier.steps(np.random.default_rng([seed, index if per_plane else 0]), layout.color_shape)
        for index, intensity in enumerate(_intensities(array, layout, normalize))
    )
    return (yield from _replayed(array, layout, steps, seed))


def replay_steps(
    image: Plane,
    steps: list[Any],
    *,
    rgb: bool | None = None,
    channel_axis: int | None = None,
    nonfinite: NonFinite = "raise",
) -> Crappified:
    """Do recorded steps to an image again; on the same image the result is the same, bit by bit.

    Parameters
    ----------
    image : ndarray or dask array
        As given to `crappify`.
    steps : list
        `Crappified.steps`, perhaps read back from JSON.
    rgb, channel_axis, nonfinite
        As given to `crappify`.

    Raises
    ------
    InvalidParameterError
        For steps of another number of planes, or that aren't records.
    FileReadError
        For a font that the steps name and that is no longer there.
    """
    array, layout = _checked(image, rgb, channel_axis, nonfinite)
    planes = math.prod(layout.leading)
    each = steps if layout.leading else [steps]
    if not isinstance(steps, list) or len(each) != planes or not all(isinstance(s, list) for s in each):
        raise InvalidParameterError(
            f"a list of steps for each of {planes} planes" if layout.leading else "a list of steps",
            f"{len(steps) if isinstance(steps, list) else type(steps).__name__}",
            "Pass the steps as they came from Crappified.steps, with the image that they were drawn for.",
        )
    for one in each:
        check_steps(one, layout.yx)
    return run_to_end(_replayed(array, layout, each, None))


def _checked(image: Any, rgb: bool | None, channel_axis: int | None, nonfinite: NonFinite) -> tuple[Plane, Layout]:
    array = as_array(image, InvalidImageError)
    check_dtype(array.dtype)
    layout = layout_of(array.shape, rgb=rgb, channel_axis=channel_axis)
    if nonfinite == "fill":
        array = lazily_filled(array) if is_lazy(array) else fill_nonfinite(array)
    if not is_lazy(array):
        check_finite(array)
    return array, layout


def _intensities(array: Plane, layout: Layout, normalize: Normalize) -> Iterator[Intensity]:
    """Measure the range of each plane: with everything that shares its stack, or alone."""
    known: dict[tuple[int, ...], Intensity] = {}
    for plane in layout.planes():
        index = plane if normalize == "percentile-per-plane" else layout.stack_of(plane)
        key = tuple(n for n in index if isinstance(n, int))
        if key not in known:
            known[key] = _measured(array[index], layout, normalize)
        yield known[key]


def _measured(values: Plane, layout: Layout, normalize: Normalize) -> Intensity:
    if range_is_known(values.dtype, normalize):
        return measure(np.zeros(1, values.dtype), values.dtype, normalize)
    colors = values[..., : layout.colors] if layout.rgb else values
    stride = int(np.ceil(np.sqrt(colors.size / LARGEST_SAMPLE)))
    thinned = (..., slice(None, None, stride), slice(None, None, stride), *((slice(None),) if layout.rgb else ()))
    sample = np.asarray(colors[thinned])
    if is_lazy(values) and sample.dtype.kind == "f":
        sample = sample[np.isfinite(sample)]
    return measure(sample, values.dtype, normalize, rgb=layout.rgb)


def _replayed(array: Plane, layout: Layout, steps: Iterable[list[Step]], seed: int | None) -> Job[Crappified]:
    """Do the steps to every plane: now, or when dask asks for it."""
    done: list[list[Step]] = []
    made: list[Worse] = []
    if is_lazy(array):
        done += steps
        return Crappified(*lazily_replayed(array, layout, done), done if layout.leading else done[0], seed)
    planes = math.prod(layout.leading)
    for plane, drawn in zip(layout.planes(), steps, strict=True):
        done.append(drawn)
        made.append(replay_plane(array[plane], drawn))
        yield Progress(len(made), planes, f"plane {len(made)} of {planes}")
    return _assembled(made, done, layout, seed)


def _assembled(made: list[Worse], steps: list[list[Step]], layout: Layout, seed: int | None) -> Crappified:
    if not layout.leading:
        return Crappified(*made[0], steps[0], seed)
    y, x = one_size(one.mask.shape for one in made)
    images, masks, coverages = zip(*made, strict=True)
    image = np.stack(images).astype(images[0].dtype, copy=False).reshape(layout.with_yx(y, x))
    mask, coverage = (np.stack(planes).reshape(*layout.leading, y, x) for planes in (masks, coverages))
    return Crappified(image, mask, coverage, steps, seed)
