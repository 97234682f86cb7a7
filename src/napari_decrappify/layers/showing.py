"""Results in a viewer: above their source, under names of their own, so that one sees what has changed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from napari.layers import Image, Layer

from .result import LayerData, layer_of

COVERING = ("opaque", "translucent", "translucent_no_depth")
HIDDEN = "Done. {name!r}, which would shine through, is hidden."
MIXED = "Done. What it was made from shines through: hide {name!r} to see it alone."


def show_results(viewer: Any, described: Sequence[LayerData], source: Layer | None) -> tuple[list[Layer], str]:
    """Add what a job has described, the result first, directly above the layer that it was made from.

    A source that would mix with a result in its place is hidden: channels that add up, and volumes. So are masks in a
    3-D view, where napari draws no outlines.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
        Gets the layers.
    described : sequence of tuple
        As `result_layer` and the like return them.
    source : Layer or None
        What they were made from; if it isn't in the viewer, they come to the top.

    Returns
    -------
    list of Layer
        Those that were added.
    str
        What the user should know of how they show; mostly nothing.
    """
    added: list[Layer] = []
    solid = viewer.dims.ndisplay == 3
    for array, keywords, kind in described:
        hidden = {"visible": False} if solid and kind == "labels" else {}
        added.append(add_to(viewer.layers, (array, {**keywords, **hidden}, kind), added[-1] if added else source))
    if not added or source not in viewer.layers or viewer.canvas.grid.enabled:
        return added, ""
    return added, _unmixed(source, added[0], solid)


def add_to(layers: Any, described: LayerData, above: Layer | None = None) -> Layer:
    """Add a described layer to a viewer's layers: directly above another of them, or else at the top.

    If its name is taken, it gets another that says more: with its model, where that differs, or with a number.
    """
    array, keywords, kind = described
    named = {**keywords, "name": free_name(layers, keywords["name"], keywords["metadata"])}
    layer = layer_of((array, named, kind))
    layers.insert(layers.index(above) + 1 if above in layers else len(layers), layer)
    return layer


def free_name(layers: Iterable[Layer], wanted: str, metadata: Mapping[str, Any]) -> str:
    """Return a name for a result that none of the layers has."""
    models = {layer.name: _model_of(layer.metadata) for layer in layers}
    if wanted in models and _model_of(metadata) not in (None, models[wanted]):
        wanted = f"{wanted} by {_model_of(metadata)}"
    numbered = (f"{wanted} {number}" for number in itertools.count(2))
    return wanted if wanted not in models else next(name for name in numbered if name not in models)


def _unmixed(source: Any, result: Layer, solid: bool) -> str:
    """Hide a source that would mix with its result, if that covers all of it; return what is to be said of it."""
    mixes = solid or result.opacity < 1 or result.blending not in COVERING
    if not (mixes and source.visible and isinstance(result, Image)):
        return ""
    source.visible = result.metadata["decrappify"]["source"]["region"] is not None
    return (MIXED if source.visible else HIDDEN).format(name=source.name)


def _model_of(metadata: Mapping[str, Any]) -> str | None:
    model = (metadata.get("decrappify") or {}).get("model")
    return None if model is None else str(model["name"])
