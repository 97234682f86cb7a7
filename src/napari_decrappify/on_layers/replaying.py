"""Replay, on layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from napari.layers import Layer

from ..errors import InvalidParameterError
from ..layers import (
    Region,
    layer_of,
    mask_layer,
    result_layer,
    source_of,
    uncertainty_layer,
)
from ..provenance import replay
from .crappifying import reduction
from .layer_call import result_name

KINDS = {"image": result_layer, "mask": mask_layer, "uncertainty": uncertainty_layer}


def replay_layer(
    record: Mapping[str, Any], layer: Layer, *, name: str | None = None, device: str | None = None
) -> Layer:
    """Make a result layer again from its record and its source layer.

    Parameters
    ----------
    record : mapping
        A result layer's ``metadata["decrappify"]``.
    layer : Image
        All of the layer that the result was made from.
    name : str, optional
        Of the new layer.
    device : str, optional
        Another device than the recorded one; see `replay`.

    Returns
    -------
    Image or Labels
        With the same pixels, in the same place.

    Raises
    ------
    InvalidImageError, InvalidParameterError, ModelNotFoundError, ModelFileError, DeviceError
        If the layer doesn't fit the record, or for what `replay` raises.
    """
    array = replay(record, source_of(layer).array, device=device)
    kind = KINDS.get(record["output"])
    if kind is None:
        raise InvalidParameterError(f"a record of {', '.join(KINDS)}", repr(record["output"]))
    bounds = (record["source"] or {}).get("region")
    part = source_of(layer, None if bounds is None else Region(tuple((start, end) for start, end in bounds)))
    factor: Any = record["parameters"].get("exact") or record["parameters"].get("factor", 1)
    if record["steps"] is not None:
        factor = reduction(record["steps"][0] if part.layout.leading else record["steps"], part.layout.yx)
    title = name or result_name(part, record["operation"])
    return layer_of(kind(part, array, name=title, record=dict(record), factor=factor))
