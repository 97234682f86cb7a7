"""Crappify one image: any dtype, any leading axes, reproducibly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from ..errors import InvalidImageError, InvalidParameterError
from ..intensity import Intensity, NonFinite, Normalize, check_dtype, check_finite, fill_nonfinite, measure
from ..jobs import Call, Job, Progress, ProgressCallback
from ..parameters import Doc
from ..planes import Layout, PlaneIndex, layout_of
from .crappifier import Crappified, Crappifier
from .operation import Mask, Plane, Step
from .presets import preset_named
from .replay import record_intensity, replay_plane

LARGEST_SAMPLE = 1 << 25


@Call
def crappify(
    image: Plane,
    preset: Annotated[str | Crappifier, Doc("what happens to it: a preset's name, or a Crappifier")] = "lesson7",
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
    image : ndarray
        (..., Y, X), (..., Y, X, 3) or (..., Y, X, 4), integer or float of any range; alpha is carried through. uint8 is
        worked on as it is. Other types are worked on in float32 over their intensity range, so 16-bit data keeps its
        levels; only JPEG squeezes it to 256 of them.
    preset : str or Crappifier
        A name among `presets.PRESETS`, or a composition of one's own.
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
        Image of the same dtype and axes, damage mask, steps (for a stack: one list a plane) and seed.

    Raises
    ------
    InvalidImageError, InvalidParameterError, FileReadError
        For an image, a parameter or a font that can't be used.
    """
    crappifier = preset_named(preset)
    crappifier = crappifier if fonts is None else crappifier.with_fonts(fonts)
    array, layout = _checked(image, rgb, channel_axis, nonfinite)
    seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
    shape = (*layout.yx, 3) if layout.rgb else layout.yx
    planes = list(layout.planes())
    made: list[tuple[Plane, Mask]] = []
    steps: list[list[Step]] = []
    for index, intensity in enumerate(_intensities(array, layout, normalize)):
        rng = np.random.default_rng([seed, index if per_plane else 0])
        steps.append(record_intensity(intensity) + crappifier.steps(rng, shape))
        made.append(replay_plane(array[planes[index]], steps[-1]))
        yield Progress(len(made), len(planes), f"plane {len(made)} of {len(planes)}")
    return _assembled(made, steps, layout, seed)


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
    image : ndarray
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
    planes = list(layout.planes())
    each = steps if layout.leading else [steps]
    if not isinstance(steps, list) or len(each) != len(planes) or not all(isinstance(s, list) for s in each):
        raise InvalidParameterError(
            f"a list of steps for each of {len(planes)} planes" if layout.leading else "a list of steps",
            f"{len(steps) if isinstance(steps, list) else type(steps).__name__}",
            "Pass the steps as they came from Crappified.steps, with the image that they were drawn for.",
        )
    return _assembled([replay_plane(array[p], s) for p, s in zip(planes, each, strict=True)], each, layout, None)


def _checked(image: Any, rgb: bool | None, channel_axis: int | None, nonfinite: NonFinite) -> tuple[Plane, Layout]:
    try:
        array = np.asarray(image)
    except ValueError as error:
        raise InvalidImageError("an array of numbers", f"{type(image).__name__}: {error}") from error
    check_dtype(array.dtype)
    layout = layout_of(array.shape, rgb=rgb, channel_axis=channel_axis)
    if nonfinite == "fill":
        array = fill_nonfinite(array)
    check_finite(array)
    return array, layout


def _intensities(array: Plane, layout: Layout, normalize: Normalize) -> Iterator[Intensity]:
    """Measure the range of each plane: with everything that shares its stack, or alone."""
    known: dict[PlaneIndex, Intensity] = {}
    for plane in layout.planes():
        key = plane if normalize == "percentile-per-plane" else layout.stack_of(plane)
        if key not in known:
            known[key] = _measured(array[key], layout, normalize)
        yield known[key]


def _measured(values: Plane, layout: Layout, normalize: Normalize) -> Intensity:
    colours = values[..., : layout.colors] if layout.rgb else values
    stride = int(np.ceil(np.sqrt(colours.size / LARGEST_SAMPLE)))
    thinned = (..., slice(None, None, stride), slice(None, None, stride), *((slice(None),) if layout.rgb else ()))
    return measure(colours[thinned], values.dtype, normalize)


def _assembled(made: list[tuple[Plane, Mask]], steps: list[list[Step]], layout: Layout, seed: int | None) -> Crappified:
    images, masks = [m[0] for m in made], [m[1] for m in made]
    if not layout.leading:
        return Crappified(images[0], masks[0], steps[0], seed)
    sizes = {mask.shape for mask in masks}
    if len(sizes) > 1:
        raise InvalidParameterError(
            "a crappifier that gives all planes one size",
            f"the sizes {sorted(sizes)}",
            "Pass per_plane=False, or a Crappifier with back='bilinear'.",
        )
    shape = layout.with_yx(*masks[0].shape)
    image = np.stack(images).astype(images[0].dtype, copy=False).reshape(shape)
    return Crappified(image, np.stack(masks).reshape(*layout.leading, *masks[0].shape), steps, seed)
