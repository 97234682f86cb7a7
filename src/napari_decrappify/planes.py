"""Planes: the (Y, X, C) pieces of an n-D image that a generator sees, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from .errors import DecrappifyError, InvalidImageError, InvalidParameterError

PlaneIndex: TypeAlias = tuple[int | slice, ...]


@dataclass(frozen=True)
class Layout:
    """How the axes of an array make planes.

    Parameters
    ----------
    shape : tuple of int
        The array's shape: ``(..., Y, X)``, or ``(..., Y, X, 3 or 4)`` when `rgb`.
    rgb : bool
        The last axis holds colour, with alpha as a fourth channel.
    channel_axis : int or None
        A leading axis of independent grey channels, normalised one by one; non-negative.
    """

    shape: tuple[int, ...]
    rgb: bool
    channel_axis: int | None = None

    @property
    def alpha(self) -> bool:
        """Whether the colour axis carries an alpha channel."""
        return self.rgb and self.shape[-1] == 4

    @property
    def colors(self) -> int:
        """Colour channels of a plane, alpha not counted: 3 or 1."""
        return 3 if self.rgb else 1

    @property
    def yx(self) -> tuple[int, int]:
        """Height and width of a plane in pixels."""
        y, x = self.shape[-3:-1] if self.rgb else self.shape[-2:]
        return y, x

    @property
    def color_shape(self) -> tuple[int, ...]:
        """Shape of a plane's colours, alpha not counted: (Y, X) or (Y, X, 3)."""
        return (*self.yx, 3) if self.rgb else self.yx

    @property
    def leading(self) -> tuple[int, ...]:
        """Shape of the axes before Y and X."""
        return self.shape[: -3 if self.rgb else -2]

    def with_yx(self, y: int, x: int) -> tuple[int, ...]:
        """Return the array shape after planes have become `y` times `x` pixels."""
        return (*self.leading, y, x, *((self.shape[-1],) if self.rgb else ()))

    def planes(self) -> Iterator[PlaneIndex]:
        """Yield the index of each plane in C order; ``array[index]`` is (Y, X) or (Y, X, C)."""
        yield from np.ndindex(*self.leading)

    def stack_of(self, plane: PlaneIndex) -> PlaneIndex:
        """Return the index of everything that shares one normalisation with `plane`."""
        if self.channel_axis is None:
            return ()
        return (slice(None),) * self.channel_axis + (plane[self.channel_axis],)


def is_photo(itemsize: int, layout: Layout) -> bool:
    """Tell whether an image whose values take so many bytes is like a photo, 8-bit and in colour."""
    return layout.rgb and itemsize == 1


def is_lazy(array: Any) -> bool:
    """Tell whether an array is a dask array, whose values are computed when they are asked for."""
    return type(array).__module__.startswith("dask.array")


def as_array(image: Any, error_type: type[DecrappifyError]) -> Any:
    """Return an image, or a mask, as a NumPy array, or as the dask array that it is.

    Raises
    ------
    DecrappifyError
        Of the given kind, for what NumPy can't take: ragged lists, tensors on a GPU or with gradients.
    """
    if is_lazy(image):
        return image
    try:
        return np.asarray(image)
    except (TypeError, ValueError, RuntimeError) as error:
        advice = "Pass tensor.detach().cpu().numpy()." if hasattr(image, "detach") else ""
        raise error_type("a NumPy or dask array", f"{type(image).__name__} ({error})", advice) from error


def layout_of(shape: tuple[int, ...], *, rgb: bool | None = None, channel_axis: int | None = None) -> Layout:
    """Find the layout of an image from its shape and what the caller knows.

    Parameters
    ----------
    shape : tuple of int
        The array's shape.
    rgb : bool, optional
        Whether the last axis is colour. None takes a last axis of 3 or 4 in an array of three or more axes for
        colour, unless `channel_axis` is given.
    channel_axis : int, optional
        An axis of independent channels (fluorescence stains, say); it may not be Y or X.

    Raises
    ------
    InvalidImageError
        For fewer than two axes, an empty axis, a colour axis that isn't 3 or 4 long, or a dask array's unknown length.
    InvalidParameterError
        For a channel axis out of range.
    """
    if any(n != n for n in shape):
        raise InvalidImageError("an image of known shape", f"shape {shape}", "Call compute_chunk_sizes() on it.")
    shape = tuple(int(n) for n in shape)
    if len(shape) < 2 or 0 in shape:
        raise InvalidImageError("an image of two or more axes, none of them empty", f"shape {shape}")
    if rgb is None:
        rgb = channel_axis is None and len(shape) >= 3 and shape[-1] in (3, 4)
        if not rgb and channel_axis is None and len(shape) == 3 and shape[-1] in (1, 2, 5):
            raise InvalidImageError(
                "3 (RGB) or 4 (RGBA) colour channels on the last axis, or a (..., Y, X) stack",
                f"shape {shape}",
                "Move the channels to the front and pass channel_axis=0, or pass rgb=False if it is a narrow stack.",
            )
    if rgb and (len(shape) < 3 or shape[-1] not in (3, 4)):
        raise InvalidImageError("3 (RGB) or 4 (RGBA) colour channels on the last axis", f"shape {shape}")
    advice = "Move the channels to the front with np.moveaxis."
    return Layout(shape, rgb, leading_axis("channel_axis", channel_axis, len(shape), 3 if rgb else 2, advice))


def leading_axis(name: str, axis: int | None, ndim: int, trailing: int, advice: str = "") -> int | None:
    """Return the axis that a parameter names, counted from the front; it must come before the last `trailing` ones."""
    if axis is None:
        return None
    positive = axis + ndim if axis < 0 else axis
    if not 0 <= positive < ndim - trailing:
        raise InvalidParameterError(
            f"{name} to be one of the {ndim - trailing} axes before Y and X", f"{name}={axis} for {ndim} axes", advice
        )
    return positive
