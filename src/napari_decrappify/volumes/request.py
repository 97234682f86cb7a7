"""What a task is asked to do with a volume: its image as the call takes it, and the way back to the file's axes."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import InvalidMaskError, InvalidParameterError
from ..parameters import parameters_of
from ..planes import is_lazy, is_photo, layout_of, leading_axis
from ..tasks import TaskSpec, call_named
from .axes import Axes, channel_axis, enlarged, guessed, with_colors
from .ngff import are_colors, colors_shown
from .reading import Volume, open_volume, region_shape

COLORS_AT_ONCE = 16
"""Times as many pixels in a region of a task that reads all of a plane for each of them."""
SLAB = 8
"""Planes in a region where they lend to each other."""
MOST_KEPT = 2**24
"""Pixels of a mask that is kept in a record."""


@dataclass(frozen=True)
class VolumeRequest:
    """A volume, ready for a task's call.

    Attributes
    ----------
    name : str
        Of the source.
    image : dask array
        As the call takes it: colours are its last axis.
    axes : tuple of Axis
        Of the result as it is stored.
    omero : mapping
        How the result's channels are called and shown.
    colors_at : int, optional
        Where the axis of colours is stored.
    keywords : mapping
        For the call.
    masked : mapping
        The mask, by its keyword, if there is one.
    mask_kept : ndarray of bool, optional
        What the record keeps of it.
    mask_name : str, optional
        The file that it came from, or a digest of one in memory that isn't kept.
    factor : int, optional
        Enlargement, for a task that enlarges.
    """

    name: str
    image: Any
    axes: Axes
    omero: Mapping[str, Any]
    colors_at: int | None
    keywords: dict[str, Any]
    masked: dict[str, Any]
    mask_kept: npt.NDArray[np.bool_] | None
    mask_name: str | None
    factor: int | None

    @property
    def photo(self) -> bool:
        """Whether the volume is like a photo, 8-bit and in colour."""
        axes = {name: self.keywords.get(name) for name in ("rgb", "channel_axis")}
        return is_photo(self.image.dtype.itemsize, layout_of(self.image.shape, **axes))

    @property
    def hints(self) -> Any:
        """The colours among the keywords, and where they hold, if there are any."""
        return self.keywords.get("hints")

    def as_stored(self, result: Any) -> Any:
        """Return what the call made with its axes as they are stored."""
        import dask.array

        return result if self.colors_at is None else dask.array.moveaxis(result, -1, self.colors_at)


def requested(spec: TaskSpec, volume: Volume, mask: Any, keywords: Mapping[str, Any], pixels: int) -> VolumeRequest:
    """Return what a task's call is to be asked for.

    Raises
    ------
    InvalidImageError, InvalidParameterError, InvalidMaskError
        If axes or mask don't fit.
    """
    keywords = dict(keywords)
    image, axes = _opened(spec, volume, keywords, pixels)
    layout = layout_of(image.shape, rgb=keywords.get("rgb"), channel_axis=keywords.get("channel_axis"))
    planes = axes if not layout.rgb else tuple(axis for axis in axes if axis.kind != "channel")
    colored = layout.rgb or spec.colors
    axes = with_colors(planes) if colored else planes
    omero = _shown(volume, image.dtype, layout.shape[-1] if layout.rgb else 3) if colored else volume.omero
    masked, kept, mask_name = _mask(spec, mask, image.chunks[: len(layout.leading) + 2])
    factor = _factor(spec, keywords)
    return VolumeRequest(
        volume.path.name, image, enlarged(axes, factor or 1), omero, channel_axis(axes) if colored else None,
        keywords, masked, kept, mask_name, factor,
    )  # fmt: skip


def _opened(spec: TaskSpec, volume: Volume, keywords: dict[str, Any], pixels: int) -> tuple[Any, Axes]:
    """Return the image with colours last, cut into regions, and its axes; add to the keywords what the file says."""
    import dask.array

    shape, axes = volume.stored.shape, volume.axes
    if axes is None or volume.colors_last:
        return _plain(spec, volume, keywords, pixels)
    at = channel_axis(axes)
    rgb = keywords.get("rgb")
    if rgb is None:
        rgb = at is not None and shape[at] in (3, 4) and are_colors(volume.omero)
    if rgb and at is None:
        raise InvalidParameterError("an axis of channels, for rgb", ", ".join(axis.name for axis in axes))
    keywords["rgb"] = bool(rgb)
    if at is not None and rgb:
        of_planes, chunks = ((*one[:at], *one[at + 1 :]) for one in (shape, volume.chunks))
        planes = _cut(spec, of_planes, chunks, keywords, pixels)
        image = volume.lazy((*planes[:at], shape[at], *planes[at:]))
        return dask.array.moveaxis(image, at, -1), axes
    image = volume.lazy(_cut(spec, shape, volume.chunks, keywords, pixels))
    if at is not None and spec.colors and shape[at] == 1:
        return image[(slice(None),) * at + (0,)], axes[:at] + axes[at + 1 :]
    if at is not None and keywords.get("channel_axis") is None:
        keywords["channel_axis"] = at
    return image, axes


def _plain(spec: TaskSpec, volume: Volume, keywords: dict[str, Any], pixels: int) -> tuple[Any, Axes]:
    shape = volume.stored.shape
    layout = layout_of(shape, rgb=keywords.get("rgb"), channel_axis=keywords.get("channel_axis"))
    keywords |= {"rgb": layout.rgb}
    if layout.rgb:
        planes = _cut(spec, shape[:-1], volume.chunks[:-1], keywords, pixels)
        return volume.lazy((*planes, shape[-1])), volume.axes or guessed(len(shape) - 1)
    image = volume.lazy(_cut(spec, shape, volume.chunks, keywords, pixels))
    return image, volume.axes or guessed(len(shape), layout.channel_axis)


def _cut(
    spec: TaskSpec, shape: tuple[int, ...], chunks: tuple[int, ...], keywords: Mapping[str, Any], pixels: int
) -> tuple[int, ...]:
    """Return the region that suits a task."""
    declared = parameters_of(call_named(spec.operation))
    value = {name: keywords.get(name, parameter.default) for name, parameter in declared.items()}
    along = leading_axis("along", value.get("along"), len(shape), 2)
    textured = spec.fills and bool(value.get("texture")) and bool(value.get("strength"))
    many = pixels * COLORS_AT_ONCE if spec.colors else pixels
    planes = {} if along is None else {along: SLAB}
    return region_shape(shape, chunks, many, whole=textured or along is not None, planes=planes)


def _shown(volume: Volume, dtype: np.dtype[Any], count: int) -> Mapping[str, Any]:
    if are_colors(volume.omero):
        return volume.omero
    return colors_shown(count, float(np.iinfo(dtype).max) if dtype.kind in "ui" else 1.0)


def _factor(spec: TaskSpec, keywords: Mapping[str, Any]) -> int | None:
    if not spec.scales:
        return None
    factor: int = keywords.get("factor", parameters_of(call_named(spec.operation))["factor"].default)
    return factor


def _mask(spec: TaskSpec, mask: Any, chunks: tuple[tuple[int, ...], ...]) -> tuple[dict[str, Any], Any, str | None]:
    """Return the mask by its keyword, what of it is kept in the record, and where it came from."""
    if mask is None:
        return {}, None, None
    if not spec.replaces:
        raise InvalidParameterError(f"no mask for {spec.operation}", "one")
    if not isinstance(mask, str | Path):
        if is_lazy(mask):
            return {"mask": mask}, None, None
        if np.size(mask) > MOST_KEPT:
            return {"mask": mask}, None, _digest(mask)
        return {"mask": mask}, np.asarray(mask).astype(bool), None
    volume = open_volume(mask)
    name, shape = str(volume.path.resolve()), volume.stored.shape
    if len(shape) > len(chunks):
        raise InvalidMaskError(f"a mask of at most {len(chunks)} axes", f"{len(shape)} in {mask}")
    if math.prod(shape) <= MOST_KEPT:
        pixels = np.asarray(volume.stored[...])
        return {"mask": pixels}, pixels.astype(bool), name
    own = tuple(min(n, max(sizes)) for n, sizes in zip(shape, chunks[len(chunks) - len(shape) :], strict=True))
    return {"mask": volume.lazy(own)}, None, name


def _digest(mask: npt.NDArray[Any]) -> str:
    """Return a digest of a mask, plane by plane, as it may be a plane that stands for many."""
    digest = hashlib.sha256(str(mask.shape).encode())
    for plane in np.ndindex(*mask.shape[:-2]):
        digest.update(np.packbits(np.asarray(mask[plane]).astype(bool)).tobytes())
    return f"sha256 {digest.hexdigest()}"
