"""Results in a viewer: above their source, under names of their own, so that one sees what has changed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from napari.layers import Image, Layer

from ..errors import InvalidParameterError
from .region import current_plane
from .result import LayerData, layer_of
from .source import source_of

COVERING = ("opaque", "translucent", "translucent_no_depth")
HIDDEN = "Done. {name!r}, which would shine through, is hidden."
IN_3D = "3-D view: {name!r} will be hidden, so that its result is seen alone; masks will be hidden too."
PLANE_IN_3D = "3-D view: {part} alone will be done, where the slider is in 2-D; it will shine through the volume."
MIXED = "Done. What it was made from shines through: hide {name!r} to see it alone."


def show_results(viewer: Any, described: Sequence[LayerData], source: Layer | None) -> tuple[list[Layer], str]:
    """Add what a job has described, the result first, above the layer that it was made from and earlier results.

    A source that would mix with a result in its place is hidden: channels that add up, and volumes. So are masks in a
    3-D view, where napari draws no outlines.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
        Gets the layers.
    described : sequence of tuple
        As `result_layer` and the like return them.
    source : Layer or None
        What the first of them was made from, whatever it is called by now; what others were made from goes by the
        name in their records. If it isn't in the viewer, they come to the top.

    Returns
    -------
    list of Layer
        Those that were added.
    str
        What the user should know of how they show; mostly nothing.
    """
    added: list[Layer] = []
    remarks: list[str] = []
    solid = viewer.dims.ndisplay == 3
    highest: dict[str | None, Layer | None] = {_source_of(one[1]["metadata"]): source for one in described[:1]}
    for array, keywords, kind in described:
        made_from = _source_of(keywords["metadata"])
        hidden = {"visible": False} if solid and kind == "labels" else {}
        below = highest.get(made_from) or _named(viewer.layers, made_from)
        added.append(add_to(viewer.layers, (array, {**keywords, **hidden}, kind), below))
        highest[made_from] = added[-1]
        if below in viewer.layers and below not in added and not viewer.canvas.grid.enabled:
            remarks.append(_unmixed(below, added[-1], solid))
    return added, next(filter(None, remarks), "")


def foretold(viewer: Any, source: Image, *, whole: bool) -> str:
    """Say what will become of a result in a 3-D view, where it isn't simply laid over its source; else nothing.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
        With the source.
    source : Image
        What the result will be made from.
    whole : bool
        Whether all planes are done, and not the current one alone.
    """
    if viewer.dims.ndisplay == 2:
        return ""
    try:
        part = "" if whole else source_of(source, current_plane(source, viewer)).part
    except InvalidParameterError as error:
        return str(error)
    if part:
        return PLANE_IN_3D.format(part=part)
    return "" if viewer.canvas.grid.enabled else IN_3D.format(name=source.name)


def add_to(layers: Any, described: LayerData, above: Layer | None = None) -> Layer:
    """Add a described layer to a viewer's layers: above another of them and what was made from it, or at the top.

    If its name is taken, it gets another that says more: with its model, where that differs, or with a number.
    """
    array, keywords, kind = described
    named = {**keywords, "name": free_name(layers, keywords["name"], keywords["metadata"])}
    layer = layer_of((array, named, kind))
    layers.insert(_place_above(layers, above), layer)
    return layer


def free_name(layers: Iterable[Layer], wanted: str, metadata: Mapping[str, Any]) -> str:
    """Return a name for a result that none of the layers has."""
    models = {layer.name: _model_of(layer.metadata) for layer in layers}
    if wanted in models and _model_of(metadata) not in (None, models[wanted]):
        wanted = f"{wanted} by {_model_of(metadata)}"
    numbered = (f"{wanted} {number}" for number in itertools.count(2))
    return wanted if wanted not in models else next(name for name in numbered if name not in models)


def _place_above(layers: Any, source: Layer | None) -> int:
    """Return where a new layer covers a source, and what was made from that before."""
    if source is None or source not in layers:
        return len(layers)
    covered = [place for place, one in enumerate(layers) if one == source or _source_of(one.metadata) == source.name]
    return max(covered) + 1


def _unmixed(source: Any, result: Layer, solid: bool) -> str:
    """Hide a source that would mix with its result, if that covers all of it; return what is to be said of it."""
    mixes = solid or result.opacity < 1 or result.blending not in COVERING
    if not (mixes and source.visible and isinstance(result, Image)):
        return ""
    source.visible = result.metadata["decrappify"]["source"]["region"] is not None
    return (MIXED if source.visible else HIDDEN).format(name=source.name)


def _source_of(metadata: Mapping[str, Any]) -> str | None:
    source = (metadata.get("decrappify") or {}).get("source")
    return None if source is None else str(source["layer"])


def _named(layers: Any, name: str | None) -> Layer | None:
    return next((layer for layer in layers if layer.name == name), None)


def _model_of(metadata: Mapping[str, Any]) -> str | None:
    model = (metadata.get("decrappify") or {}).get("model")
    return None if model is None else str(model["name"])
