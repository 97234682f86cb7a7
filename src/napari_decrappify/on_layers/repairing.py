"""The tasks that run a model, on layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from napari.layers import Layer

from ..jobs import Job
from ..layers import LayerData, Region, source_of
from ..parameters import parameters_of
from ..tasks import TaskSpec, call_named, task_of
from .layer_call import LayerCall
from .model_job import AnyHints, AnyMask, model_job
from .pixel_size import enlargement, in_words
from .shared_mark import shared_mark_job


@LayerCall
def upscale_layer(
    layer: Layer,
    factor: int = 2,
    *,
    pixel_size: float | tuple[float, float] | None = None,
    region: Region | None = None,
    name: str | None = None,
    **keywords: Any,
) -> Job[list[LayerData]]:
    """Enlarge an image layer; the result covers the same area with finer pixels.

    Parameters
    ----------
    layer : Image
        Of any kind that napari shows: see `layers.source_of`. It isn't changed. Lazy data is read if it and its result
        fit into half of the free memory; if not, the result is lazy too.
    factor : int
        As for `upscale`.
    pixel_size : float or (float, float), optional
        Side of the result's pixels, or their height and width, in the units of the layer's scale; `factor` isn't
        looked at then. The model, or else any there is, is applied as often as it takes to reach it, and the output
        reduced to just that size; the area is then the same to half a pixel of the result.
    region : Region, optional
        The part to work on, from `whole`, `current_plane` or `visible`; the result lies where the part does.
    name : str, optional
        Of the new layer.
    **keywords
        As for `upscale`; `rgb` is the layer's. And `to_disk`: the path of an OME-Zarr that is written region by region,
        as `apply_to_zarr` does it, so that neither layer nor result need fit into memory; the new layer shows it. A run
        that was stopped goes on if the same is asked for again.

    Returns
    -------
    Image, or (Image, Image)
        The second, the uncertainty, with ``return_uncertainty=True``.
    """
    source = source_of(layer, region)
    values, done = {"factor": factor, **keywords}, None
    if pixel_size is not None:
        values |= enlargement(source, pixel_size, keywords.get("model"))
        done = f"sharp at {in_words(pixel_size, layer.units[-1])}"
    return model_job("upscale", source, name, values, factor=values["factor"], done=done)


@LayerCall
def remove_watermark_layer(
    layer: Layer,
    mask: AnyMask | None = None,
    *,
    together: Sequence[Layer] = (),
    region: Region | None = None,
    name: str | None = None,
    **keywords: Any,
) -> Job[list[LayerData]]:
    """Remove text, logos and watermarks from an image layer.

    Parameters
    ----------
    layer, region, name
        As for `upscale_layer`.
    mask : Labels, Shapes, Points or Image, LayerMask, or ndarray, optional
        The only pixels that may change: a layer over the image, a `LayerMask` to say what of it counts, or an array
        of the region's shape. Without it the model finds the watermark.
    together : sequence of Image
        Further layers, of the same size and kind, under the same mark: it is solved from all planes of all of them, as
        with ``shared=True``, and taken off each.
    **keywords
        As for `remove_watermark`; `rgb` is the layer's. And `to_disk`, as for `upscale_layer`.

    Returns
    -------
    Image, or (Image, Labels)
        The second, what was replaced, with ``return_mask=True``; then those of the layers that are done together.
    """
    others = [other for other in together if other is not layer]
    if others:
        return shared_mark_job([source_of(one, region) for one in (layer, *others)], name, keywords, mask)
    return model_job("remove_watermark", source_of(layer, region), name, keywords, mask)


@LayerCall
def restore_layer(
    layer: Layer, *, region: Region | None = None, name: str | None = None, **keywords: Any
) -> Job[list[LayerData]]:
    """Restore an image layer: compression, noise, writing, whatever the model has learned to undo.

    Parameters
    ----------
    layer, region, name
        As for `upscale_layer`.
    **keywords
        As for `restore`; `rgb` is the layer's. And `to_disk`, as for `upscale_layer`.

    Returns
    -------
    Image, or (Image, Image)
        The second, the uncertainty, with ``return_uncertainty=True``.
    """
    return model_job("restore", source_of(layer, region), name, keywords)


@LayerCall
def repair_photo_layer(
    layer: Layer,
    mask: AnyMask | None = None,
    *,
    region: Region | None = None,
    name: str | None = None,
    **keywords: Any,
) -> Job[list[LayerData]]:
    """Repair an old photo in an image layer: its damage, its faded tones, its grain.

    Parameters
    ----------
    layer, region, name
        As for `upscale_layer`.
    mask : Labels, Shapes, Points or Image, LayerMask, or ndarray, optional
        Where the damage is, as for `remove_watermark_layer`. Without it the model finds the damage.
    **keywords
        As for `repair_photo`; `rgb` is the layer's. And `to_disk`, as for `upscale_layer`.

    Returns
    -------
    Image, or (Image, Labels)
        The second, the damage that was replaced, with ``return_mask=True``.
    """
    return model_job("repair_photo", source_of(layer, region), name, keywords, mask)


@LayerCall
def infill_layer(
    layer: Layer, mask: AnyMask, *, region: Region | None = None, name: str | None = None, **keywords: Any
) -> Job[list[LayerData]]:
    """Fill what a mask marks in an image layer; all else stays bit-identical.

    Parameters
    ----------
    layer, region, name
        As for `upscale_layer`.
    mask : Labels, Shapes, Points or Image, LayerMask, or ndarray
        As for `remove_watermark_layer`.
    **keywords
        As for `infill`; `rgb` is the layer's. And `to_disk`, as for `upscale_layer`.

    Returns
    -------
    Image, or (Image, Image)
        The second, the uncertainty, with ``return_uncertainty=True``.
    """
    return model_job("infill", source_of(layer, region), name, keywords, mask)


@LayerCall
def colorize_layer(
    layer: Layer,
    hints: AnyHints | None = None,
    *,
    region: Region | None = None,
    name: str | None = None,
    **keywords: Any,
) -> Job[list[LayerData]]:
    """Give a grey image layer plausible colours; the result is an RGB layer without a colour map.

    Parameters
    ----------
    layer, region, name
        As for `upscale_layer`.
    hints : Labels or Points, or (ndarray, ndarray), optional
        Colours that are to hold: each label in the colour that it shows in, points in their face colours, or arrays as
        `colorize` takes them, of the region's shape.
    **keywords
        As for `colorize`; `rgb` is the layer's. And `to_disk`, as for `upscale_layer`.

    Returns
    -------
    Image, or (Image, Image)
        The second, the uncertainty, with ``return_uncertainty=True``.
    """
    return model_job("colorize", source_of(layer, region), name, keywords, hints=hints)


_OWN: dict[str, LayerCall[...]] = {
    call.operation: call
    for call in (upscale_layer, remove_watermark_layer, repair_photo_layer, restore_layer, infill_layer, colorize_layer)
}


def call_on_layers(operation: str) -> LayerCall[...]:
    """Return the layer call of a task: one of those above, or what the registry says of a task that has none here.

    Raises
    ------
    InvalidParameterError
        If no task has a call of that name.
    """
    return _OWN[operation] if operation in _OWN else _declared(task_of(operation))


def _declared(spec: TaskSpec) -> LayerCall[...]:
    """Return a layer call that takes a layer, a mask if the task has one, and the keywords of the call on arrays."""

    def prepare(
        layer: Layer,
        mask: AnyMask | None = None,
        *,
        region: Region | None = None,
        name: str | None = None,
        **keywords: Any,
    ) -> Job[list[LayerData]]:
        factor = parameters_of(call_named(spec.operation))["factor"].default if spec.scales else 1
        source = source_of(layer, region)
        return model_job(spec.operation, source, name, keywords, mask, factor=keywords.get("factor", factor))

    prepare.__name__, prepare.__doc__ = f"{spec.operation}_layer", f"{spec.title}, on an image layer."
    return LayerCall(prepare)
