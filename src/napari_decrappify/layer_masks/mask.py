"""A layer as a mask: what of it counts, and how it comes onto an image's pixels."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from napari.layers import Image, Labels, Layer, Points, Shapes

from ..apply.masks import grow
from ..errors import InvalidMaskError, InvalidParameterError
from ..layers import (
    Matrix,
    Source,
    as_array,
    data_to_world,
    trailing,
    unit_ratios,
)
from .points import Discs
from .shapes import Drawing
from .voxels import Voxels

Mask: TypeAlias = npt.NDArray[np.bool_]
Paint: TypeAlias = Callable[[Matrix, tuple[int, ...]], Mask]

MOST_DILATION = 512


@dataclass(frozen=True)
class LayerMask:
    """A layer that says where an image is damaged, and what of it counts.

    Parameters
    ----------
    layer : Labels, Shapes, Points or Image
        The inside of closed shapes counts, and lines and paths in their edge width; points are discs of their size.
    labels : collection of int, optional
        The labels that count; all but 0 by default. Other kinds of layers don't look at it.
    threshold : float
        Image layers count where a value, in any colour, is greater, times the alpha of RGBA. Where all is black, what
        is opaque on transparency counts.
    dilate : int
        Pixels of the image by which the mask is grown in each plane, in all eight directions; 0 to 512.
    radius : float, optional
        Points are discs of this radius, in pixels of their layer; as large as they show by default.
    every_plane : bool
        What is marked in any plane counts in all of them: a mask that is drawn on one plane of a stack.
    """

    layer: Layer
    labels: Collection[int] | None = None
    threshold: float = 0.0
    dilate: int = 0
    radius: float | None = None
    every_plane: bool = False

    def on(self, source: Source) -> Mask:
        """Return the mask on an image's pixels; see `mask_of`."""
        return self.painted_on(source)()

    def painted_on(self, source: Source) -> Callable[[], Mask]:
        """Look at the layer as it is now; return what paints the mask, for a worker to call.

        Raises
        ------
        InvalidMaskError
            If the layer is of another kind, or lies askew to the image.
        InvalidParameterError
            If it can't be grown like that, or the radius is negative.
        """
        if not 0 <= self.dilate <= MOST_DILATION:
            raise InvalidParameterError(f"dilate from 0 to {MOST_DILATION}", repr(self.dilate))
        if self.radius is not None and not self.radius >= 0:
            raise InvalidParameterError("a radius of at least 0", repr(self.radius))
        paint, matrix = self._paint(), to_image(self.layer, source)
        grid, name = source.grid[-matrix.shape[0] + 1 :], self.layer.name

        def painted() -> Mask:
            mask = paint(matrix, grid)
            if self.every_plane:
                mask = np.logical_or.reduce(mask, axis=tuple(range(mask.ndim - 2)))
            for plane in np.ndindex(*mask.shape[:-2]):
                grow(mask[plane], self.dilate)
            if not mask.any():
                advice = "Paint or draw over the part of the image to repair, or choose no mask."
                raise InvalidMaskError(
                    f"a mask over the image {source.name!r}", f"{name!r}, which marks none of it", advice
                )
            return mask if mask.ndim == 2 else np.broadcast_to(mask, source.grid)

        return painted

    def _paint(self) -> Paint:
        layer = self.layer
        if isinstance(layer, Shapes):
            return Drawing(list(layer.data), list(layer.shape_type), list(layer.edge_width)).painted
        if isinstance(layer, Points):
            radii = np.asarray(layer.size) / 2 if self.radius is None else np.full(len(layer.data), self.radius)
            return Discs(layer.data.copy(), radii).painted
        if not isinstance(layer, Labels | Image):
            raise InvalidMaskError(
                "a labels, shapes, points or image layer as the mask", f"{type(layer).__name__} layer {layer.name!r}"
            )
        data = as_array(layer.data[0] if layer.multiscale else layer.data)
        if isinstance(layer, Labels):
            return Voxels(data, labels=self.labels).painted
        return Voxels(data, threshold=self.threshold, rgb=bool(layer.rgb)).painted


def to_image(layer: Layer, source: Source) -> Matrix:
    """Return the matrix from a layer's data to an image's pixels, on the last axes that both have.

    Raises
    ------
    InvalidMaskError
        If the layer lies askew to the image.
    """
    state = layer.as_layer_data_tuple()[1]
    ndim = min(layer.ndim, len(source.grid))
    to_world = trailing(data_to_world(state), ndim)
    image_to_world = trailing(data_to_world(source.place), ndim)
    if to_world is None or image_to_world is None:
        raise InvalidMaskError(
            "a mask with as many axes as the image where a layer is rotated across its leading axes",
            f"{layer.ndim} axes against {len(source.grid)}",
        )
    units = unit_ratios(state["units"], source.place["units"], ndim)
    return np.linalg.inv(image_to_world) @ units @ to_world


def mask_of(
    layer: Layer,
    source: Source,
    *,
    labels: Collection[int] | None = None,
    threshold: float = 0.0,
    dilate: int = 0,
    radius: float | None = None,
    every_plane: bool = False,
) -> Mask:
    """Bring what is painted or drawn in a layer onto the pixels of an image, through world coordinates and units.

    Parameters
    ----------
    layer : Labels, Shapes, Points or Image
        A layer with fewer axes than the image holds for all of its planes; one with more counts in all of its own
        planes. What lies beside the image is left out.
    source : Source
        The image, from `layers.source_of`.
    labels, threshold, dilate, radius, every_plane
        What counts; see `LayerMask`.

    Returns
    -------
    ndarray of bool
        (Y, X), or the whole ``source.grid`` when the mask differs between planes: as `infill` and `remove_watermark`
        take it.

    Raises
    ------
    InvalidMaskError
        For another kind of layer, or one that marks no pixel of the image.
    """
    return LayerMask(layer, labels, threshold, dilate, radius, every_plane).on(source)
